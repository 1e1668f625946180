import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useClient } from '../session/client.tsx'
import { useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { AccessChecker } from './access-checker.tsx'
import { type RoleColumn, RoleTable } from './role-table.tsx'
import type { AccessQuestion, RoleSearch } from './search.ts'

/** What each role may do: both published tables, and an answer to any question about them. */
export function RolesPage() {
  const client = useClient()
  const { user } = useSession()
  const search: RoleSearch = useSearch({ from: '/frame/roles' })
  const navigate = useNavigate()
  const roles = useQuery({
    queryKey: ['access', 'roles'],
    queryFn: ({ signal }) => client.access.roles({ signal }),
    staleTime: Infinity,
  })
  const question: AccessQuestion = {
    user: search.user,
    operation: search.operation ?? 'read',
    resource: search.resource ?? 'users',
    scope: search.scope ?? (search.operation === 'create' ? 'own' : 'all'),
    org: search.org,
  }

  function ownOrganizations(role: string): string | undefined {
    const names = user.organizations.filter((one) => one.role === role).map((one) => one.name)
    if (names.length === 0) return undefined
    return names.length > 2 ? `You in ${names.length} organizations` : `You in ${names.join(', ')}`
  }

  return (
    <Page
      title="Roles"
      description="What each role may do. A site role counts everywhere, an organization role in its organization; what neither table holds is denied."
    >
      <QueryView query={roles}>
        {(data) => (
          <>
            <Section
              title="Who may do what?"
              description="The answer is the one that the server gives on every request."
            >
              <AccessChecker
                question={question}
                hasOwners={hasOwners([...data.site, ...data.organization], question.resource)}
                onChange={(patch) => {
                  void navigate({
                    to: '.',
                    search: { ...search, ...patch },
                    replace: true,
                    resetScroll: false,
                  })
                }}
              />
            </Section>
            <Section
              title="Site roles"
              description="Everybody has exactly one. Each role holds everything to its right."
            >
              <RoleTable
                label="Site roles"
                columns={data.site}
                resources={data.resources}
                marks={data.marks}
                ownOf={(role) => (role === user.role ? 'You' : undefined)}
              />
            </Section>
            <Section
              title="Organization roles"
              description="Members have one in each of their organizations, and it counts only there."
            >
              <RoleTable
                label="Organization roles"
                columns={data.organization}
                resources={data.resources.filter((resource) => isHeld(data.organization, resource))}
                marks={data.marks}
                ownOf={ownOrganizations}
              />
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  )
}

function isHeld(columns: readonly RoleColumn[], resource: string): boolean {
  return columns.some(({ marks }) => Object.keys(marks[resource] ?? {}).length > 0)
}

/** Whether the tables tell own from all for this kind. */
function hasOwners(columns: readonly RoleColumn[], resource: string): boolean {
  return columns.some(({ marks }) =>
    ['Ro', 'Uo', 'Do'].some((mark) => marks[resource]?.[mark] !== undefined),
  )
}

import { Group } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { RoleBadge } from './role-badge.tsx'

/** What each role may do. */
export function RolesPage() {
  const client = useClient()
  const roles = useQuery({
    queryKey: ['access', 'roles'],
    queryFn: ({ signal }) => client.access.roles({ signal }),
    staleTime: Infinity,
  })
  return (
    <Page title="Roles" description="What each role may do.">
      <QueryView query={roles}>
        {(data) => (
          <>
            <Section title="Site roles">
              <Group gap="xs">
                {data.site.map(({ role }) => (
                  <RoleBadge key={role} role={role} />
                ))}
              </Group>
            </Section>
            <Section title="Organization roles">
              <Group gap="xs">
                {data.organization.map(({ role }) => (
                  <RoleBadge key={role} role={role} />
                ))}
              </Group>
            </Section>
          </>
        )}
      </QueryView>
    </Page>
  )
}

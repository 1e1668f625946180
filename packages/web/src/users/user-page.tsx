import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { RoleBadge } from '../roles/role-badge.tsx'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'

/** One user. */
export function UserPage() {
  const client = useClient()
  const { user: id } = useParams({ from: '/frame/users/$user' })
  const user = useQuery({
    queryKey: ['users', id],
    queryFn: ({ signal }) => client.users.get({ params: { user: id }, signal }),
  })
  return (
    <Page title={user.data?.name ?? 'User'} parent={{ label: 'Users', to: '/users' }}>
      <QueryView query={user}>
        {(data) => (
          <Section title="Account">
            <p>
              {data.email} <RoleBadge role={data.role} />
            </p>
          </Section>
        )}
      </QueryView>
    </Page>
  )
}

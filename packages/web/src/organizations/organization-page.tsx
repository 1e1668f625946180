import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'

/** One organization. */
export function OrganizationPage() {
  const client = useClient()
  const { organization: id } = useParams({ from: '/frame/organizations/$organization' })
  const organization = useQuery({
    queryKey: ['organizations', id],
    queryFn: ({ signal }) => client.organizations.get({ params: { organization: id }, signal }),
  })
  return (
    <Page
      title={organization.data?.name ?? 'Organization'}
      parent={{ label: 'Organizations', to: '/organizations' }}
    >
      <QueryView query={organization}>
        {(data) => <Section title="Description">{data.description}</Section>}
      </QueryView>
    </Page>
  )
}

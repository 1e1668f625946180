import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'
import './audit.css'
import { OutcomeBadge } from './columns.tsx'
import { EntryDetails } from './entry-details.tsx'
import { actions, actorName, resourceTypes } from './words.ts'

/** One audit entry at an address of its own, to be passed on. */
export function EntryPage() {
  const client = useClient()
  const { entry: id } = useParams({ from: '/frame/audit/$entry' })
  const entry = useQuery({
    queryKey: ['audit', 'entry', id],
    queryFn: ({ signal }) => client.audit.get({ params: { entry: id }, signal }),
    // Until it is sealed, its place in the chain is still to come.
    refetchInterval: (query) => (query.state.data?.sequence === null ? 2_000 : false),
  })
  return (
    <Page title="Audit entry" parent={{ label: 'Audit', to: '/audit' }}>
      <QueryView query={entry}>
        {(data) => (
          <Section
            title={`${actions[data.action].label}: ${resourceTypes[data.resource_type]} ${data.target}`}
            description={
              <>
                {actorName(data)}, <Time value={data.time} />
              </>
            }
            actions={<OutcomeBadge outcome={data.outcome} />}
          >
            <EntryDetails entry={data} />
          </Section>
        )}
      </QueryView>
    </Page>
  )
}

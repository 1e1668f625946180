import { useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { Section } from '../shell/section.tsx'

/** The configuration of the system. */
export function AdminPage() {
  const client = useClient()
  const configuration = useQuery({
    queryKey: ['configuration'],
    queryFn: ({ signal }) => client.configuration.get({ signal }),
  })
  return (
    <Page title="Admin" description="Configuration of the system.">
      <QueryView query={configuration}>
        {(data) =>
          data.settings.map((setting) => (
            <Section key={setting.key} title={setting.title} description={setting.description}>
              <code>{JSON.stringify(setting.value)}</code>
            </Section>
          ))
        }
      </QueryView>
    </Page>
  )
}

import type { User } from '@atelier/api'
import { Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { AnchorLink } from '../navigation/links.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Section } from '../shell/section.tsx'
import { Time } from '../time/time.tsx'
import { credentialsQuery } from './queries.ts'

/** The API keys that act for a person; when they were used only for who may read keys. */
export function KeysSection({ user }: { user: User }) {
  const client = useClient()
  const session = useSession()
  const credentials = useQuery(credentialsQuery(client, user))
  const keys = useQuery({
    queryKey: ['api-keys', user.id, 'list'],
    queryFn: ({ signal }) => client.apiKeys.list({ params: { user: user.id }, signal }),
    enabled: user.can['read_keys'] === true,
  })
  const known = new Map(keys.data?.map((key) => [key.id, key] as const))
  const isSelf = session.user.id === user.id
  return (
    <Section
      title="API keys"
      actions={
        isSelf ? (
          <AnchorLink to="/account/api-keys" size="sm">
            My API keys
          </AnchorLink>
        ) : (
          may(session, 'api_keys', 'list', 'read_all') && (
            <AnchorLink to="/api-keys" search={{ q: user.username }} size="sm">
              In the list
            </AnchorLink>
          )
        )
      }
    >
      {credentials.data === undefined ? (
        <Stack gap="xs" role="status" aria-label="Loading">
          <Skeleton height={16} width="60%" />
          <Skeleton height={16} width="40%" />
        </Stack>
      ) : !credentials.data.keys_shown ? (
        <Text c="dimmed">Only they themselves and the site admin see their API keys.</Text>
      ) : credentials.data.keys.length === 0 ? (
        <Text c="dimmed">No program acts for this person.</Text>
      ) : (
        <ul className="user-list">
          {credentials.data.keys.map((key) => {
            const full = known.get(key.id)
            return (
              <li key={key.id}>
                <Text span fw={500}>
                  {key.name}
                </Text>
                <Text span size="sm" c="dimmed">
                  {key.scopes === null
                    ? 'Everything the owner may'
                    : key.scopes.length === 1
                      ? key.scopes[0]
                      : `${String(key.scopes.length)} scopes`}
                  {full !== undefined && (
                    <>
                      {' · '}
                      {full.last_used === null ? (
                        'never used'
                      ) : (
                        <>
                          used <Time value={full.last_used} />
                        </>
                      )}
                    </>
                  )}
                </Text>
              </li>
            )
          })}
        </ul>
      )}
    </Section>
  )
}

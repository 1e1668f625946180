import { Anchor, List, Text } from '@mantine/core'
import { addressOf, endpoints } from '@atelier/api'
import { AnchorLink } from '../navigation/links.tsx'
import { Section } from '../shell/section.tsx'

/** What holds for every request. */
export function Introduction() {
  return (
    <Section
      title="How to call it"
      description="Everything that this site does, it does by this API."
    >
      <List spacing="xs" size="sm" className="api-introduction">
        <List.Item>
          <Text span fw={550} inherit>
            Say who you are.
          </Text>{' '}
          Make a key under{' '}
          <AnchorLink to="/account/api-keys" underline="always" inherit>
            My API keys
          </AnchorLink>{' '}
          and send it in the header <code>Session-Token</code>. It may do what you may, or less.
        </List.Item>
        <List.Item>
          <Text span fw={550} inherit>
            Send JSON.
          </Text>{' '}
          Unknown fields are refused, not dropped.
        </List.Item>
        <List.Item>
          <Text span fw={550} inherit>
            Go through lists by page.
          </Text>{' '}
          With <code>limit</code> an answer has a <code>Link</code> to the next page; without it, a
          list comes whole.
        </List.Item>
        <List.Item>
          <Text span fw={550} inherit>
            Change what you have seen.
          </Text>{' '}
          Send the <code>ETag</code> of an answer as <code>If-Match</code>, and a change that
          somebody else overtook is refused with 412.
        </List.Item>
        <List.Item>
          <Text span fw={550} inherit>
            Repeat safely.
          </Text>{' '}
          A creation that is sent again with the same <code>Idempotency-Key</code> happens once.
        </List.Item>
      </List>
      <Text size="sm" mt="md">
        For programs, the same as a document:{' '}
        <Anchor href={addressOf(endpoints.system.openapi)} underline="always" inherit>
          OpenAPI 3.1
        </Anchor>
        .
      </Text>
    </Section>
  )
}

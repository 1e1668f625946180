import type { WorkspaceProvider } from '@atelier/api'
import { Badge, Group, Text } from '@mantine/core'
import './status.css'

const words = { ready: 'Ready', pending: 'Not known yet', error: 'Does not work' } as const

/** Whether workspaces run there: a dot with a word, and below it whatever is wrong. */
export function ProviderStatus({ provider }: { provider: WorkspaceProvider }) {
  const { status, status_reason: reason, cordoned_at: cordonedAt, unenforced } = provider
  return (
    <div className="provider-reason">
      <Group gap="xs">
        <span className="provider-status" data-status={status}>
          {words[status]}
        </span>
        {cordonedAt !== null && <Badge color="orange">Cordoned</Badge>}
      </Group>
      {reason !== '' && (
        <Text size="xs" c="dimmed">
          {reason}
        </Text>
      )}
      {cordonedAt !== null && provider.cordon_reason !== '' && (
        <Text size="xs" c="dimmed">
          Cordoned: {provider.cordon_reason}
        </Text>
      )}
      {unenforced.map((limit) => (
        <Text key={limit} size="xs" c="var(--at-warn)">
          Not enforced: {limit}
        </Text>
      ))}
    </div>
  )
}

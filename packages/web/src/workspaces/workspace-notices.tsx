import type { Workspace } from '@atelier/api'
import { Alert, Button, Group, Text } from '@mantine/core'
import { CircleAlert, Hammer } from 'lucide-react'
import { useWorkspaceActions } from './actions.tsx'

/** What its people should know: why it failed, and that a rebuild is wise. */
export function WorkspaceNotices({ workspace }: { workspace: Workspace }) {
  const actions = useWorkspaceActions()(workspace)
  const rebuild = actions.find(({ label }) => label === 'Rebuild…' || label === 'Start')
  const { rebuild_messages: messages, status, status_reason: reason } = workspace
  return (
    <>
      {status === 'failed' && (
        <Alert color="red" icon={<CircleAlert aria-hidden="true" />} title="The last build failed">
          {reason === '' ? 'The build log says more.' : reason}
        </Alert>
      )}
      {messages.length > 0 && (
        <Alert
          color="blue"
          icon={<Hammer aria-hidden="true" />}
          title={messages.some(({ required }) => required) ? 'Rebuild needed' : 'Rebuild suggested'}
        >
          <Group justify="space-between" gap="sm">
            <div>
              {messages.map(({ text }) => (
                <Text key={text}>{text}</Text>
              ))}
            </div>
            {rebuild !== undefined && rebuild.refused === undefined && (
              <Button size="xs" variant="default" onClick={rebuild.onSelect}>
                {rebuild.label}
              </Button>
            )}
          </Group>
        </Alert>
      )}
    </>
  )
}

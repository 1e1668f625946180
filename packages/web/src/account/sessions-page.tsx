import type { Session } from '@atelier/api'
import { Badge, Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleHelp, LogOut, Monitor, Smartphone, SquareTerminal } from 'lucide-react'
import type { z } from 'zod'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { RefusedAction } from '../forms/refused-action.tsx'
import { useClient } from '../session/client.tsx'
import { useSignOut } from '../session/sign-out.ts'
import { focusTitle } from '../shell/focus.ts'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { Time } from '../time/time.tsx'
import './sessions-page.css'
import { deviceName, deviceOf } from './user-agent.ts'

type Row = z.output<typeof Session>

const icons = {
  computer: Monitor,
  phone: Smartphone,
  program: SquareTerminal,
  unknown: CircleHelp,
}

const columns: readonly TableColumn<Row>[] = [
  { id: 'user_agent', label: 'Where', cell: (row) => <Device row={row} /> },
  {
    id: 'last_seen_at',
    label: 'Last seen',
    cell: (row) => (row.current ? 'Now' : <Time value={row.last_seen_at} />),
  },
  { id: 'created_at', label: 'Signed in', cell: (row) => <Time value={row.created_at} /> },
  { id: 'expires_at', label: 'Ends', cell: (row) => <Time value={row.expires_at} /> },
]

function Device({ row }: { row: Row }) {
  const Icon = icons[deviceOf(row.user_agent).kind]
  return (
    <span className="device">
      <Icon size={20} aria-hidden="true" className="device-icon" />
      <span className="device-text">
        <span className="device-name">
          <Text span fw={550} title={row.user_agent}>
            {deviceName(row.user_agent)}
          </Text>
          {row.current && <Badge color="green">This device</Badge>}
        </span>
        <Text span size="xs" c="dimmed">
          {row.ip === '' ? 'Address not known' : row.ip}
        </Text>
      </span>
    </span>
  )
}

/** Where one is signed in, and how to end that. */
export function SessionsPage() {
  const client = useClient()
  const queryClient = useQueryClient()
  const signOut = useSignOut()
  const [asking, ask] = useDisclosure(false)
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => ({ items: await client.sessions.list({ signal }) }),
  })
  const revoke = useMutation({
    mutationFn: (row: Row) => client.sessions.revoke({ params: { session: row.id } }),
    onSuccess: async (_, row) => {
      notifyDone(`${deviceName(row.user_agent)} is signed out.`)
      await queryClient.invalidateQueries({ queryKey: ['sessions'] })
      focusTitle()
    },
    onError: (error) => {
      notifyFailed('The session was not ended', error)
    },
  })
  const others = sessions.data?.items.filter((row) => !row.current).length ?? 0

  return (
    <Page
      title="Sessions"
      description="Where you are signed in, by what each browser says of itself. End what you do not recognise, then change your password."
      actions={
        <RefusedAction reason={others > 0 ? undefined : 'You are signed in nowhere else.'}>
          <Button
            variant="default"
            leftSection={<LogOut size={16} aria-hidden="true" />}
            onClick={ask.open}
          >
            Sign out everywhere else
          </Button>
        </RefusedAction>
      }
    >
      <DataTable<Row>
        label="Sessions"
        storageKey="sessions"
        columns={columns}
        result={sessions}
        rowId={(row) => row.id}
        rowName={(row) => deviceName(row.user_agent)}
        rowActions={(row) => [
          {
            label: row.current ? 'Sign out here' : 'Sign out',
            icon: <LogOut size={16} aria-hidden="true" />,
            danger: true,
            onSelect: () => {
              if (row.current) signOut.mutate()
              else revoke.mutate(row)
            },
          },
        ]}
        empty={{
          title: 'No sessions',
          text: 'Programs with an API key are not signed in: you find them under API keys.',
        }}
      />
      <ConfirmDialog
        opened={asking}
        onClose={ask.close}
        title="Sign out everywhere else?"
        confirmLabel={others === 1 ? 'End 1 session' : `End ${String(others)} sessions`}
        danger
        onConfirm={async () => {
          const ended = await client.sessions.revokeOthers()
          await queryClient.invalidateQueries({ queryKey: ['sessions'] })
          notifyDone(
            ended.sessions === 1
              ? 'One other session has ended.'
              : `${String(ended.sessions)} other sessions have ended.`,
          )
        }}
      >
        <Text>
          All your sessions but this one end at once. API keys keep working: delete those that you
          do not trust.
        </Text>
      </ConfirmDialog>
    </Page>
  )
}

import type { Session } from '@atelier/api'
import { useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { Time } from '../time/time.tsx'

type Row = z.output<typeof Session>

const columns: readonly TableColumn<Row>[] = [
  { id: 'user_agent', label: 'Browser', cell: (row) => row.user_agent },
  { id: 'ip', label: 'Address', cell: (row) => row.ip },
  { id: 'last_seen_at', label: 'Last seen', cell: (row) => <Time value={row.last_seen_at} /> },
]

/** Where one is signed in. */
export function SessionsPage() {
  const client = useClient()
  const sessions = useQuery({
    queryKey: ['sessions'],
    queryFn: async ({ signal }) => ({ items: await client.sessions.list({ signal }) }),
  })
  return (
    <Page title="Sessions" description="Where you are signed in.">
      <DataTable<Row>
        label="Sessions"
        storageKey="sessions"
        columns={columns}
        result={sessions}
        rowId={(row) => row.id}
        rowName={(row) => row.user_agent}
        empty={{ title: 'No sessions', text: 'You are signed in nowhere.' }}
      />
    </Page>
  )
}

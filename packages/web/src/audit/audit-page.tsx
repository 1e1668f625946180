import type { AuditEntry } from '@atelier/api'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { Time } from '../time/time.tsx'

const columns: readonly TableColumn<AuditEntry>[] = [
  { id: 'time', label: 'Time', cell: (row) => <Time value={row.time} /> },
  { id: 'user', label: 'User', cell: (row) => row.user?.username ?? 'Nobody' },
  { id: 'action', label: 'Action', cell: (row) => row.action },
  { id: 'target', label: 'Target', cell: (row) => row.target },
  { id: 'outcome', label: 'Outcome', cell: (row) => row.outcome },
]

/** The audit log, newest first. */
export function AuditPage() {
  const client = useClient()
  const list = useListState()
  const entries = useQuery({
    queryKey: ['audit', 'list', list.query],
    queryFn: ({ signal }) => {
      const { limit, after } = list.query
      return client.audit.list({ query: { limit, after }, signal })
    },
    placeholderData: keepPreviousData,
  })
  return (
    <Page title="Audit" description="Who did what, when, and what was refused.">
      <DataTable<AuditEntry>
        label="Audit entries"
        storageKey="audit"
        columns={columns}
        result={entries}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.target}
        empty={{ title: 'Nothing is recorded yet', text: 'Every change appears here at once.' }}
      />
    </Page>
  )
}

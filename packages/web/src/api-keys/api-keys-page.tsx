import type { ApiKey } from '@atelier/api'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { keyColumns } from './columns.tsx'

const columns = [
  { id: 'user', label: 'Owner', cell: (row: ApiKey) => row.user.name },
  ...keyColumns,
]

/** The API keys of everybody. */
export function ApiKeysPage() {
  const client = useClient()
  const list = useListState()
  const keys = useQuery({
    queryKey: ['api-keys', 'list', list.query],
    queryFn: ({ signal }) => {
      const { q, limit, after } = list.query
      return client.apiKeys.listAll({ query: { q, limit, after }, signal })
    },
    placeholderData: keepPreviousData,
  })
  return (
    <Page title="API keys" description="Keys of all users. A key never does more than its owner.">
      <DataTable<ApiKey>
        label="API keys"
        storageKey="all-api-keys"
        columns={columns}
        result={keys}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        empty={{ title: 'No API keys yet', text: 'People make keys on their account pages.' }}
      />
    </Page>
  )
}

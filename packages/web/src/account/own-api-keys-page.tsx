import type { ApiKey } from '@atelier/api'
import { useQuery } from '@tanstack/react-query'
import { keyColumns } from '../api-keys/columns.tsx'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import { DataTable } from '../table/data-table.tsx'

/** Keys for programs that act for the reader. */
export function OwnApiKeysPage() {
  const client = useClient()
  const keys = useQuery({
    queryKey: ['api-keys', 'me'],
    queryFn: async ({ signal }) => ({
      items: await client.apiKeys.list({ params: { user: 'me' }, signal }),
    }),
  })
  return (
    <Page title="My API keys" description="Keys for programs that act for you.">
      <DataTable<ApiKey>
        label="API keys"
        storageKey="own-api-keys"
        columns={keyColumns}
        result={keys}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        empty={{ title: 'No API keys yet', text: 'A key lets a program act for you.' }}
      />
    </Page>
  )
}

import { ApiError, type ApiKey } from '@atelier/api'
import { Badge, Group } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { AnchorLink, ButtonLink } from '../navigation/links.tsx'
import { ProblemView } from '../problems/problem-view.tsx'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { PersonLine } from '../users/person.tsx'
import { keyColumns } from './columns.tsx'
import { keyActions, KeyDialogs, type OpenDialog } from './key-dialogs.tsx'

const [name, ...others] = keyColumns('all')

const columns: readonly TableColumn<ApiKey>[] = [
  ...(name === undefined ? [] : [name]),
  { id: 'user', label: 'Owner', cell: (row) => <Owner row={row} /> },
  ...others,
]

function Owner({ row }: { row: ApiKey }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <AnchorLink to="/users/$user" params={{ user: row.user_id }} underline="never" c="inherit">
        <PersonLine person={row.user} />
      </AnchorLink>
      {row.user.status === 'suspended' && <Badge color="orange">Suspended</Badge>}
    </Group>
  )
}

/** The API keys of everybody, for who may see them. */
export function ApiKeysPage() {
  const client = useClient()
  const list = useListState()
  const [dialog, setDialog] = useState<OpenDialog>()
  const keys = useQuery({
    queryKey: ['api-keys', 'list', list.query],
    queryFn: ({ signal }) => client.apiKeys.listAll({ query: list.query as object, signal }),
    placeholderData: keepPreviousData,
  })
  if (keys.error instanceof ApiError && keys.error.status === 403) {
    return (
      <Page title="API keys of all users">
        <ProblemView error={keys.error} />
        <ButtonLink to="/account/api-keys" variant="default" w="fit-content">
          Go to your own API keys
        </ButtonLink>
      </Page>
    )
  }
  return (
    <Page
      title="API keys of all users"
      description="A key never does more than its owner may do now, and the keys of suspended users are refused."
    >
      <DataTable<ApiKey>
        label="Keys"
        storageKey="all-api-keys"
        columns={columns}
        result={keys}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => `${row.name} of ${row.user.name}`}
        rowActions={(row) => keyActions(row, ['delete'], setDialog)}
        empty={{
          title: 'Nobody has an API key yet',
          text: 'People make keys for their programs under Account, API keys. They all appear here.',
        }}
        filters={
          <SearchField
            label="Search by name or owner"
            value={list.search.q}
            onChange={(q) => {
              list.change({ q })
            }}
          />
        }
      />
      <KeyDialogs
        dialog={dialog}
        onClose={() => {
          setDialog(undefined)
        }}
      />
    </Page>
  )
}

import type { DirectoryOrganization } from '@atelier/api'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { z } from 'zod'
import { AnchorLink } from '../navigation/links.tsx'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'

type Row = z.output<typeof DirectoryOrganization>

const columns: readonly TableColumn<Row>[] = [
  {
    id: 'name',
    label: 'Name',
    cell: (row) => (
      <AnchorLink to="/organizations/$organization" params={{ organization: row.id }}>
        {row.name}
      </AnchorLink>
    ),
  },
  { id: 'description', label: 'Description', cell: (row) => row.description },
]

/** The organizations that the reader may see. */
export function OrganizationsPage() {
  const client = useClient()
  const list = useListState()
  const organizations = useQuery({
    queryKey: ['organizations', 'list', list.query],
    queryFn: ({ signal }) => {
      const { q, limit, after } = list.query
      return client.organizations.list({ query: { q, limit, after, members: 'false' }, signal })
    },
    placeholderData: keepPreviousData,
  })
  return (
    <Page title="Organizations" description="Groups of people and what they share.">
      <DataTable<Row>
        label="Organizations"
        storageKey="organizations"
        columns={columns}
        result={organizations}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        empty={{ title: 'No organizations yet', text: 'Ask a site manager to create one.' }}
        filters={
          <SearchField
            label="Search by name"
            value={list.search.q}
            onChange={(q) => {
              list.change({ q })
            }}
          />
        }
      />
    </Page>
  )
}

import type { DirectoryUser, User } from '@atelier/api'
import { siteRoles } from '@atelier/access'
import { Badge, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { AnchorLink } from '../navigation/links.tsx'
import { RoleBadge } from '../roles/role-badge.tsx'
import { roleLabel, words } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { Page } from '../shell/page.tsx'
import type { TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { FilterSelect } from '../table/filter-select.tsx'
import { useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { Time } from '../time/time.tsx'
import { PersonLine } from './person.tsx'
import type { UserSearch } from './search.ts'

type Row = User | DirectoryUser

/** The full record has more than the directory; without it a cell stays empty. */
function full(row: Row): User | undefined {
  return 'email' in row ? row : undefined
}

const columns: readonly TableColumn<Row>[] = [
  {
    id: 'name',
    label: 'User',
    sort: 'name',
    cell: (row) => (
      <AnchorLink to="/users/$user" params={{ user: row.id }} underline="never" c="inherit">
        <PersonLine person={row} detail={full(row)?.email} />
      </AnchorLink>
    ),
  },
  {
    id: 'username',
    label: 'Username',
    sort: 'username',
    choice: 'hidden',
    cell: (row) => row.username,
  },
  {
    id: 'role',
    label: 'Site role',
    choice: 'shown',
    cell: (row) => {
      const role = full(row)?.role
      return role === undefined ? <Unseen /> : <RoleBadge role={role} />
    },
  },
  {
    id: 'status',
    label: 'Status',
    choice: 'shown',
    cell: (row) => {
      const status = full(row)?.status
      if (status === undefined) return <Unseen />
      return <Badge color={status === 'active' ? 'green' : 'orange'}>{words(status)}</Badge>
    },
  },
  {
    id: 'last_seen_at',
    label: 'Last seen',
    sort: 'last_seen_at',
    descendingFirst: true,
    choice: 'shown',
    cell: (row) => <Time value={full(row)?.last_seen_at ?? null} />,
  },
]

function Unseen() {
  return (
    <Text span c="dimmed">
      –
    </Text>
  )
}

/** Everybody on this server, as far as the reader may know of them. */
export function UsersPage() {
  const client = useClient()
  const list = useListState<UserSearch>()
  const users = useQuery({
    queryKey: ['users', 'list', list.query],
    queryFn: ({ signal }) => client.users.list({ query: list.query as object, signal }),
    placeholderData: keepPreviousData,
  })
  return (
    <Page title="Users" description="People on this server and their site roles.">
      <DataTable<Row>
        label="Users"
        storageKey="users"
        columns={columns}
        result={users}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        empty={{
          title: 'No users yet',
          text: 'New users appear here as soon as they are created.',
        }}
        filters={
          <>
            <SearchField
              label="Search by name, username or e-mail"
              value={list.search.q}
              onChange={(q) => {
                list.change({ q })
              }}
            />
            <FilterSelect
              label="Site role"
              value={list.search.role}
              options={siteRoles.map((role) => ({ value: role, label: roleLabel(role) }))}
              onChange={(role) => {
                list.change({ role })
              }}
            />
          </>
        }
      />
    </Page>
  )
}

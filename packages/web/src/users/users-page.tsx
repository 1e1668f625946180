import { siteRoles } from '@atelier/access'
import { addressOf, endpoints } from '@atelier/api'
import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Download, Upload, UserPlus } from 'lucide-react'
import { useMemo } from 'react'
import { ButtonLink } from '../navigation/links.tsx'
import { usePageActions } from '../palette/store.ts'
import { roleLabel } from '../roles/words.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { DataTable } from '../table/data-table.tsx'
import { FilterSelect } from '../table/filter-select.tsx'
import { type ListState, useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { BulkButtons } from './bulk-buttons.tsx'
import { directoryColumns, userColumns } from './columns.tsx'
import { useOpenDialog } from './dialogs.ts'
import { type AnyUser, organizationChoices } from './queries.ts'
import type { UserSearch } from './search.ts'
import { rowActions } from './user-actions.tsx'
import { UserDialogs } from './user-dialogs.tsx'
import './users-page.css'

/** Everybody on this server, as far as the reader may know of them. */
export function UsersPage() {
  return (
    <UserDialogs>
      <Users />
    </UserDialogs>
  )
}

function Users() {
  const client = useClient()
  const session = useSession()
  const navigate = useNavigate()
  const open = useOpenDialog()
  const list = useListState<UserSearch>()
  const readsOthers = may(session, 'users', 'read_all')
  const users = useQuery({
    queryKey: ['users', 'list', list.query],
    queryFn: ({ signal }) => client.users.list({ query: list.query as object, signal }),
    placeholderData: keepPreviousData,
  })
  return (
    <Page
      title="Users"
      description={
        readsOthers
          ? 'People on this server, their site roles and whether their accounts work.'
          : 'People on this server. Your role shows you their names and usernames.'
      }
      actions={<Actions list={list} />}
    >
      <DataTable<AnyUser>
        label="Users"
        storageKey={readsOthers ? 'users' : 'directory'}
        columns={readsOthers ? userColumns : directoryColumns}
        result={users}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        {...(readsOthers
          ? {
              rowActions: (row: AnyUser) =>
                rowActions(row, open, () => {
                  void navigate({ to: '/users/$user', params: { user: row.id } })
                }),
            }
          : {})}
        {...(may(session, 'users', 'update_all')
          ? {
              bulkActions: (rows: readonly AnyUser[], clear: () => void) => (
                <BulkButtons users={rows} clear={clear} />
              ),
            }
          : {})}
        empty={{
          title: 'No users yet',
          text: 'New users appear here as soon as they are created.',
        }}
        filters={<Filters list={list} full={readsOthers} />}
      />
    </Page>
  )
}

function Filters({ list, full }: { list: ListState<UserSearch>; full: boolean }) {
  const organizations = useQuery({ ...organizationChoices(useClient()), enabled: full })
  return (
    <>
      <SearchField
        label={full ? 'Search by name, username or e-mail' : 'Search by name or username'}
        value={list.search.q}
        onChange={(q) => {
          list.change({ q })
        }}
      />
      {full && (
        <>
          <FilterSelect
            label="Site role"
            value={list.search.role}
            options={siteRoles.map((role) => ({ value: role, label: roleLabel(role) }))}
            onChange={(role) => {
              list.change({ role })
            }}
          />
          <FilterSelect
            label="Status"
            value={list.search.status}
            options={[
              { value: 'active', label: 'Active' },
              { value: 'suspended', label: 'Suspended' },
            ]}
            onChange={(status) => {
              list.change({ status })
            }}
          />
          <FilterSelect
            label="Organization"
            value={list.search.organization}
            options={(organizations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            onChange={(organization) => {
              list.change({ organization })
            }}
          />
        </>
      )}
    </>
  )
}

function Actions({ list }: { list: ListState<UserSearch> }) {
  const session = useSession()
  const navigate = useNavigate()
  const open = useOpenDialog()
  const creates = may(session, 'users', 'create')
  const exports = may(session, 'users', 'read_all')
  const { q, role, status, organization, sort } = list.search

  usePageActions(
    useMemo(
      () => [
        {
          id: 'find-user',
          label: 'Find user',
          description: 'Go to the search of this page',
          onTrigger: () => {
            // The palette gives the focus back when it closes; the search takes it after that.
            setTimeout(focusSearch, 50)
          },
        },
        ...(creates
          ? [
              {
                id: 'new-user',
                label: 'New user',
                description: 'Create an account with a temporary password',
                onTrigger: () => {
                  open({ kind: 'new' })
                },
              },
              {
                id: 'import-users',
                label: 'Import users',
                description: 'Create many accounts from a CSV file',
                onTrigger: () => void navigate({ to: '/users/import' }),
              },
            ]
          : []),
      ],
      [creates, navigate, open],
    ),
  )

  if (!creates && !exports) return null
  return (
    <>
      {exports && (
        <Button
          component="a"
          href={addressOf(endpoints.users.export, {
            query: { q, role, status, organization, sort },
          })}
          download="users.csv"
          variant="default"
          className="users-action"
          leftSection={<Download size={16} aria-hidden="true" />}
        >
          {list.filtered ? 'Export these' : 'Export'}
        </Button>
      )}
      {creates && (
        <>
          <ButtonLink
            to="/users/import"
            variant="default"
            className="users-action"
            leftSection={<Upload size={16} aria-hidden="true" />}
          >
            Import
          </ButtonLink>
          <Button
            className="users-action"
            leftSection={<UserPlus size={16} aria-hidden="true" />}
            onClick={() => {
              open({ kind: 'new' })
            }}
          >
            New user
          </Button>
        </>
      )}
    </>
  )
}

function focusSearch() {
  document.querySelector<HTMLElement>('input[data-page-search]')?.focus()
}

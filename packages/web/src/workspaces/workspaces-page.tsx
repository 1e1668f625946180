import { type Workspace, workspaceStatuses } from '@atelier/api'
import { SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { useMemo } from 'react'
import { ButtonLink } from '../navigation/links.tsx'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { DataTable } from '../table/data-table.tsx'
import { FilterSelect } from '../table/filter-select.tsx'
import { type ListState, useListState } from '../table/list-state.ts'
import { SearchField } from '../table/search-field.tsx'
import { organizationChoices } from '../users/queries.ts'
import { useWorkspaceActions } from './actions.tsx'
import { columnsFor } from './columns.tsx'
import type { WorkspaceSearch } from './search.ts'
import { statusWords } from './words.ts'
import { WorkspaceDialogs } from './workspace-dialogs.tsx'
import './workspaces.css'

/** The home page: one's own workspaces, and everybody's for who may read them. */
export function WorkspacesPage() {
  const session = useSession()
  const navigate = useNavigate()
  const creates = may(session, 'workspaces', 'create')
  usePageActions(
    useMemo(
      () =>
        creates
          ? [
              {
                id: 'new-workspace',
                label: 'New workspace',
                description: 'Choose an image and start working',
                onTrigger: () => void navigate({ to: '/workspaces/new' }),
              },
            ]
          : [],
      [creates, navigate],
    ),
  )
  return (
    <Page
      title="Workspaces"
      description="Where you work: a computer of your own, made from an image."
      actions={creates && <NewButton />}
    >
      <WorkspaceDialogs>
        <List creates={creates} />
      </WorkspaceDialogs>
    </Page>
  )
}

function NewButton() {
  return (
    <ButtonLink to="/workspaces/new" leftSection={<Plus size={16} aria-hidden="true" />}>
      New workspace
    </ButtonLink>
  )
}

function List({ creates }: { creates: boolean }) {
  const client = useClient()
  const session = useSession()
  const list = useListState<WorkspaceSearch>()
  const seesOthers = may(session, 'workspaces', 'read_all')
  const all = seesOthers && list.search.whose === 'all'
  const organizations = useQuery(organizationChoices(client)).data ?? []
  const query = queryOf(list, all ? undefined : session.user.id)
  const workspaces = useQuery({
    queryKey: ['workspaces', 'list', query],
    queryFn: ({ signal }) => client.workspaces.list({ query, signal }),
    placeholderData: keepPreviousData,
  })
  const actionsOf = useWorkspaceActions()
  const columns = useMemo(
    () => columnsFor({ all, organizations: organizations.length > 1 }),
    [all, organizations.length],
  )
  const rows = workspaces.data?.items ?? []
  return (
    <>
      {seesOthers && (
        <SegmentedControl
          aria-label="Whose workspaces"
          className="workspaces-whose"
          data={[
            { value: 'mine', label: 'Mine' },
            { value: 'all', label: 'All' },
          ]}
          value={all ? 'all' : 'mine'}
          onChange={(whose) => {
            list.change({ whose: whose === 'all' ? 'all' : undefined })
          }}
        />
      )}
      <DataTable<Workspace>
        label="Workspaces"
        storageKey={all ? 'workspaces-all' : 'workspaces'}
        columns={columns}
        result={workspaces}
        list={{ ...list, filtered: isFiltered(list) }}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
        empty={emptyText(all, creates)}
        filters={
          (rows.length > 0 || isFiltered(list)) && (
            <>
              <SearchField
                label={all ? 'Search by name or owner' : 'Search by name'}
                value={list.search.q}
                onChange={(q) => {
                  list.change({ q })
                }}
              />
              <FilterSelect
                label="Status"
                value={list.search.status}
                options={workspaceStatuses.map((value) => ({
                  value,
                  label: statusWords[value].label,
                }))}
                onChange={(status) => {
                  list.change({ status })
                }}
              />
              {organizations.length > 1 && (
                <FilterSelect
                  label="Organization"
                  value={list.search.org}
                  options={organizations.map(({ id, name }) => ({ value: id, label: name }))}
                  onChange={(org) => {
                    list.change({ org })
                  }}
                />
              )}
            </>
          )
        }
      />
    </>
  )
}

/** Whose they are is no filter: with all of them shown, nothing is hidden. */
function isFiltered({ search: { q, org, status } }: ListState<WorkspaceSearch>): boolean {
  return [q, org, status].some((filter) => filter !== undefined)
}

function queryOf({ query }: ListState<WorkspaceSearch>, owner: string | undefined) {
  const { limit, after, q, status, org } = query
  return {
    limit,
    ...(after === undefined ? {} : { after }),
    ...(q === undefined ? {} : { q }),
    ...(status === undefined ? {} : { status }),
    ...(org === undefined ? {} : { orgs: org }),
    ...(owner === undefined ? {} : { users: owner }),
  }
}

function emptyText(all: boolean, creates: boolean) {
  if (all) {
    return { title: 'There is no workspace yet', text: 'Those of everybody will be listed here.' }
  }
  return creates
    ? {
        title: 'You have no workspace yet',
        text: 'Choose an image, and a minute later you have a terminal in a computer of your own.',
        action: <NewButton />,
      }
    : {
        title: 'You have no workspace',
        text: 'Workspaces belong to organizations, and you are in none: ask a site manager to add you to one.',
      }
}

import { addressOf, type AuditEntry, endpoints } from '@atelier/api'
import { Button, VisuallyHidden } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download, FileSearch, Target, UserRound } from 'lucide-react'
import { ButtonLink } from '../navigation/links.tsx'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { Page } from '../shell/page.tsx'
import { QueryView } from '../shell/query-view.tsx'
import { DataTable } from '../table/data-table.tsx'
import { type ListState, useListState } from '../table/list-state.ts'
import { useNow } from '../time/clock.ts'
import './audit.css'
import { auditColumns } from './columns.tsx'
import { EntryDetails } from './entry-details.tsx'
import { AuditFilters } from './filters.tsx'
import { SealLine } from './seal-line.tsx'
import type { AuditSearch } from './search.ts'
import { rangeOf } from './time-range.ts'
import { actions } from './words.ts'

const title = 'Audit'
const description = 'Who did what, when, and what was refused.'

/** The audit log, for those who may read it; everybody else learns who may. */
export function AuditPage() {
  return may(useSession(), 'audit_logs', 'read_all') ? <AuditLog /> : <Refused />
}

function AuditLog() {
  const client = useClient()
  const list = useListState<AuditSearch>()
  const entries = useQuery({
    queryKey: ['audit', 'list', list.query],
    queryFn: ({ signal }) => {
      const { limit, after } = list.query
      return client.audit.list({
        query: { ...filtersOf(list.search, new Date()), limit, after },
        signal,
      })
    },
    placeholderData: keepPreviousData,
  })
  return (
    <Page title={title} description={description} actions={<Export list={list} />}>
      <SealLine />
      <DataTable<AuditEntry>
        label="Audit entries"
        storageKey="audit"
        columns={auditColumns}
        result={entries}
        list={list}
        rowId={(row) => row.id}
        rowName={(row) => `${actions[row.action].label}: ${row.target}`}
        expansion={(row) => (
          <EntryDetails entry={row} links={<Narrower entry={row} list={list} />} />
        )}
        empty={{ title: 'Nothing is recorded yet', text: 'Every change appears here at once.' }}
        filters={<AuditFilters list={list} target={targetOf(list, entries.data?.items)} />}
      />
    </Page>
  )
}

/** From an entry to those like it, and to its own address. */
function Narrower({ entry, list }: { entry: AuditEntry; list: ListState<AuditSearch> }) {
  const { user, resource_id: target } = entry
  return (
    <>
      {user !== null && list.search.user !== user.id && (
        <Button
          variant="default"
          size="xs"
          leftSection={<UserRound size={14} aria-hidden="true" />}
          onClick={() => {
            list.change({ user: user.id })
          }}
        >
          Only by {user.username}
        </Button>
      )}
      {target !== '' && list.search.resource_id !== target && (
        <Button
          variant="default"
          size="xs"
          leftSection={<Target size={14} aria-hidden="true" />}
          onClick={() => {
            list.change({ resource_id: target })
          }}
        >
          Only this target
        </Button>
      )}
      <ButtonLink
        to="/audit/$entry"
        params={{ entry: entry.id }}
        variant="default"
        size="xs"
        leftSection={<FileSearch size={14} aria-hidden="true" />}
      >
        Open entry
      </ButtonLink>
    </>
  )
}

function Export({ list }: { list: ListState<AuditSearch> }) {
  const filters = filtersOf(list.search, useNow())
  return (['csv', 'ndjson'] as const).map((format) => (
    <Button
      key={format}
      component="a"
      href={addressOf(endpoints.audit.export, { query: { ...filters, format } })}
      download
      variant="default"
      className="audit-export"
      leftSection={<Download size={16} aria-hidden="true" />}
    >
      Export {format.toUpperCase()}
      {list.filtered && <VisuallyHidden> of the entries that the filters find</VisuallyHidden>}
    </Button>
  ))
}

function filtersOf(search: AuditSearch, now: Date) {
  const { user, action, resource_type, resource_id, q, outcome } = search
  return { user, action, resource_type, resource_id, q, outcome, ...rangeOf(search, now) }
}

function targetOf(list: ListState<AuditSearch>, items: readonly AuditEntry[] | undefined) {
  return items?.find((entry) => entry.resource_id === list.search.resource_id)?.target
}

/** Asks all the same, so that the answer names the roles that may. */
function Refused() {
  const client = useClient()
  const refused = useQuery({
    queryKey: ['audit', 'status'],
    queryFn: ({ signal }) => client.audit.status({ signal }),
  })
  return (
    <Page title={title} description={description}>
      <QueryView query={refused}>{() => null}</QueryView>
    </Page>
  )
}

import type { Registry } from '@atelier/api'
import { Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Cable, Pencil, Plus, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { InsideFilters, type InsideSearch } from '../organizations/inside-list.tsx'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { notifyDone } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import type { RowAction, TableColumn } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { useListState } from '../table/list-state.ts'
import { Time } from '../time/time.tsx'
import { organizationChoices } from '../users/queries.ts'
import { CheckDialog } from './check-dialog.tsx'
import { RegistryTabs } from './registry-tabs.tsx'
import { RegistryDialog } from './registry-dialog.tsx'

interface OpenDialog {
  readonly action: 'edit' | 'check' | 'delete'
  readonly registry: Registry
}

/** The registries that images come from, of every organization that the reader is in. */
export function RegistriesPage() {
  const client = useClient()
  const session = useSession()
  const queryClient = useQueryClient()
  const list = useListState<InsideSearch>()
  const [adding, add] = useDisclosure(false)
  const [dialog, setDialog] = useState<OpenDialog>()
  const organizations = useQuery(organizationChoices(client)).data ?? []
  const registries = useQuery({
    queryKey: ['registries', 'list', list.query],
    queryFn: ({ signal }) => client.registries.list({ query: list.query, signal }),
    placeholderData: keepPreviousData,
  })
  const mayAdd = may(session, 'registries', 'create')
  const { open } = add
  usePageActions(
    useMemo(
      () => (mayAdd ? [{ id: 'new-registry', label: 'Add a registry', onTrigger: open }] : []),
      [mayAdd, open],
    ),
  )
  const names = new Map(organizations.map(({ id, name }) => [id, name]))
  const button = mayAdd ? (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={add.open}>
      Add registry
    </Button>
  ) : undefined

  const columns: readonly TableColumn<Registry>[] = [
    {
      id: 'friendly_name',
      label: 'Name',
      cell: (row) => (
        <Text span fw={550}>
          {row.friendly_name}
        </Text>
      ),
    },
    {
      id: 'registry',
      label: 'Address',
      cell: (row) => (
        <Text span ff="monospace" size="sm" style={{ overflowWrap: 'anywhere' }}>
          {row.registry}
        </Text>
      ),
    },
    {
      id: 'organization',
      label: 'Organization',
      choice: 'shown',
      cell: (row) => names.get(row.organization_id) ?? '–',
    },
    { id: 'credentials', label: 'Signs in as', choice: 'shown', cell: signsInAs },
    {
      id: 'updated_at',
      label: 'Changed',
      choice: 'hidden',
      cell: (row) => <Time value={row.updated_at} />,
    },
  ]

  function actionsOf(row: Registry): readonly RowAction[] {
    const offered = [
      { action: 'check', right: 'check', label: 'Check the connection', Icon: Cable },
      { action: 'edit', right: 'update', label: 'Edit', Icon: Pencil },
      { action: 'delete', right: 'delete', label: 'Delete', Icon: Trash2 },
    ] as const
    return offered.flatMap(({ action, right, label, Icon }) => {
      const refused = row.cannot[right]
      if (row.can[right] !== true && refused === undefined) return []
      return {
        label,
        icon: <Icon size={16} aria-hidden="true" />,
        danger: action === 'delete',
        refused,
        onSelect: () => {
          setDialog({ action, registry: row })
        },
      }
    })
  }
  const close = () => {
    setDialog(undefined)
  }
  const chosen = (action: OpenDialog['action']) =>
    dialog?.action === action ? dialog.registry : undefined
  const deleted = chosen('delete')
  const rows = registries.data?.items ?? []

  return (
    <>
      <RegistryTabs />
      <Page
        title="Registries"
        description="Where images come from. A password goes in and is never shown again."
        actions={button}
      >
        <DataTable<Registry>
          label="Registries"
          storageKey="registries"
          columns={columns}
          result={registries}
          list={list}
          rowId={(row) => row.id}
          rowName={(row) => row.friendly_name}
          {...(rows.some((row) => actionsOf(row).length > 0) ? { rowActions: actionsOf } : {})}
          empty={{
            title: 'There is no registry yet',
            text: mayAdd
              ? 'Add one to use the images that are in it.'
              : 'A manager of your organization can add one.',
            action: button,
          }}
          filters={
            <InsideFilters
              label="Search by name or address"
              list={list}
              organizations={organizations}
            />
          }
        />
        <RegistryDialog
          registry={adding ? 'new' : chosen('edit')}
          organizations={organizations}
          shown={list.search.org}
          onClose={() => {
            add.close()
            close()
          }}
          onSaved={(registry) => {
            void queryClient.invalidateQueries({ queryKey: ['registries'] })
            setDialog({ action: 'check', registry })
          }}
        />
        <CheckDialog registry={chosen('check')} onClose={close} />
        <ConfirmDialog
          opened={deleted !== undefined}
          onClose={close}
          title={deleted === undefined ? '' : `Delete “${deleted.friendly_name}”?`}
          confirmLabel="Delete registry"
          danger
          onConfirm={async () => {
            if (deleted === undefined) return
            await client.registries.remove({ params: { registry: deleted.id } })
            notifyDone(`The registry “${deleted.friendly_name}” is deleted.`)
            await queryClient.invalidateQueries({ queryKey: ['registries'] })
          }}
        >
          <Text>
            Its address and its credentials are forgotten here. The registry itself, and what is in
            it, stays as it is.
          </Text>
        </ConfirmDialog>
      </Page>
    </>
  )
}

function signsInAs(row: Registry) {
  if (!row.has_password) {
    return (
      <Text span c="dimmed">
        No password
      </Text>
    )
  }
  return row.username ?? 'An account of its own'
}

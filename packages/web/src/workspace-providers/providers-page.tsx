import type { WorkspaceProvider } from '@atelier/api'
import { Button, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Activity, Construction, Pencil, Plus, Route, Star, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { usePageActions } from '../palette/store.ts'
import { useClient } from '../session/client.tsx'
import { may, useSession } from '../session/session.ts'
import { notifyDone, notifyFailed } from '../shell/notify.ts'
import { Page } from '../shell/page.tsx'
import type { RowAction } from '../table/column.ts'
import { DataTable } from '../table/data-table.tsx'
import { organizationChoices } from '../users/queries.ts'
import { providerColumns } from './columns.tsx'
import { CordonDialog } from './cordon-dialog.tsx'
import { ProviderDialog } from './provider-dialog.tsx'

interface OpenDialog {
  readonly action: 'edit' | 'cordon' | 'delete'
  readonly provider: WorkspaceProvider
}

const offered = [
  { action: 'check', right: 'check', label: 'Check now', Icon: Activity },
  { action: 'edit', right: 'update', label: 'Edit', Icon: Pencil },
  { action: 'built_in', right: 'make_built_in', label: 'Make built-in', Icon: Star },
  { action: 'cordon', right: 'cordon', label: 'Cordon…', Icon: Construction },
  { action: 'uncordon', right: 'uncordon', label: 'Uncordon', Icon: Route },
  { action: 'delete', right: 'delete', label: 'Delete…', Icon: Trash2 },
] as const

/** What runs workspaces: all of them for who manages them, else those of one's organizations. */
export function ProvidersPage() {
  const client = useClient()
  const mayManage = may(useSession(), 'configuration', 'update_all')
  const queryClient = useQueryClient()
  const [adding, add] = useDisclosure(false)
  const [dialog, setDialog] = useState<OpenDialog>()
  const organizations = useQuery(organizationChoices(client)).data ?? []
  const providers = useQuery({
    queryKey: ['workspace-providers', 'list'],
    queryFn: async ({ signal }) => ({
      items: (await client.workspaceProviders.list({ signal })).kubernetes,
    }),
    // How they are is found out by the server, again and again.
    refetchInterval: 15_000,
  })
  const { open } = add
  usePageActions(
    useMemo(
      () =>
        mayManage
          ? [{ id: 'new-provider', label: 'Add a workspace provider', onTrigger: open }]
          : [],
      [mayManage, open],
    ),
  )
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['workspace-providers'] })
  const said = (provider: WorkspaceProvider, done: string) => {
    const { name, status, status_reason: reason } = provider
    if (status === 'error') notifyFailed(`${name} does not work yet`, new Error(reason))
    else notifyDone(done)
    return refresh()
  }
  const change = useMutation({
    mutationFn: async ({ action, provider: { id } }: Change) => {
      const params = { provider: id }
      if (action === 'check') return client.workspaceProviders.check({ params })
      if (action === 'uncordon') return client.workspaceProviders.uncordon({ params })
      return client.workspaceProviders.update({ params, body: { built_in: true } })
    },
    onSuccess: (provider, { action }) => {
      if (action === 'check') return said(provider, `${provider.name} is ready.`)
      notifyDone(changed[action](provider.name))
      return refresh()
    },
    onError: (error, { provider }) => {
      notifyFailed(`Nothing was done to ${provider.name}`, error)
    },
  })

  const names = new Map(organizations.map(({ id, name }) => [id, name]))
  const button = mayManage ? (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={add.open}>
      Add workspace provider
    </Button>
  ) : undefined

  function actionsOf(row: WorkspaceProvider): readonly RowAction[] {
    return offered.flatMap(({ action, right, label, Icon }) => {
      const refused = row.cannot[right]
      if (row.can[right] !== true && refused === undefined) return []
      return {
        label,
        icon: <Icon size={16} aria-hidden="true" />,
        danger: action === 'delete',
        refused,
        onSelect: () => {
          if (action === 'check' || action === 'built_in' || action === 'uncordon') {
            change.mutate({ action, provider: row })
          } else {
            setDialog({ action, provider: row })
          }
        },
      }
    })
  }
  const close = () => {
    setDialog(undefined)
  }
  const chosen = (action: OpenDialog['action']) =>
    dialog?.action === action ? dialog.provider : undefined
  const deleted = chosen('delete')

  return (
    <Page
      title="Workspace providers"
      description="What runs workspaces: container engines, here or elsewhere. They are asked every half minute whether they work."
      actions={button}
    >
      <DataTable<WorkspaceProvider>
        label="Workspace providers"
        storageKey="workspace-providers"
        columns={providerColumns(mayManage, names)}
        result={providers}
        rowId={(row) => row.id}
        rowName={(row) => row.name}
        {...(mayManage ? { rowActions: actionsOf } : {})}
        empty={{
          title: 'There is nothing yet that runs workspaces',
          text: mayManage
            ? 'Add a container engine, or a sandbox on the server itself.'
            : 'A site manager can let your organization use one.',
          action: button,
        }}
      />
      <ProviderDialog
        provider={adding ? 'new' : chosen('edit')}
        organizations={organizations}
        onClose={() => {
          add.close()
          close()
        }}
        onSaved={(provider) => void said(provider, `${provider.name} is saved.`)}
      />
      <CordonDialog
        provider={chosen('cordon')}
        onClose={close}
        onDone={({ name }) => {
          notifyDone(`${name} is cordoned.`)
          void refresh()
        }}
      />
      <ConfirmDialog
        opened={deleted !== undefined}
        onClose={close}
        title={deleted === undefined ? '' : `Delete “${deleted.name}”?`}
        confirmLabel="Delete workspace provider"
        danger
        onConfirm={async () => {
          if (deleted === undefined) return
          await client.workspaceProviders.remove({ params: { provider: deleted.id } })
          notifyDone(`The workspace provider “${deleted.name}” is deleted.`)
          await refresh()
        }}
      >
        <Text>
          How to reach it is forgotten here. The engine itself stays as it is.
          {deleted?.built_in === true &&
            (providers.data?.items.length === 1
              ? ' It is the last one: nobody makes a workspace until there is another.'
              : ' The oldest of the others becomes the built-in one.')}
        </Text>
      </ConfirmDialog>
    </Page>
  )
}

interface Change {
  readonly action: 'check' | 'built_in' | 'uncordon'
  readonly provider: WorkspaceProvider
}

const changed = {
  built_in: (name: string) => `${name} is the built-in workspace provider now.`,
  uncordon: (name: string) => `${name} takes new workspaces again.`,
}

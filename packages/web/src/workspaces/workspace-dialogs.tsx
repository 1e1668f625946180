import type { Workspace } from '@atelier/api'
import { Text } from '@mantine/core'
import { type ReactNode, useCallback, useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { OpenDialogContext, type WorkspaceDialog } from './dialogs.ts'
import { EditDialog } from './edit-dialog.tsx'
import { useWorkspaceChanged } from './queries.ts'

/** Provides the dialogs about workspaces to what it holds. */
export function WorkspaceDialogs({
  children,
  onDeleted,
}: {
  children: ReactNode
  onDeleted?: () => void
}) {
  const [dialog, setDialog] = useState<WorkspaceDialog>()
  const close = useCallback(() => {
    setDialog(undefined)
  }, [])
  const of = (kind: WorkspaceDialog['kind']) =>
    dialog?.kind === kind ? dialog.workspace : undefined
  return (
    <OpenDialogContext value={setDialog}>
      {children}
      <EditDialog workspace={of('edit')} onClose={close} />
      <StopDialog workspace={of('stop')} onClose={close} />
      <RebuildDialog workspace={of('rebuild')} onClose={close} />
      <DeleteDialog
        workspace={of('delete')}
        onClose={close}
        {...(onDeleted === undefined ? {} : { onDeleted })}
      />
    </OpenDialogContext>
  )
}

interface Props {
  workspace: Workspace | undefined
  onClose: () => void
}

function StopDialog({ workspace, onClose }: Props) {
  const client = useClient()
  const changed = useWorkspaceChanged()
  return (
    <ConfirmDialog
      opened={workspace !== undefined}
      onClose={onClose}
      title={workspace === undefined ? '' : `Stop ${workspace.name}?`}
      confirmLabel="Stop workspace"
      onConfirm={async () => {
        if (workspace === undefined) return
        const stopped = await client.workspaces.stop({ params: { workspace: workspace.id } })
        notifyDone(`${workspace.name} is being turned off.`)
        void changed(stopped)
      }}
    >
      <Text>
        Everything that runs in it ends, and its terminals close. What lies in <code>/home</code>{' '}
        stays; the rest is made anew when it starts again.
      </Text>
    </ConfirmDialog>
  )
}

function RebuildDialog({ workspace, onClose }: Props) {
  const client = useClient()
  const changed = useWorkspaceChanged()
  return (
    <ConfirmDialog
      opened={workspace !== undefined}
      onClose={onClose}
      title={workspace === undefined ? '' : `Rebuild ${workspace.name}?`}
      confirmLabel="Rebuild workspace"
      onConfirm={async () => {
        if (workspace === undefined) return
        const params = { workspace: workspace.id }
        const rebuilt = await client.workspaces.update({ params, body: {} })
        notifyDone(`${workspace.name} is being rebuilt.`)
        void changed(rebuilt)
      }}
    >
      <Text>
        Everything that runs in it ends, and it is made anew from {workspace?.image.repository}:
        {workspace?.image_tag} as the registry has it now. What lies in <code>/home</code> stays;
        what was installed elsewhere is gone.
      </Text>
    </ConfirmDialog>
  )
}

function DeleteDialog({ workspace, onClose, onDeleted }: Props & { onDeleted?: () => void }) {
  const client = useClient()
  const changed = useWorkspaceChanged()
  return (
    <ConfirmDialog
      opened={workspace !== undefined}
      onClose={onClose}
      title={workspace === undefined ? '' : `Delete ${workspace.name}?`}
      confirmLabel="Delete workspace"
      danger
      {...(workspace === undefined ? {} : { typed: workspace.name })}
      onConfirm={async () => {
        if (workspace === undefined) return
        await client.workspaces.remove({ params: { workspace: workspace.id } })
        notifyDone(`${workspace.name} is being deleted.`)
        onDeleted?.()
        void changed()
      }}
    >
      <Text>
        The workspace goes with everything in its <code>/home</code>
        {workspace === undefined ? '' : `, which belongs to ${workspace.owner.name}`}. This cannot
        be undone.
      </Text>
    </ConfirmDialog>
  )
}

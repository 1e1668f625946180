import type { ApiKey } from '@atelier/api'
import { Loader, Modal, Text } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Pencil, RefreshCw, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { ConfirmDialog } from '../forms/confirm-dialog.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import type { RowAction } from '../table/column.ts'
import { guarded, useLargeDialog } from './dialog.ts'
import { EditKeyForm } from './edit-key-form.tsx'
import { LastUse } from './last-use.tsx'
import { useMaxAgeDays } from './max-age.ts'
import { RegenerateKeyForm } from './regenerate-key-form.tsx'
import { SecretStep } from './secret-step.tsx'

export type KeyAction = 'edit' | 'regenerate' | 'delete'

export interface OpenDialog {
  readonly action: KeyAction
  readonly apiKey: ApiKey
}

const icons = { edit: Pencil, regenerate: RefreshCw, delete: Trash2 }
const labels = { edit: 'Edit', regenerate: 'Regenerate', delete: 'Delete' }
const rights = { edit: 'update', regenerate: 'regenerate', delete: 'delete' }

/** What the row of a key offers: what its `can` allows, and what its `cannot` gives a reason for. */
export function keyActions(
  apiKey: ApiKey,
  actions: readonly KeyAction[],
  open: (dialog: OpenDialog) => void,
): readonly RowAction[] {
  return actions.flatMap((action) => {
    const refused = apiKey.cannot[rights[action]]
    if (apiKey.can[rights[action]] !== true && refused === undefined) return []
    const Icon = icons[action]
    return {
      label: labels[action],
      icon: <Icon size={16} aria-hidden="true" />,
      danger: action === 'delete',
      refused,
      onSelect: () => {
        open({ action, apiKey })
      },
    }
  })
}

/** The dialogs of a list of keys; one at a time is open. */
export function KeyDialogs({
  dialog,
  onClose,
}: {
  dialog: OpenDialog | undefined
  onClose: () => void
}) {
  return (
    <>
      <EditDialog dialog={dialog?.action === 'edit' ? dialog : undefined} onClose={onClose} />
      <RegenerateDialog
        dialog={dialog?.action === 'regenerate' ? dialog : undefined}
        onClose={onClose}
      />
      <DeleteDialog dialog={dialog?.action === 'delete' ? dialog : undefined} onClose={onClose} />
    </>
  )
}

interface Props {
  dialog: OpenDialog | undefined
  onClose: () => void
}

function EditDialog({ dialog, onClose }: Props) {
  const queryClient = useQueryClient()
  const maxDays = useMaxAgeDays()
  const large = useLargeDialog()
  const apiKey = dialog?.apiKey
  return (
    <Modal
      {...large}
      opened={apiKey !== undefined}
      onClose={onClose}
      title={apiKey === undefined ? '' : `Edit “${apiKey.name}”`}
    >
      {apiKey !== undefined && maxDays === undefined && <Loader aria-label="Loading" />}
      {apiKey !== undefined && maxDays !== undefined && (
        <EditKeyForm
          apiKey={apiKey}
          maxDays={maxDays}
          onClose={onClose}
          onDone={() => {
            void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
            notifyDone('The key is saved. What changed counts at once.')
            onClose()
          }}
        />
      )}
    </Modal>
  )
}

function RegenerateDialog({ dialog, onClose }: Props) {
  const queryClient = useQueryClient()
  const maxDays = useMaxAgeDays()
  const [secret, setSecret] = useState<string>()
  const apiKey = dialog?.apiKey

  function close() {
    onClose()
    setSecret(undefined)
  }
  return (
    <Modal
      opened={apiKey !== undefined}
      onClose={close}
      size={secret === undefined ? 'md' : 'lg'}
      title={
        apiKey === undefined
          ? ''
          : secret === undefined
            ? `Regenerate “${apiKey.name}”?`
            : `The new secret of “${apiKey.name}”`
      }
      {...(secret === undefined ? {} : guarded)}
    >
      {apiKey !== undefined && secret === undefined && maxDays !== undefined && (
        <RegenerateKeyForm
          apiKey={apiKey}
          maxDays={maxDays}
          onClose={close}
          onSecret={(key) => {
            void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
            setSecret(key)
          }}
        />
      )}
      {secret !== undefined && <SecretStep secret={secret} onDone={close} />}
    </Modal>
  )
}

function DeleteDialog({ dialog, onClose }: Props) {
  const client = useClient()
  const queryClient = useQueryClient()
  const apiKey = dialog?.apiKey
  return (
    <ConfirmDialog
      opened={apiKey !== undefined}
      onClose={onClose}
      title={apiKey === undefined ? '' : `Delete “${apiKey.name}”?`}
      confirmLabel="Delete key"
      danger
      onConfirm={async () => {
        if (apiKey === undefined) return
        await client.apiKeys.remove({ params: { user: apiKey.user_id, key: apiKey.id } })
        await queryClient.invalidateQueries({ queryKey: ['api-keys'] })
        notifyDone(`The key “${apiKey.name}” is deleted.`)
      }}
    >
      {apiKey !== undefined && (
        <Text>
          Programs that use it are refused from now on, and it cannot be brought back.{' '}
          <LastUse at={apiKey.last_used} />
        </Text>
      )}
    </ConfirmDialog>
  )
}

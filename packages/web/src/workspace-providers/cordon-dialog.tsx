import { workspaceProviders, type WorkspaceProvider } from '@atelier/api'
import { Modal, Text, TextInput } from '@mantine/core'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { useFocusBack } from '../shell/focus.ts'

interface Props {
  provider: WorkspaceProvider | undefined
  onClose: () => void
  onDone: (provider: WorkspaceProvider) => void
}

/** Asks why a provider is closed to new workspaces, and closes it. */
export function CordonDialog({ provider, onClose, onDone }: Props) {
  useFocusBack(provider !== undefined)
  return (
    <Modal
      opened={provider !== undefined}
      onClose={onClose}
      title={provider === undefined ? '' : `Cordon “${provider.name}”?`}
    >
      {provider !== undefined && (
        <CordonForm provider={provider} onClose={onClose} onDone={onDone} />
      )}
    </Modal>
  )
}

function CordonForm({ provider, onClose, onDone }: Props & { provider: WorkspaceProvider }) {
  const client = useClient()
  const form = useApiForm({
    initialValues: { reason: '' },
    schema: workspaceProviders.cordon.body,
    send: (body) => client.workspaceProviders.cordon({ params: { provider: provider.id }, body }),
    onDone: (cordoned) => {
      onClose()
      onDone(cordoned)
    },
  })
  return (
    <Form form={form} submitLabel="Cordon workspace provider" onCancel={onClose}>
      <Text>
        Nobody makes a new workspace there or builds one again. What runs goes on, and can be
        stopped.
      </Text>
      <TextInput
        label="Reason"
        description="People read it; may be empty."
        placeholder="The machine is being repaired until Friday"
        maxLength={512}
        autoComplete="off"
        data-autofocus
        {...form.form.getInputProps('reason')}
      />
    </Form>
  )
}

import { type Image, imageTags } from '@atelier/api'
import { Modal, Switch, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'

/** Adds a tag of an image; the server asks the registry for it at once. */
export function TagDialog({
  image,
  opened,
  onClose,
}: {
  image: Image
  opened: boolean
  onClose: () => void
}) {
  return (
    <Modal opened={opened} onClose={onClose} title={`Add a tag of ${image.repository}`}>
      <TagForm image={image} onClose={onClose} />
    </Modal>
  )
}

function TagForm({ image, onClose }: { image: Image; onClose: () => void }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const form = useApiForm({
    initialValues: { tag: '', default: false },
    schema: imageTags.create.body,
    send: (body, { headers }) =>
      client.imageTags.create({ params: { image: image.id }, body, headers }),
    onDone: ({ tag }) => {
      void queryClient.invalidateQueries({ queryKey: ['images'] })
      notifyDone(`The tag ${tag} is added.`)
      onClose()
    },
  })
  return (
    <Form form={form} submitLabel="Add tag" onCancel={onClose}>
      <TextInput
        label="Tag"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
        {...form.form.getInputProps('tag')}
      />
      {image.can['update'] === true && (
        <Switch
          label="Make it the default tag"
          description="New workspaces take it unless another one is chosen."
          {...form.form.getInputProps('default', { type: 'checkbox' })}
        />
      )}
    </Form>
  )
}

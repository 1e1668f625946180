import { type Image, images } from '@atelier/api'
import { Modal, Switch } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { bodyOf, ImageFields, type ImageValues, valuesOf } from './image-fields.tsx'

/** Changes what people read of an image and what its workspaces are offered. */
export function EditDialog({ image, onClose }: { image: Image | undefined; onClose: () => void }) {
  return (
    <Modal
      opened={image !== undefined}
      onClose={onClose}
      size="lg"
      title={image === undefined ? '' : `Edit ${image.repository}`}
    >
      {image !== undefined && <EditForm image={image} onClose={onClose} />}
    </Modal>
  )
}

interface Values extends ImageValues {
  deprecated: boolean
}

function EditForm({ image, onClose }: { image: Image; onClose: () => void }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const wholeBody = ({ deprecated, ...rest }: Values) => ({ ...bodyOf(rest), deprecated })
  const form = useApiForm<Values, Image>({
    initialValues: { ...valuesOf(image), deprecated: image.deprecated },
    schema: images.update.body,
    toBody: wholeBody,
    send: (values) =>
      client.images.update({
        params: { image: image.id },
        body: wholeBody(values),
        headers: { 'if-match': `"${image.version}"` },
      }),
    onDone: () => {
      void queryClient.invalidateQueries({ queryKey: ['images'] })
      notifyDone(`${image.repository} is changed.`)
      onClose()
    },
  })
  return (
    <Form form={form} submitLabel="Save" onCancel={onClose}>
      <ImageFields form={form.form} />
      <Switch
        label="Deprecated"
        description="Nobody makes a new workspace from it; those that there are stay as they are."
        {...form.form.getInputProps('deprecated', { type: 'checkbox' })}
      />
    </Form>
  )
}

import { type Workspace, workspaces } from '@atelier/api'
import { Alert, Modal, Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Hammer } from 'lucide-react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { useFocusBack } from '../shell/focus.ts'
import { notifyDone } from '../shell/notify.ts'
import { useWorkspaceChanged } from './queries.ts'
import { SizeFields, sizesOf, type SizeValues } from './size-fields.tsx'
import { tagChoices, tagsQuery } from './tag-choices.ts'

/** Changes the tag and the sizes of a workspace, which is then built again. */
export function EditDialog({
  workspace,
  onClose,
}: {
  workspace: Workspace | undefined
  onClose: () => void
}) {
  useFocusBack(workspace !== undefined)
  return (
    <Modal
      opened={workspace !== undefined}
      onClose={onClose}
      title={workspace === undefined ? '' : `Edit ${workspace.name}`}
      size="lg"
    >
      {workspace !== undefined && <EditForm workspace={workspace} onClose={onClose} />}
    </Modal>
  )
}

interface Values extends SizeValues {
  image_tag: string
}

const bodyOf = ({ image_tag, ...sizes }: Values) => ({ image_tag, ...sizesOf(sizes) })

function EditForm({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const client = useClient()
  const changed = useWorkspaceChanged()
  const tags = useQuery(tagsQuery(client, workspace.image_id))
  const form = useApiForm<Values, Workspace>({
    initialValues: {
      image_tag: workspace.image_tag,
      cpu_cores: workspace.cpu_cores,
      memory_gb: workspace.memory_gb,
      disk_gb: workspace.disk_gb,
    },
    schema: workspaces.update.body,
    toBody: bodyOf,
    send: (values) =>
      client.workspaces.update({ params: { workspace: workspace.id }, body: bodyOf(values) }),
    onDone: (updated) => {
      onClose()
      notifyDone(`${updated.name} is being rebuilt.`)
      void changed(updated)
    },
  })
  return (
    <Form form={form} submitLabel="Save and rebuild" onCancel={onClose}>
      <Select
        label="Tag"
        description={`Of ${workspace.image.repository}.`}
        allowDeselect={false}
        data={tagChoices(tags.data, workspace.image_tag)}
        data-autofocus
        {...form.form.getInputProps('image_tag')}
      />
      <SizeFields form={form.form} minDisk={workspace.disk_gb} />
      <Alert color="blue" icon={<Hammer aria-hidden="true" />} title="This rebuilds the workspace">
        Everything that runs in it ends. <code>/home</code> is kept; what was installed elsewhere is
        gone. A disk can grow, and never shrink.
      </Alert>
    </Form>
  )
}

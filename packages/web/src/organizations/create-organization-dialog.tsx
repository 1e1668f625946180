import { organizations } from '@atelier/api'
import { Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { noLimits } from './limit-fields.tsx'
import {
  bodyOf,
  JoiningFields,
  NameFields,
  type OrganizationValues,
} from './organization-fields.tsx'

const initialValues: OrganizationValues = {
  name: '',
  description: '',
  default: false,
  default_role: 'organization-member',
  auto_off_threshold: '0',
  cpu_provisioning_rate: '1',
  memory_provisioning_rate: '1',
  ...noLimits,
}

/** Makes an organization and leads to it, so that members can be added. */
export function CreateOrganizationDialog({
  opened,
  onClose,
}: {
  opened: boolean
  onClose: () => void
}) {
  return (
    <Modal opened={opened} onClose={onClose} title="New organization" size="lg">
      <CreateForm onClose={onClose} />
    </Modal>
  )
}

function CreateForm({ onClose }: { onClose: () => void }) {
  const client = useClient()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const form = useApiForm({
    initialValues,
    schema: organizations.create.body,
    toBody: bodyOf,
    send: (values, { headers }) => client.organizations.create({ body: bodyOf(values), headers }),
    onDone: async (organization) => {
      notifyDone(`${organization.name} is there. Add its members now.`)
      void queryClient.invalidateQueries({ queryKey: ['organizations'] })
      onClose()
      await navigate({
        to: '/organizations/$organization',
        params: { organization: organization.id },
      })
    },
  })
  return (
    <Form form={form} submitLabel="Create organization" onCancel={onClose}>
      <NameFields form={form.form} />
      <JoiningFields form={form.form} />
    </Form>
  )
}

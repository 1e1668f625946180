import { registries, type Registry } from '@atelier/api'
import { Modal, Select } from '@mantine/core'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { bodyOf, RegistryFields, type RegistryValues } from './registry-fields.tsx'

interface Organization {
  readonly id: string
  readonly name: string
  readonly can: Readonly<Record<string, boolean>>
}

interface Props {
  /** The registry to edit, or `new`; closed without one. */
  registry: Registry | 'new' | undefined
  organizations: readonly Organization[]
  /** Which one the list shows; chosen at first. */
  shown: string | undefined
  onClose: () => void
  onSaved: (registry: Registry) => void
}

/** Adds or changes a registry; its password goes in and never comes out. */
export function RegistryDialog({ registry, organizations, shown, onClose, onSaved }: Props) {
  return (
    <Modal
      opened={registry !== undefined}
      onClose={onClose}
      title={
        registry === undefined
          ? ''
          : registry === 'new'
            ? 'Add a registry'
            : `Edit “${registry.friendly_name}”`
      }
    >
      {registry !== undefined && (
        <RegistryForm
          registry={registry === 'new' ? undefined : registry}
          organizations={organizations}
          shown={shown}
          onClose={onClose}
          onSaved={onSaved}
        />
      )}
    </Modal>
  )
}

interface Values extends RegistryValues {
  org_id: string
}

function RegistryForm({
  registry,
  organizations,
  shown,
  onClose,
  onSaved,
}: Omit<Props, 'registry'> & { registry: Registry | undefined }) {
  const client = useClient()
  const mine = organizations.filter(({ can }) => can['add_registries'] === true)
  const preferred = mine.find(({ id }) => id === shown) ?? mine[0]
  const form = useApiForm({
    initialValues: {
      org_id: registry?.organization_id ?? preferred?.id ?? '',
      friendly_name: registry?.friendly_name ?? '',
      registry: registry?.registry ?? '',
      username: registry?.username ?? '',
      password: '',
    },
    schema: registries.create.body,
    toBody: bodyOf,
    send: (values: Values, { headers }) => {
      const { org_id, ...changes } = bodyOf(values)
      return registry === undefined
        ? client.registries.create({ body: { org_id, ...changes }, headers })
        : client.registries.update({
            params: { registry: registry.id },
            body: changes,
            headers: { 'if-match': `"${registry.version}"` },
          })
    },
    onDone: (saved) => {
      onClose()
      onSaved(saved)
    },
  })
  const stored = registry?.has_password === true && form.form.values.username !== ''
  return (
    <Form
      form={form}
      submitLabel={registry === undefined ? 'Add registry' : 'Save'}
      onCancel={onClose}
    >
      {registry === undefined && mine.length > 1 && (
        <Select
          label="Organization"
          description="Its people use the images of this registry."
          allowDeselect={false}
          searchable={mine.length > 8}
          data={mine.map(({ id, name }) => ({ value: id, label: name }))}
          {...form.form.getInputProps('org_id')}
        />
      )}
      <RegistryFields form={form.form} stored={stored} />
    </Form>
  )
}

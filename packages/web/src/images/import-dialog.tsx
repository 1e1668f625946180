import { type Image, images, registries } from '@atelier/api'
import { Fieldset, Modal, Select, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import {
  bodyOf as registryBody,
  RegistryFields,
  type RegistryValues,
} from '../registries/registry-fields.tsx'
import { useClient } from '../session/client.tsx'
import { bodyOf, ImageFields, type ImageValues, valuesOf } from './image-fields.tsx'

interface Organization {
  readonly id: string
  readonly name: string
  readonly can: Readonly<Record<string, boolean>>
}

interface Props {
  opened: boolean
  organizations: readonly Organization[]
  /** Which one the list shows; chosen at first. */
  shown: string | undefined
  onClose: () => void
  onImported: (image: Image) => void
}

/** Imports a repository of a registry; the server asks the registry for it at once. */
export function ImportDialog({ opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Import an image" size="lg">
      <ImportForm onClose={onClose} {...rest} />
    </Modal>
  )
}

interface Values extends ImageValues, RegistryValues {
  registry_id: string
  repository: string
  tag: string
}

/** The choice of a registry that is to be added. */
const another = 'another'

/** The body with the fields of a new registry beside the others, as the form has them. */
function flatBody(values: Values, org_id: string, only: string) {
  const { registry_id: chosen, repository, tag } = values
  const image = { org_id, repository, tag, ...bodyOf(values) }
  if (chosen !== another) return { ...image, registry_id: chosen === '' ? only : chosen }
  const { friendly_name, registry, username, password } = registryBody(values)
  return { ...image, friendly_name, registry, username, password }
}

const withNewRegistry = images.create.body
  .omit({ registry_id: true, new_registry: true })
  .extend(registries.create.body.omit({ org_id: true }).shape)

function wholeBody(values: Values, org_id: string, only: string) {
  const body = flatBody(values, org_id, only)
  if (!('registry' in body)) return body
  const { friendly_name, registry, username, password, ...image } = body
  return { ...image, new_registry: { friendly_name, registry, username, password } }
}

function ImportForm({ organizations, shown, onClose, onImported }: Omit<Props, 'opened'>) {
  const client = useClient()
  const mine = organizations.filter(({ can }) => can['import_images'] === true)
  const [organization, setOrganization] = useState(
    (mine.find(({ id }) => id === shown) ?? mine[0])?.id ?? '',
  )
  const known = useQuery({
    queryKey: ['registries', 'list', { org: organization, limit: 200, purpose: 'choose' }],
    queryFn: ({ signal }) =>
      client.registries.list({ query: { org: organization, limit: 200 }, signal }),
    enabled: organization !== '',
  })
  const choices = known.data?.items ?? []
  // Where there is only one, it needs no choosing.
  const only = choices.length === 1 ? (choices[0]?.id ?? '') : ''
  const mayAdd = mine.find(({ id }) => id === organization)?.can['add_registries'] === true
  const [adds, setAdds] = useState(false)
  const form = useApiForm<Values, Image>({
    initialValues: {
      registry_id: '',
      repository: '',
      tag: 'latest',
      ...valuesOf(undefined),
      friendly_name: '',
      registry: '',
      username: '',
      password: '',
    },
    schema: adds ? withNewRegistry : images.create.body,
    toBody: (values) => flatBody(values, organization, only),
    send: (values, { headers }) =>
      client.images.create({ body: wholeBody(values, organization, only), headers }),
    onDone: (image) => {
      onClose()
      onImported(image)
    },
  })
  return (
    <Form form={form} submitLabel="Import image" onCancel={onClose}>
      {mine.length > 1 && (
        <Select
          label="Organization"
          description="Its people make workspaces from the image."
          allowDeselect={false}
          searchable={mine.length > 8}
          data={mine.map(({ id, name }) => ({ value: id, label: name }))}
          value={organization}
          onChange={(id) => {
            setOrganization(id ?? '')
            form.form.setFieldValue('registry_id', '')
            setAdds(false)
          }}
        />
      )}
      <Select
        label="Registry"
        placeholder="Choose one"
        description="Where the image is."
        allowDeselect={false}
        data={[
          ...choices.map(({ id, friendly_name: name, registry }) => ({
            value: id,
            label: `${name} (${registry})`,
          })),
          ...(mayAdd ? [{ value: another, label: 'Another registry, which is added' }] : []),
        ]}
        {...form.form.getInputProps('registry_id')}
        value={form.form.values.registry_id === '' ? only : form.form.values.registry_id}
        onChange={(id: string | null) => {
          form.form.setFieldValue('registry_id', id ?? '')
          setAdds(id === another)
        }}
      />
      {adds && (
        <Fieldset legend="The registry">
          <Stack>
            <RegistryFields form={form.form} stored={false} />
          </Stack>
        </Fieldset>
      )}
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <TextInput
          label="Repository"
          placeholder="team/image"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          {...form.form.getInputProps('repository')}
        />
        <TextInput
          label="Tag"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.form.getInputProps('tag')}
        />
      </SimpleGrid>
      <ImageFields form={form.form} />
    </Form>
  )
}

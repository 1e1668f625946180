import { type Image, images } from '@atelier/api'
import { Modal, Select, SimpleGrid, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { AnchorLink } from '../navigation/links.tsx'
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

interface Values extends ImageValues {
  registry_id: string
  repository: string
  tag: string
}

function wholeBody(values: Values, org_id: string, only: string) {
  const { registry_id: chosen, repository, tag, ...rest } = values
  return { org_id, registry_id: chosen === '' ? only : chosen, repository, tag, ...bodyOf(rest) }
}

function ImportForm({ organizations, shown, onClose, onImported }: Omit<Props, 'opened'>) {
  const client = useClient()
  const mine = organizations.filter(({ can }) => can['import_images'] === true)
  const [organization, setOrganization] = useState(
    (mine.find(({ id }) => id === shown) ?? mine[0])?.id ?? '',
  )
  const registries = useQuery({
    queryKey: ['registries', 'list', { org: organization, limit: 200, purpose: 'choose' }],
    queryFn: ({ signal }) =>
      client.registries.list({ query: { org: organization, limit: 200 }, signal }),
    enabled: organization !== '',
  })
  const choices = registries.data?.items ?? []
  // Where there is only one, it needs no choosing.
  const only = choices.length === 1 ? (choices[0]?.id ?? '') : ''
  const form = useApiForm<Values, Image>({
    initialValues: { registry_id: '', repository: '', tag: 'latest', ...valuesOf(undefined) },
    schema: images.create.body,
    toBody: (values) => wholeBody(values, organization, only),
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
          }}
        />
      )}
      <Select
        label="Registry"
        placeholder="Choose one"
        description={
          <Text span inherit>
            Where the image is. Others can be added under{' '}
            <AnchorLink to="/registries" inherit underline="always">
              Registries
            </AnchorLink>
            .
          </Text>
        }
        allowDeselect={false}
        data={choices.map(({ id, friendly_name: name, registry }) => ({
          value: id,
          label: `${name} (${registry})`,
        }))}
        {...form.form.getInputProps('registry_id')}
        value={form.form.values.registry_id === '' ? only : form.form.values.registry_id}
      />
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

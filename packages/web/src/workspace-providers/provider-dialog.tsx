import { workspaceProviders, type WorkspaceProvider } from '@atelier/api'
import { Modal, MultiSelect, Select, Text, Textarea, TextInput } from '@mantine/core'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { kinds } from './words.ts'

interface Props {
  /** The provider to edit, or `new`; closed without one. */
  provider: WorkspaceProvider | 'new' | undefined
  organizations: readonly { readonly id: string; readonly name: string }[]
  onClose: () => void
  onSaved: (provider: WorkspaceProvider) => void
}

/** Adds or changes a workspace provider; a key goes in and never comes out. */
export function ProviderDialog({ provider, organizations, onClose, onSaved }: Props) {
  return (
    <Modal
      opened={provider !== undefined}
      onClose={onClose}
      size="lg"
      title={
        provider === undefined
          ? ''
          : provider === 'new'
            ? 'Add a workspace provider'
            : `Edit “${provider.name}”`
      }
    >
      {provider !== undefined && (
        <ProviderForm
          provider={provider === 'new' ? undefined : provider}
          organizations={organizations}
          onClose={onClose}
          onSaved={onSaved}
        />
      )}
    </Modal>
  )
}

interface Values {
  name: string
  kind: WorkspaceProvider['kind']
  endpoint: string
  tls_ca: string
  tls_certificate: string
  tls_key: string
  org_whitelist: string[]
}

/** An empty text is none, or the one that is stored; what a sandbox has not is left out. */
function changesOf({ name, kind, org_whitelist, ...connection }: Values) {
  const isRemote = kind === 'engine' && connection.endpoint.startsWith('tcp:')
  const given = (text: string) => (text.trim() === '' ? null : text)
  return {
    name,
    org_whitelist,
    endpoint: kind === 'engine' ? given(connection.endpoint) : null,
    tls_ca: isRemote ? given(connection.tls_ca) : null,
    tls_certificate: isRemote ? given(connection.tls_certificate) : null,
    tls_key: isRemote ? given(connection.tls_key) : null,
  }
}

function bodyOf(values: Values) {
  return { kind: values.kind, ...changesOf(values) }
}

function ProviderForm({
  provider,
  organizations,
  onClose,
  onSaved,
}: Omit<Props, 'provider'> & { provider: WorkspaceProvider | undefined }) {
  const client = useClient()
  const form = useApiForm<Values, WorkspaceProvider>({
    initialValues: {
      name: provider?.name ?? '',
      kind: provider?.kind ?? 'engine',
      endpoint: provider?.endpoint ?? '',
      tls_ca: '',
      tls_certificate: '',
      tls_key: '',
      org_whitelist: provider?.org_whitelist ?? [],
    },
    schema: workspaceProviders.create.body,
    toBody: bodyOf,
    send: (values, { headers }) => {
      if (provider === undefined) {
        return client.workspaceProviders.create({ body: bodyOf(values), headers })
      }
      const { endpoint, ...changes } = changesOf(values)
      return client.workspaceProviders.update({
        params: { provider: provider.id },
        // The same place again would be asked again, and may take its time.
        body: { ...changes, endpoint: endpoint === provider.endpoint ? null : endpoint },
        headers: { 'if-match': `"${provider.version}"` },
      })
    },
    onDone: (saved) => {
      onClose()
      onSaved(saved)
    },
  })
  const { values } = form.form
  const isRemote = values.kind === 'engine' && values.endpoint.startsWith('tcp:')
  const stored = provider?.endpoint.startsWith('tcp:') === true
  return (
    <Form
      form={form}
      submitLabel={provider === undefined ? 'Add workspace provider' : 'Save'}
      onCancel={onClose}
    >
      <TextInput
        label="Name"
        description="People choose it by this name."
        autoComplete="off"
        maxLength={128}
        data-autofocus
        {...form.form.getInputProps('name')}
      />
      {provider === undefined && (
        <Select
          label="Kind"
          description="An engine isolates better and runs any image; a sandbox needs no engine."
          allowDeselect={false}
          data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
          {...form.form.getInputProps('kind')}
        />
      )}
      {values.kind === 'engine' && (
        <TextInput
          label="Endpoint"
          description="A socket of Podman or Docker on the server, or a host with TLS."
          placeholder="unix:///run/podman/podman.sock or tcp://engine.example.com:2376"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          {...form.form.getInputProps('endpoint')}
        />
      )}
      {isRemote && (
        <>
          <PemField
            label="Certificate of the authority"
            description="Of who signed the engine’s certificate."
            stored={stored}
            {...form.form.getInputProps('tls_ca')}
          />
          <PemField
            label="Client certificate"
            description="By which the engine lets this server in."
            stored={stored}
            {...form.form.getInputProps('tls_certificate')}
          />
          <PemField
            label="Key of the client certificate"
            description="It is encrypted, and nobody can read it here again."
            stored={stored}
            {...form.form.getInputProps('tls_key')}
          />
        </>
      )}
      <MultiSelect
        label="Organizations"
        description="Their members may have workspaces there; nobody else may."
        placeholder={values.org_whitelist.length === 0 ? 'Nobody' : ''}
        data={organizations.map(({ id, name }) => ({ value: id, label: name }))}
        searchable
        clearable
        hidePickedOptions
        nothingFoundMessage="No other organization"
        {...form.form.getInputProps('org_whitelist')}
      />
      <Text size="xs" c="dimmed">
        {provider === undefined
          ? 'It is asked at once whether it works. One that does not yet is added all the same, with the reason.'
          : 'With another endpoint it is asked at once whether it works.'}
      </Text>
    </Form>
  )
}

interface PemProps {
  label: string
  description: string
  stored: boolean
}

/** A pasted PEM text; what is stored is kept while it is empty. */
function PemField({ description, stored, ...props }: PemProps) {
  return (
    <Textarea
      description={
        stored ? `${description} One is stored. Leave this empty to keep it.` : description
      }
      placeholder="-----BEGIN …"
      minRows={3}
      maxRows={6}
      autosize
      autoComplete="off"
      autoCapitalize="none"
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
      {...props}
    />
  )
}

import { type DevUrl, devUrls, type Workspace } from '@atelier/api'
import { Modal, NumberInput, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import { type Level, levels, levelWords, permits, shownAddress } from './words.ts'

interface Props {
  workspace: Workspace
  /** The dev URL to change, or `new`; closed without one. */
  devUrl: DevUrl | 'new' | undefined
  onClose: () => void
  onSaved: () => void
}

/** Gives a port an address, or changes who may open one. */
export function DevUrlDialog({ workspace, devUrl, onClose, onSaved }: Props) {
  return (
    <Modal
      opened={devUrl !== undefined}
      onClose={onClose}
      title={
        devUrl === undefined
          ? ''
          : devUrl === 'new'
            ? `Add a port of ${workspace.name}`
            : `Change the dev URL of port ${String(devUrl.port)}`
      }
    >
      {devUrl !== undefined && (
        <DevUrlForm
          workspace={workspace}
          devUrl={devUrl === 'new' ? undefined : devUrl}
          onClose={onClose}
          onSaved={onSaved}
        />
      )}
    </Modal>
  )
}

interface Values {
  port: number | string
  name: string
  access: Level
  scheme: 'http' | 'https'
}

function DevUrlForm({
  workspace,
  devUrl,
  onClose,
  onSaved,
}: Omit<Props, 'devUrl'> & { devUrl: DevUrl | undefined }) {
  const client = useClient()
  const site = useQuery({
    queryKey: ['dev-url-levels'],
    queryFn: ({ signal }) => client.devUrls.config({ signal }),
  })
  const form = useApiForm({
    initialValues: {
      port: devUrl?.port ?? '',
      name: devUrl?.name ?? '',
      access: devUrl?.access ?? 'PRIVATE',
      scheme: devUrl?.scheme ?? 'http',
    },
    schema: devUrls.create.body,
    toBody: bodyOf,
    send: (values: Values, { headers }) => {
      const params = { workspace: workspace.id }
      const body = bodyOf(values)
      return devUrl === undefined
        ? client.devUrls.create({ params, body, headers })
        : client.devUrls.update({
            params: { ...params, devUrl: devUrl.id },
            body,
            headers: { 'if-match': `"${String(devUrl.version)}"` },
          })
    },
    onDone: (saved) => {
      const what = saved.url === '' ? `Port ${String(saved.port)}` : shownAddress(saved.url)
      notifyDone(devUrl === undefined ? `${what} is there.` : `${what} is saved.`)
      onClose()
      onSaved()
    },
  })
  const fields = form.form
  return (
    <Form form={form} submitLabel={devUrl === undefined ? 'Add port' : 'Save'} onCancel={onClose}>
      <NumberInput
        label="Port"
        description="What the app in the workspace listens on."
        placeholder="3000"
        min={1}
        max={65_535}
        clampBehavior="none"
        allowDecimal={false}
        allowNegative={false}
        data-autofocus
        {...fields.getInputProps('port')}
      />
      <TextInput
        label="Name"
        description="Begins the address instead of the port. You can have each name once."
        placeholder="Optional"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        {...fields.getInputProps('name')}
      />
      <Radio.Group label="Who may open it" {...fields.getInputProps('access')}>
        <Stack gap="xs" mt="xs">
          {levels.map((level) => {
            const refused =
              site.data !== undefined &&
              !permits(site.data, level) &&
              // What was allowed when it was chosen may stay as it is.
              level !== devUrl?.access
            return (
              <Radio
                key={level}
                value={level}
                label={levelWords[level].name}
                description={
                  refused
                    ? 'Administrators do not permit this on this site.'
                    : levelWords[level].who
                }
                disabled={refused}
              />
            )
          })}
        </Stack>
      </Radio.Group>
      <Select
        label="The app speaks"
        allowDeselect={false}
        data={[
          { value: 'http', label: 'http' },
          { value: 'https', label: 'https, with any certificate' },
        ]}
        {...fields.getInputProps('scheme')}
      />
    </Form>
  )
}

function bodyOf({ port, ...values }: Values) {
  return { ...values, port: Number(port) }
}

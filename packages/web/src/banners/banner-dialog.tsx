import { type Banner, banners } from '@atelier/api'
import { Modal, SegmentedControl, Stack, Switch, Text, Textarea, TextInput } from '@mantine/core'
import { useId } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { notifyDone } from '../shell/notify.ts'
import './banner-dialog.css'
import { type BannerValues, bodyOf, changesOf, valuesOf } from './banner-values.ts'
import { BannerStrip } from './banner-strips.tsx'
import { ColorFields } from './color-fields.tsx'
import { timeZone } from './local-time.ts'

interface Props {
  /** The banner to edit, or `new`; closed without one. */
  banner: Banner | 'new' | undefined
  onClose: () => void
  onSaved: () => Promise<unknown>
}

/** Makes or changes a banner, with a preview that follows every keystroke. */
export function BannerDialog({ banner, onClose, onSaved }: Props) {
  return (
    <Modal
      opened={banner !== undefined}
      onClose={onClose}
      size="lg"
      title={banner === 'new' ? 'New banner' : 'Edit banner'}
    >
      {banner !== undefined && (
        <BannerForm
          banner={banner === 'new' ? undefined : banner}
          onClose={onClose}
          onSaved={onSaved}
        />
      )}
    </Modal>
  )
}

function BannerForm({
  banner,
  onClose,
  onSaved,
}: {
  banner: Banner | undefined
  onClose: () => void
  onSaved: () => Promise<unknown>
}) {
  const client = useClient()
  const form = useApiForm({
    initialValues: valuesOf(banner),
    schema: banners.create.body,
    toBody: bodyOf,
    send: (values: BannerValues, { headers }) =>
      banner === undefined
        ? client.banners.create({ body: bodyOf(values), headers })
        : client.banners.update({
            params: { banner: banner.id },
            body: changesOf(values, banner),
            headers: { 'if-match': `"${banner.version}"` },
          }),
    onDone: async () => {
      notifyDone(banner === undefined ? 'The banner is created.' : 'The banner is changed.')
      onClose()
      await onSaved()
    },
  })
  const { values } = form.form
  return (
    <Form
      form={form}
      submitLabel={banner === undefined ? 'Create banner' : 'Save'}
      onCancel={onClose}
    >
      <figure className="banner-preview">
        <figcaption>Preview</figcaption>
        <BannerStrip
          banner={{ ...values, body: values.body.trim() === '' ? 'Your text' : values.body }}
        />
      </figure>
      <div className="banner-choices">
        <Choice
          label="Kind"
          value={values.kind}
          disabled={banner !== undefined}
          description={banner === undefined ? 'Only a message can be put away.' : 'Stays as it is.'}
          options={[
            { value: 'header', label: 'Header' },
            { value: 'message', label: 'Message' },
            { value: 'footer', label: 'Footer' },
          ]}
          onChange={(kind) => {
            form.form.setValues({ kind, dismissible: kind === 'message' })
          }}
        />
        <Choice
          label="Format"
          description="HTML is shown as text in both."
          value={values.format}
          options={[
            { value: 'text', label: 'Plain text' },
            { value: 'markdown', label: 'Markdown' },
          ]}
          onChange={(format) => {
            form.form.setFieldValue('format', format)
          }}
        />
      </div>
      <Textarea
        label="Text"
        description={
          values.format === 'markdown'
            ? '**bold**, *italic*, [link](https://…)'
            : 'Shown exactly as written.'
        }
        data-autofocus
        maxLength={2000}
        {...form.form.getInputProps('body')}
      />
      <ColorFields form={form.form} />
      <div className="banner-period">
        <TextInput
          type="datetime-local"
          label="Begins"
          description={`Empty: at once. Time zone: ${timeZone()}`}
          {...form.form.getInputProps('starts_at')}
        />
        <TextInput
          type="datetime-local"
          label="Ends"
          description="Empty: when it is turned off."
          {...form.form.getInputProps('ends_at')}
        />
      </div>
      <Stack gap="sm">
        {values.kind === 'message' && (
          <Switch
            label="People can put it away"
            description="It comes back when its text changes."
            {...form.form.getInputProps('dismissible', { type: 'checkbox' })}
          />
        )}
        <Switch
          label="On"
          description="Off: kept, but not shown."
          {...form.form.getInputProps('enabled', { type: 'checkbox' })}
        />
      </Stack>
    </Form>
  )
}

function Choice<Value extends string>({
  label,
  description,
  options,
  value,
  disabled = false,
  onChange,
}: {
  label: string
  description?: string
  options: readonly { readonly value: Value; readonly label: string }[]
  value: Value
  disabled?: boolean
  onChange: (value: Value) => void
}) {
  const id = useId()
  return (
    <div>
      <Text fw={550} mb={4} id={id}>
        {label}
      </Text>
      {description !== undefined && (
        <Text size="xs" c="dimmed" mb={6}>
          {description}
        </Text>
      )}
      <SegmentedControl
        aria-labelledby={id}
        data={[...options]}
        value={value}
        disabled={disabled}
        onChange={onChange}
      />
    </div>
  )
}

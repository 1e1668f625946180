import { Loader, Modal } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { guarded, useLargeDialog } from './dialog.ts'
import { defaultExpiry } from './expiry.ts'
import { bodyOf, KeyFields, keySchema, type KeyValues } from './key-form.tsx'
import { SecretStep } from './secret-step.tsx'
import { useMaxAgeDays } from './max-age.ts'

/** Makes a key of one's own, then shows its secret once; by mistake the secret is not put away. */
export function CreateKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [secret, setSecret] = useState<string>()
  const maxDays = useMaxAgeDays()
  const large = useLargeDialog()

  function close() {
    onClose()
    setSecret(undefined)
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      {...large}
      title={secret === undefined ? 'New API key' : 'Your new API key'}
      {...(secret === undefined ? {} : guarded)}
    >
      {secret === undefined ? (
        maxDays === undefined ? (
          <Loader aria-label="Loading" />
        ) : (
          <CreateForm maxDays={maxDays} onClose={close} onCreated={setSecret} />
        )
      ) : (
        <SecretStep secret={secret} onDone={close} />
      )}
    </Modal>
  )
}

function CreateForm({
  maxDays,
  onClose,
  onCreated,
}: {
  maxDays: number | null
  onClose: () => void
  onCreated: (secret: string) => void
}) {
  const client = useClient()
  const queryClient = useQueryClient()
  const [openedAt] = useState(() => new Date())
  const form = useApiForm<KeyValues, { key: string }>({
    initialValues: {
      name: '',
      access: 'chosen',
      scopes: [],
      expires_at: defaultExpiry(maxDays),
      date: '',
    },
    schema: keySchema,
    toBody: (values) => bodyOf(values, openedAt),
    send: (values, { headers }) =>
      client.apiKeys.create({
        params: { user: 'me' },
        body: bodyOf(values, openedAt),
        headers,
      }),
    onDone: ({ key }) => {
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] })
      onCreated(key)
    },
  })
  return (
    <Form form={form} submitLabel="Create key" onCancel={onClose}>
      <KeyFields form={form.form} maxDays={maxDays} />
    </Form>
  )
}

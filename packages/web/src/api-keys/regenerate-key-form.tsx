import type { ApiKey } from '@atelier/api'
import { Text } from '@mantine/core'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { keptExpiry } from './edit-key-form.tsx'
import { defaultExpiry, type ExpiryChoice, expiresAt, urgencyOf } from './expiry.ts'
import { LastUse } from './last-use.tsx'
import { ExpiryField, expirySchema } from './key-form.tsx'

interface Values {
  expires_at: ExpiryChoice
  date: string
}

/** Asks before a key gets another secret; one that has expired needs a new expiry with it. */
export function RegenerateKeyForm({
  apiKey,
  maxDays,
  onSecret,
  onClose,
}: {
  apiKey: ApiKey
  maxDays: number | null
  onSecret: (secret: string) => void
  onClose: () => void
}) {
  const client = useClient()
  const [openedAt] = useState(() => new Date())
  // The site's maximum age starts anew with the secret, the key's own expiry does not.
  const ended = apiKey.expires_by === 'key' && urgencyOf(apiKey.expires_at, openedAt) === 'expired'
  const bodyOf = (values: Values) => ({
    expires_at: expiresAt(values.expires_at, values.date, openedAt),
  })
  const form = useApiForm<Values, { key: string }>({
    initialValues: { expires_at: ended ? defaultExpiry(maxDays) : 'keep', date: '' },
    schema: expirySchema,
    toBody: bodyOf,
    send: (values) =>
      client.apiKeys.regenerate({
        params: { user: apiKey.user_id, key: apiKey.id },
        body: bodyOf(values),
      }),
    onDone: ({ key }) => {
      onSecret(key)
    },
  })
  const keep =
    apiKey.expires_by === 'site' ? 'As long as the site allows from now on' : keptExpiry(apiKey)
  return (
    <Form form={form} submitLabel="Regenerate" danger onCancel={onClose}>
      <Text>
        The key gets a new secret. Programs with the old one are refused at once, until you give
        them the new one. <LastUse at={apiKey.last_used} />
      </Text>
      <ExpiryField form={form.form} keep={ended ? undefined : keep} maxDays={maxDays} />
    </Form>
  )
}

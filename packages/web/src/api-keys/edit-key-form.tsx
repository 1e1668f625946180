import type { ApiKey } from '@atelier/api'
import { useState } from 'react'
import { useApiForm } from '../forms/api-form.ts'
import { Form } from '../forms/form.tsx'
import { useClient } from '../session/client.tsx'
import { bodyOf, KeyFields, keySchema, type KeyValues } from './key-form.tsx'

const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })

/** Changes a key of one's own: what counts is sent, the rest stays. */
export function EditKeyForm({
  apiKey,
  maxDays,
  onDone,
  onClose,
}: {
  apiKey: ApiKey
  maxDays: number | null
  onDone: () => void
  onClose: () => void
}) {
  const client = useClient()
  const [openedAt] = useState(() => new Date())
  const scopes = apiKey.scopes ?? []
  const form = useApiForm<KeyValues, unknown>({
    initialValues: {
      name: apiKey.name,
      access: apiKey.scopes === null ? 'all' : 'chosen',
      scopes,
      expires_at: 'keep',
      date: '',
    },
    schema: keySchema,
    toBody: (values) => bodyOf(values, openedAt),
    send: (values) => {
      const body = bodyOf(values, openedAt)
      const sameScopes = JSON.stringify(body.scopes) === JSON.stringify(apiKey.scopes)
      return client.apiKeys.update({
        params: { user: apiKey.user_id, key: apiKey.id },
        body: {
          ...(body.name === apiKey.name ? {} : { name: body.name }),
          ...(sameScopes ? {} : { scopes: body.scopes }),
          ...(body.expires_at === undefined ? {} : { expires_at: body.expires_at }),
        },
      })
    },
    onDone,
  })
  return (
    <Form form={form} submitLabel="Save" onCancel={onClose}>
      <KeyFields form={form.form} kept={scopes} keep={keptExpiry(apiKey)} maxDays={maxDays} />
    </Form>
  )
}

/** The expiry that a key has, as the first choice among new ones. */
export function keptExpiry(apiKey: ApiKey): string {
  if (apiKey.expires_at === null) return 'As it is: no expiry'
  const last = day.format(new Date(apiKey.expires_at))
  return Date.parse(apiKey.expires_at) > Date.now()
    ? `As it is: ${last}`
    : `As it is: expired on ${last}`
}

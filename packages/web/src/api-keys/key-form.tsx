import { DisplayName } from '@atelier/api'
import { Radio, Select, Stack, TextInput } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import { z } from 'zod'
import { useNow } from '../time/clock.ts'
import { dateRange, type ExpiryChoice, expiresAt, expiryOptions } from './expiry.ts'
import { ScopePicker } from './scope-picker.tsx'
import { withoutCovered } from './scopes.ts'

/** What the fields of a key's form hold; `bodyOf` makes of it what is sent. */
export interface KeyValues {
  name: string
  access: 'chosen' | 'all'
  scopes: string[]
  expires_at: ExpiryChoice
  /** As a date field writes it; counts when `expires_at` is `date`. */
  date: string
}

/**
 * A key as the contract takes it; no expiry at all leaves the one that there is. Days count from
 * when the form was opened, so that a repeated attempt sends the same.
 */
export function bodyOf(values: KeyValues, opened: Date) {
  return {
    name: values.name,
    scopes: values.access === 'all' ? null : withoutCovered(values.scopes),
    expires_at: expiresAt(values.expires_at, values.date, opened),
  }
}

const Expiry = z
  .string()
  .refine((time) => Date.parse(time) > Date.now(), { error: 'Choose a day from today on' })

/** Checks what is about to be sent, in words about the fields. */
export const keySchema = z.object({
  name: DisplayName,
  scopes: z.array(z.string()).min(1, 'Choose at least one scope').nullable(),
  expires_at: Expiry.nullish(),
})

/** For the form of a new secret, which asks for nothing but an expiry. */
export const expirySchema = z.object({ expires_at: Expiry.nullish() })

type KeyForm = UseFormReturnType<KeyValues>

/** Name, access and expiry of a key, in this order. */
export function KeyFields({
  form,
  kept = [],
  keep,
  maxDays,
}: {
  form: KeyForm
  /** The scopes that the key has already. */
  kept?: readonly string[]
  /** How the expiry that the key has already is called. */
  keep?: string
  maxDays: number | null
}) {
  return (
    <>
      <TextInput
        label="Name"
        description="What will use the key, such as “Backup on build-7”."
        autoComplete="off"
        data-autofocus
        {...form.getInputProps('name')}
      />
      <ExpiryField form={form} keep={keep} maxDays={maxDays} />
      <AccessField form={form} kept={kept} />
    </>
  )
}

function AccessField({ form, kept }: { form: KeyForm; kept: readonly string[] }) {
  const { access, scopes } = form.getValues()
  return (
    <Stack gap="sm">
      <Radio.Group
        label="What it may do"
        description="A key never does more than you may do now: when your rights shrink, so do the key’s, at once."
        {...form.getInputProps('access')}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="chosen" label="Only what I choose" />
          <Radio value="all" label="Everything that I may do" />
        </Stack>
      </Radio.Group>
      {access === 'chosen' && (
        <ScopePicker
          value={scopes}
          kept={kept}
          error={form.errors['scopes']}
          onChange={(next) => {
            form.setFieldValue('scopes', next)
          }}
        />
      )}
    </Stack>
  )
}

/** When a key ends: after some days, on a date, or never. */
export function ExpiryField<Values extends { expires_at: ExpiryChoice; date: string }>({
  form,
  keep,
  maxDays,
}: {
  form: UseFormReturnType<Values>
  keep?: string | undefined
  maxDays: number | null
}) {
  const now = useNow()
  const { expires_at: choice } = form.getValues()
  const { min, max } = dateRange(maxDays, now)
  const error = form.errors['expires_at']
  const byDate = choice === 'date'
  const options = expiryOptions(maxDays, keep)
  return (
    <>
      <Select
        label="Expires"
        description={
          choice === 'never' && maxDays === null
            ? 'A key without expiry works until somebody deletes it. Prefer one that ends.'
            : undefined
        }
        data={options}
        allowDeselect={false}
        {...form.getInputProps('expires_at')}
        error={byDate ? undefined : error}
      />
      {byDate && (
        <TextInput
          type="date"
          label="Last day"
          min={min}
          max={max}
          {...form.getInputProps('date')}
          data-path="expires_at"
          error={error}
        />
      )}
    </>
  )
}

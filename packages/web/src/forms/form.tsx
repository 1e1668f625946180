import { Button, Group, Stack } from '@mantine/core'
import { type ReactNode, useRef } from 'react'
import type { ApiForm } from './api-form.ts'
import { ErrorSummary } from './error-summary.tsx'

interface FormProps<Values> {
  form: ApiForm<Values>
  children: ReactNode
  submitLabel: string
  /** For what cannot be undone. */
  danger?: boolean
  onCancel?: () => void
  /** Stretches the button over the whole width, on small cards. */
  wide?: boolean
}

/** Draws a form of `useApiForm`: error summary, fields, buttons. The button waits only while sending. */
export function Form<Values>({
  form,
  children,
  submitLabel,
  danger,
  onCancel,
  wide,
}: FormProps<Values>) {
  const ref = useRef<HTMLFormElement>(null)
  return (
    <form ref={ref} noValidate onSubmit={form.submit}>
      <Stack gap="md">
        <ErrorSummary problems={form.problems} formRef={ref} />
        {children}
        <Group justify={wide === true ? undefined : 'flex-end'} gap="sm" mt="xs">
          {onCancel !== undefined && (
            <Button variant="default" onClick={onCancel}>
              Cancel
            </Button>
          )}
          <Button
            type="submit"
            loading={form.pending}
            {...(danger === true ? { color: 'red.8' } : {})}
            {...(wide === true ? { fullWidth: true } : {})}
          >
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

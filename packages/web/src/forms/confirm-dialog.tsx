import { Modal, Stack, TextInput } from '@mantine/core'
import { type ReactNode, useMemo } from 'react'
import { z } from 'zod'
import { useFocusBack } from '../shell/focus.ts'
import { useApiForm } from './api-form.ts'
import { Form } from './form.tsx'

interface Props {
  opened: boolean
  onClose: () => void
  /** A question: `Delete Ann?` */
  title: string
  /** What will happen, in sentences. */
  children?: ReactNode
  /** A verb and its object: `Delete user`. */
  confirmLabel: string
  danger?: boolean
  /** For what cannot be undone: the name that must be typed. */
  typed?: string
  onConfirm: () => Promise<unknown>
}

/** Asks before something happens. A failure is shown inside, and the dialog stays open. */
export function ConfirmDialog({ opened, onClose, title, ...rest }: Props) {
  useFocusBack(opened)
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Question onClose={onClose} {...rest} />
    </Modal>
  )
}

function Question({
  onClose,
  children,
  confirmLabel,
  danger = false,
  typed,
  onConfirm,
}: Omit<Props, 'opened' | 'title'>) {
  const schema = useMemo(
    () =>
      z.object({
        typed: z.string().refine((text) => typed === undefined || text.trim() === typed, {
          error: 'This is not the same yet. Compare it letter by letter.',
        }),
      }),
    [typed],
  )
  const form = useApiForm({
    initialValues: { typed: '' },
    schema,
    send: onConfirm,
    onDone: onClose,
  })
  return (
    <Form form={form} submitLabel={confirmLabel} danger={danger} onCancel={onClose}>
      <Stack gap="sm">{children}</Stack>
      {typed !== undefined && (
        <TextInput
          label={
            <>
              Type <strong>{typed}</strong> to confirm
            </>
          }
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          data-autofocus
          {...form.form.getInputProps('typed')}
        />
      )}
    </Form>
  )
}

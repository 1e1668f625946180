import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'

/**
 * Asks before a page with unsaved changes is left. Put it beside a form: `dirty={form.form.isDirty()}`;
 * `title` and `children` say what is lost where that is not a form's changes.
 */
export function UnsavedGuard({
  dirty,
  title = 'Leave without saving?',
  children = 'Your changes on this page are not saved yet.',
}: {
  dirty: boolean
  title?: string
  children?: string
}) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: dirty,
    withResolver: true,
  })
  return (
    <Modal opened={status === 'blocked'} onClose={() => reset?.()} title={title}>
      <Text mb="lg">{children}</Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={proceed}>
          Leave
        </Button>
        <Button onClick={reset} data-autofocus>
          Stay on the page
        </Button>
      </Group>
    </Modal>
  )
}

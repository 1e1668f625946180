import { Button, Code, Group, Stack, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { OneTimeSecret } from '../forms/one-time-secret.tsx'
import './secret-step.css'

/** The last step of making or regenerating a key: its secret, once, and how to use it. */
export function SecretStep({
  secret,
  children,
  onDone,
}: {
  secret: string
  children?: ReactNode
  onDone: () => void
}) {
  const step = useRef<HTMLDivElement>(null)
  // The form that had the focus is gone.
  useEffect(() => {
    step.current?.focus()
  }, [])
  return (
    <Stack gap="md" ref={step} tabIndex={-1} className="secret-step">
      {children}
      <OneTimeSecret label="API key" secret={secret}>
        <Text size="sm">Keep it where you keep passwords.</Text>
      </OneTimeSecret>
      <div>
        <Text size="sm" mb={6}>
          Programs send it in the header <code>Session-Token</code>:
        </Text>
        <Code block>
          {`curl -H "Session-Token: $ATELIER_KEY" \\\n  ${window.location.origin}/api/v0/users/me`}
        </Code>
      </div>
      <Group justify="flex-end">
        <Button onClick={onDone}>I have copied it</Button>
      </Group>
    </Stack>
  )
}

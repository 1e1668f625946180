import { ApiError } from '@atelier/api'
import { Alert, Button, Text } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { MissingPermission } from '../problems/missing-permission.tsx'
import { problemText, requestIdOf } from '../problems/problem-text.ts'
import './dialog.css'

/** Why something was refused or failed, inside the dialog where it was asked for. */
export function DialogProblem({
  title,
  error,
  onReload,
}: {
  title: string
  error: unknown
  /** Reads again what the dialog shows; offered where that may help. */
  onReload?: () => void
}) {
  const problem = error instanceof ApiError ? error : undefined
  const stale = problem?.status === 412
  const requestId = requestIdOf(error)
  return (
    <Alert color="red" role="alert" icon={<CircleAlert aria-hidden="true" />} title={title}>
      <Text inherit>
        {stale
          ? 'Somebody changed this account while you were looking at it, so nothing was done. Look at it again, then decide.'
          : problemText(error)}
      </Text>
      {problem?.missing !== undefined && <MissingPermission missing={problem.missing} />}
      {stale && onReload !== undefined && (
        <Button variant="default" size="compact-sm" mt="xs" onClick={onReload}>
          Look again
        </Button>
      )}
      {requestId !== undefined && !stale && (
        <Text size="xs" c="dimmed" mt={4}>
          Request <code>{requestId}</code>
        </Text>
      )}
    </Alert>
  )
}

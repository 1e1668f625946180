import { Skeleton, Stack } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { ProblemView } from '../problems/problem-view.tsx'

/** Content that is read from the server: grey lines while it loads, the reason when it cannot be. */
export function QueryView<Data>({
  query,
  loading,
  children,
}: {
  query: UseQueryResult<Data>
  /** What stands there while loading; grey lines when left out. */
  loading?: ReactNode
  children: (data: Data) => ReactNode
}) {
  if (query.isError && (query.data === undefined || isRefusal(query.error))) {
    return <ProblemView error={query.error} onRetry={() => void query.refetch()} />
  }
  if (query.data === undefined) {
    return (
      loading ?? (
        <Stack gap="sm" role="status" aria-label="Loading">
          <Skeleton height={18} width="40%" />
          <Skeleton height={18} width="70%" />
          <Skeleton height={18} width="55%" />
        </Stack>
      )
    )
  }
  return children(query.data)
}

/** What was seen before a right was lost must not stay on the page. */
function isRefusal(error: unknown): boolean {
  const status = (error as { status?: number }).status
  return status === 403 || status === 404
}

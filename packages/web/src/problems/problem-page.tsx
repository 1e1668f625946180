import { ApiError } from '@atelier/api'
import { useQueryErrorResetBoundary } from '@tanstack/react-query'
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { Text } from '@mantine/core'
import { ButtonLink } from '../navigation/links.tsx'
import { Page } from '../shell/page.tsx'
import { Notice, ProblemView } from './problem-view.tsx'

/** Stands in for a page that failed; the frame around it keeps working. */
export function ProblemPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const queries = useQueryErrorResetBoundary()
  const title =
    error instanceof ApiError && error.status === 403
      ? 'No permission'
      : 'This page could not be shown'
  return (
    <Page title={title}>
      <ProblemView
        error={error}
        onRetry={() => {
          queries.reset()
          reset()
          void router.invalidate()
        }}
      />
    </Page>
  )
}

/** Answers an address that leads nowhere. */
export function NotFoundPage() {
  return (
    <Page title="Page not found">
      <Notice icon={<Compass />} title="There is no page at this address">
        <Text>Check the address for typing errors, or start again from the home page.</Text>
        <ButtonLink to="/" variant="default">
          Go to the home page
        </ButtonLink>
      </Notice>
    </Page>
  )
}

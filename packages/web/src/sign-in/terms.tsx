import { Skeleton, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { LazyMarkdown } from '../markdown/lazy-markdown.tsx'
import { problemText } from '../problems/problem-text.ts'
import './terms.css'

/** The terms of service, above the button that accepts them. Takes the focus when it appears. */
export function Terms({ body, error }: { body: string | undefined; error: Error | null }) {
  const ref = useRef<HTMLDivElement>(null)
  useEffect(() => {
    ref.current?.focus()
  }, [])
  return (
    <div>
      <Text fw={550} mb={4} id="terms-label">
        Terms of service
      </Text>
      <Text size="sm" c="dimmed" mb="xs">
        Read and accept them to sign in.
      </Text>
      <div ref={ref} className="terms" tabIndex={0} role="region" aria-labelledby="terms-label">
        {error !== null ? (
          problemText(error)
        ) : body === undefined ? (
          <Skeleton height={80} />
        ) : (
          <LazyMarkdown>{body}</LazyMarkdown>
        )}
      </div>
    </div>
  )
}

import { ApiError, type Client } from '@atelier/api'
import { Skeleton, Text } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import { CircleCheck, CircleSlash } from 'lucide-react'
import { problemText } from '../problems/problem-text.ts'
import type { AccessQuestion } from './search.ts'

type Answer = Awaited<ReturnType<Client['access']['check']>>

/** The answer to a question, as a sentence, with the words of the audit log. */
export function AccessAnswer({
  answer,
  question,
}: {
  answer: UseQueryResult<Answer>
  question: AccessQuestion
}) {
  if (answer.error !== null) {
    const unseen = answer.error instanceof ApiError && answer.error.status === 404
    return (
      <div className="checker-answer">
        <Text>
          {unseen
            ? 'You may not read this person, so you cannot ask about them.'
            : problemText(answer.error)}
        </Text>
      </div>
    )
  }
  if (answer.data === undefined) return <Skeleton height={76} mt="lg" radius="md" />
  const { allowed, sentence, because } = answer.data
  const Icon = allowed ? CircleCheck : CircleSlash
  return (
    <div className="checker-answer" data-allowed={allowed}>
      <Icon size={22} className="checker-icon" aria-hidden="true" />
      <div className="checker-text">
        <Text fw={550}>{sentence}</Text>
        {because !== null && (
          <Text size="sm" c="dimmed">
            The audit log would say: <code>{because}</code>
          </Text>
        )}
        {allowed && ruled.has(`${question.resource} ${question.operation}`) && (
          <Text size="sm" c="dimmed">
            Rules may still refuse it for one person: nobody changes the site admin, or somebody of
            a higher role.
          </Text>
        )}
      </div>
    </div>
  )
}

/** Where rules beyond the tables apply (roles, rank, the last default organization). */
const ruled: ReadonlySet<string> = new Set(['users update', 'users delete'])

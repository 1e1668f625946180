import { useForm, type UseFormReturnType } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { type SyntheticEvent, useCallback, useState } from 'react'
import type { z } from 'zod'
import { problemText } from '../problems/problem-text.ts'
import { isUncertain, newAttemptKey } from './attempt-key.ts'
import { type FieldProblem, fieldProblems } from './server-errors.ts'

export interface FormProblems {
  /** Counts the attempts, so that the summary takes the focus again each time. */
  readonly attempt: number
  readonly fields: readonly FieldProblem[]
  /** What belongs to no field. */
  readonly general: string | null
}

export interface ApiForm<Values> {
  readonly form: UseFormReturnType<Values>
  readonly pending: boolean
  readonly problems: FormProblems | null
  readonly submit: (event?: SyntheticEvent<HTMLFormElement>) => void
}

/** Pass `headers` to calls that create something, so that a repeated attempt creates it once. */
export interface Attempt {
  readonly headers: Readonly<Record<string, string>>
}

interface Options<Values extends object, Result> {
  readonly initialValues: Values
  /** The contract's schema of the body: checked before anything is sent. */
  readonly schema?: z.ZodType
  readonly send: (values: Values, attempt: Attempt) => Promise<Result>
  readonly onDone?: (result: Result, values: Values) => unknown
  /** What to check against `schema`; the values themselves when left out. */
  readonly toBody?: (values: Values) => unknown
}

/**
 * A form of the contract. Values stay as typed whatever happens; the problems of the schema and of
 * the server end up at their fields and in the summary.
 */
export function useApiForm<Values extends object, Result>({
  initialValues,
  schema,
  send,
  onDone,
  toBody,
}: Options<Values, Result>): ApiForm<Values> {
  const form = useForm<Values>({ initialValues, clearInputErrorOnChange: true })
  const [problems, setProblems] = useState<FormProblems | null>(null)
  const [key, setKey] = useState(newAttemptKey)
  const mutation = useMutation({
    mutationFn: (values: Values) => send(values, { headers: { 'idempotency-key': key } }),
  })

  const show = useCallback(
    (fields: readonly FieldProblem[], general: string | null) => {
      form.setErrors(Object.fromEntries(fields.map(({ path, message }) => [path, message])))
      setProblems((last) => ({ attempt: (last?.attempt ?? 0) + 1, fields, general }))
    },
    [form],
  )

  function submit(event?: SyntheticEvent<HTMLFormElement>) {
    event?.preventDefault()
    if (mutation.isPending) return
    const values = form.getValues()
    const checked = schema?.safeParse(toBody === undefined ? values : toBody(values))
    if (checked?.success === false) {
      show(firstOfEach(checked.error.issues), null)
      return
    }
    form.clearErrors()
    setProblems(null)
    mutation.mutate(values, {
      onSuccess: (result) => {
        setKey(newAttemptKey())
        return onDone?.(result, values)
      },
      onError: (error) => {
        if (!isUncertain(error)) setKey(newAttemptKey())
        const fields = fieldProblems(error, Object.keys(values))
        show(fields, fields.length === 0 ? problemText(error) : null)
      },
    })
  }

  return { form, pending: mutation.isPending, problems, submit }
}

function firstOfEach(issues: readonly z.core.$ZodIssue[]): readonly FieldProblem[] {
  const problems = new Map<string, string>()
  for (const issue of issues) {
    const path = issue.path.join('.')
    if (!problems.has(path)) problems.set(path, issue.message)
  }
  return Array.from(problems, ([path, message]) => ({ path, message }))
}

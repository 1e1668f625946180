import { Alert, Anchor, List } from '@mantine/core'
import { CircleAlert } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { FormProblems } from './api-form.ts'

/** Says what is wrong with a form, takes the focus, and leads to each field. */
export function ErrorSummary({
  problems,
  formRef,
}: {
  problems: FormProblems | null
  formRef: RefObject<HTMLFormElement | null>
}) {
  const summary = useRef<HTMLDivElement>(null)
  const [labels, setLabels] = useState<Readonly<Record<string, string>>>({})

  useEffect(() => {
    if (problems === null) return
    setLabels(
      Object.fromEntries(
        problems.fields.map(({ path }) => [path, labelOf(fieldOf(formRef, path))] as const),
      ),
    )
    summary.current?.focus()
  }, [problems, formRef])

  if (problems === null) return null
  const count = problems.fields.length
  return (
    <Alert
      ref={summary}
      tabIndex={-1}
      role="alert"
      color="red"
      icon={<CircleAlert aria-hidden="true" />}
      title={
        problems.general ?? (count === 1 ? 'Check one field' : `Check ${String(count)} fields`)
      }
    >
      {count > 0 && (
        <List size="sm" spacing={2} listStyleType="none" withPadding={false}>
          {problems.fields.map(({ path, message }) => (
            <List.Item key={path}>
              <Anchor
                component="button"
                type="button"
                inherit
                ta="start"
                underline="always"
                onClick={() => fieldOf(formRef, path)?.focus()}
              >
                {labels[path] === undefined || labels[path] === '' ? '' : `${labels[path]}: `}
                {message}
              </Anchor>
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  )
}

function fieldOf(form: RefObject<HTMLFormElement | null>, path: string): HTMLElement | null {
  return form.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`) ?? null
}

function labelOf(field: HTMLElement | null): string {
  const label = field instanceof HTMLInputElement ? field.labels?.[0]?.textContent : undefined
  return label?.replace(/\s*\*$/, '') ?? ''
}

import type { AuditEntry } from '@atelier/api'
import { Text } from '@mantine/core'
import { EyeOff } from 'lucide-react'
import { changesOf, type Shown, shownValue } from './value-text.ts'

/** What an entry changed, field by field: before and after, or what there was or is. */
export function DiffView({ diff }: { diff: AuditEntry['diff'] }) {
  const { changes, hasBefore, hasAfter } = changesOf(diff)
  if (changes.length === 0) return <Text c="dimmed">No field was changed.</Text>
  return (
    <table className="audit-diff">
      <thead>
        <tr>
          <th scope="col">Field</th>
          {hasBefore && <th scope="col">Before</th>}
          {hasAfter && <th scope="col">{hasBefore ? 'After' : 'Value'}</th>}
          {!hasBefore && !hasAfter && <th scope="col">Value</th>}
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            {hasBefore && (
              <td data-side="before">
                <Value shown={shownValue(before)} />
              </td>
            )}
            {(hasAfter || !hasBefore) && (
              <td data-side={hasBefore ? 'after' : undefined}>
                <Value shown={shownValue(after)} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ shown }: { shown: Shown }) {
  switch (shown.kind) {
    case 'nothing':
      return (
        <Text span inherit c="dimmed">
          None
        </Text>
      )
    case 'secret':
      return (
        <Text span inherit c="dimmed" className="audit-secret">
          <EyeOff size={13} aria-hidden="true" /> Secret, not recorded
        </Text>
      )
    case 'text':
      return <span className="audit-value">{shown.text}</span>
    case 'list':
      return (
        <ul className="audit-values">
          {shown.items.map((item, index) => (
            <li key={index}>
              <Value shown={item} />
            </li>
          ))}
        </ul>
      )
    case 'fields':
      return (
        <dl className="audit-fields">
          {shown.fields.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Value shown={value} />
              </dd>
            </div>
          ))}
        </dl>
      )
  }
}

import { type Mark, marks, resources } from '@atelier/access'
import { resourceLabel } from '../roles/words.ts'
import './marks.css'

/** What each mark of the role tables means. */
const meanings: Readonly<Record<string, string>> = {
  C: 'create',
  Ra: 'read all',
  Ro: 'read own',
  L: 'list',
  Ua: 'update all',
  Uo: 'update own',
  Da: 'delete all',
  Do: 'delete own',
} satisfies Record<Mark, string>

interface Right {
  readonly resource: string
  readonly mark: string
}

/** A mark in words with its code of the role tables; tinted where it comes on top of others. */
export function MarkChip({ mark, added = false }: { mark: string; added?: boolean }) {
  return (
    <span className="mark-chip" data-added={added || undefined}>
      {meanings[mark] ?? mark} <code>{mark}</code>
    </span>
  )
}

/** Rights as a row for each resource; rows and marks stand in the order of the role tables. */
export function RightsList({ rights, label }: { rights: readonly Right[]; label: string }) {
  return (
    <ul className="rights-list" aria-label={label}>
      {grouped(rights).map(([resource, held]) => (
        <li key={resource} className="rights-row">
          <span className="rights-resource">{resourceLabel(resource)}</span>
          <span className="rights-marks">
            {held.map((mark) => (
              <MarkChip key={mark} mark={mark} />
            ))}
          </span>
        </li>
      ))}
    </ul>
  )
}

function grouped(rights: readonly Right[]): readonly (readonly [string, readonly string[]])[] {
  return resources.flatMap((resource) => {
    const held = marks.filter((mark) =>
      rights.some((right) => right.resource === resource && right.mark === mark),
    )
    return held.length === 0 ? [] : [[resource, held] as const]
  })
}

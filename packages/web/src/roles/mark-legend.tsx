import type { MarkMeaning, RoleColumn } from './role-table.tsx'

/** What the letters of a role table mean. */
export function MarkLegend({
  marks,
  columns,
}: {
  marks: readonly MarkMeaning[]
  columns: readonly RoleColumn[]
}) {
  const inherits = columns.some((column) =>
    Object.values(column.marks).some((cell) => Object.values(cell).includes('inherited')),
  )
  return (
    <ul className="role-legend" aria-label="What the marks mean">
      {marks.map(({ code, meaning }) => (
        <li key={code}>
          <span className="mark" data-mark={code}>
            {code}
          </span>{' '}
          {meaning}
        </li>
      ))}
      {inherits && (
        <li>
          <span className="mark" data-mark="Ro" data-inherited>
            Ro
          </span>{' '}
          inherited from a lower role
        </li>
      )}
    </ul>
  )
}

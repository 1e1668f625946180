import type { Mark } from '@atelier/access'
import { Badge, VisuallyHidden } from '@mantine/core'
import { useId, useState } from 'react'
import { useOverflow } from '../table/use-overflow.ts'
import { MarkExplanation } from './mark-explanation.tsx'
import { MarkLegend } from './mark-legend.tsx'
import { moveFocus } from './mark-focus.ts'
import './role-table.css'
import { resourceLabel } from './words.ts'

export interface RoleColumn {
  readonly role: string
  readonly name: string
  readonly meaning: string
  readonly marks: Readonly<Record<string, Readonly<Record<string, 'published' | 'inherited'>>>>
}

export interface MarkMeaning {
  readonly code: string
  readonly meaning: string
}

export interface MarkPlace {
  readonly role: string
  readonly resource: string
  readonly mark: Mark
  readonly inherited: boolean
}

interface Props {
  /** The table's accessible name. */
  label: string
  columns: readonly RoleColumn[]
  resources: readonly string[]
  marks: readonly MarkMeaning[]
  /** What to say of a column that is the reader's own: `you`, `you in Research`. */
  ownOf: (role: string) => string | undefined
}

/**
 * A role table with every mark in a place of its own, so that differences stand out. The marks are
 * one stop of the keyboard; the arrow keys go from mark to mark.
 */
export function RoleTable({ label, columns, resources, marks, ownOf }: Props) {
  const id = useId()
  const overflow = useOverflow()
  const [shown, setShown] = useState<MarkPlace>()
  const [stop, setStop] = useState<string>()
  const first = `0-${columns[0] === undefined ? 0 : firstMark(columns[0], resources[0], marks)}`

  return (
    <div className="role-table-frame">
      <MarkLegend marks={marks} columns={columns} />
      <div
        ref={overflow.ref}
        className="role-table-scroll"
        {...(overflow.scrolls
          ? { 'data-scrolls': true, tabIndex: 0, role: 'region', 'aria-label': `${label}, table` }
          : {})}
      >
        <table
          className="role-table"
          onMouseLeave={() => {
            setShown(undefined)
          }}
          onKeyDown={moveFocus}
        >
          <caption className="role-table-caption">{label}</caption>
          <thead>
            <tr>
              <th scope="col" className="role-table-corner">
                <VisuallyHidden>Resource</VisuallyHidden>
              </th>
              {columns.map((column) => {
                const own = ownOf(column.role)
                return (
                  <th key={column.role} scope="col" data-own={own !== undefined || undefined}>
                    <span className="role-table-name">
                      {shortName(column.name)}
                      {own !== undefined && (
                        <Badge size="sm" color="brand" variant="filled" className="role-table-you">
                          {own}
                        </Badge>
                      )}
                    </span>
                    <span className="role-table-meaning">{column.meaning}</span>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {resources.map((resource, row) => (
              <tr key={resource}>
                <th scope="row">{resourceLabel(resource)}</th>
                {columns.map((column, index) => (
                  <td key={column.role} data-own={ownOf(column.role) !== undefined || undefined}>
                    <Marks
                      column={column}
                      resource={resource}
                      marks={marks}
                      place={(mark) => `${row}-${index * marks.length + mark}`}
                      stop={stop ?? first}
                      shown={shown}
                      describedBy={id}
                      onShow={(place, at) => {
                        setShown(place)
                        if (at !== undefined) setStop(at)
                      }}
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MarkExplanation id={id} place={shown} columns={columns} />
    </div>
  )
}

function Marks({
  column,
  resource,
  marks,
  place,
  stop,
  shown,
  describedBy,
  onShow,
}: {
  column: RoleColumn
  resource: string
  marks: readonly MarkMeaning[]
  place: (mark: number) => string
  stop: string
  shown: MarkPlace | undefined
  describedBy: string
  onShow: (place: MarkPlace, stop?: string) => void
}) {
  const cell = column.marks[resource] ?? {}
  if (Object.keys(cell).length === 0) return <VisuallyHidden>Nothing</VisuallyHidden>
  return (
    <span className="role-marks">
      {marks.map(({ code, meaning }, index) => {
        const holding = cell[code]
        if (holding === undefined) return null
        const here = {
          role: column.role,
          resource,
          mark: code as Mark,
          inherited: holding === 'inherited',
        }
        const at = place(index)
        const isShown = shown?.resource === resource && shown.mark === code
        return (
          <button
            key={code}
            type="button"
            className="mark"
            data-mark={code}
            data-place={at}
            data-inherited={here.inherited || undefined}
            data-same={isShown || undefined}
            style={{ gridColumn: index + 1 }}
            tabIndex={at === stop ? 0 : -1}
            aria-label={`${code}, ${meaning}${here.inherited ? ', inherited' : ''}`}
            aria-describedby={isShown && shown.role === column.role ? describedBy : undefined}
            onMouseEnter={() => {
              onShow(here)
            }}
            onFocus={() => {
              onShow(here, at)
            }}
            onClick={() => {
              onShow(here, at)
            }}
          >
            {code}
          </button>
        )
      })}
    </span>
  )
}

/** Column heads of the organization table leave out what its title says. */
function shortName(name: string): string {
  const short = name.replace(/^Organization /, '')
  return short.charAt(0).toUpperCase() + short.slice(1)
}

function firstMark(
  column: RoleColumn,
  resource: string | undefined,
  marks: readonly MarkMeaning[],
): number {
  const cell = resource === undefined ? {} : (column.marks[resource] ?? {})
  return Math.max(
    0,
    marks.findIndex(({ code }) => cell[code] !== undefined),
  )
}

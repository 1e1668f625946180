import { roleLabel, words } from '../roles/words.ts'
import { exactTime } from '../time/relative.ts'

/** What the log holds in the place of a secret. */
export const masked = '******'

/** A recorded value in a shape that can be drawn: nested only where the value is. */
export type Shown =
  | { readonly kind: 'nothing' | 'secret' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Shown[] }
  | { readonly kind: 'fields'; readonly fields: readonly (readonly [string, Shown])[] }

/** Turns any recorded value into what a person can read. */
export function shownValue(value: unknown): Shown {
  if (value === null || value === undefined || value === '') return { kind: 'nothing' }
  if (value === masked) return { kind: 'secret' }
  if (typeof value === 'boolean') return { kind: 'text', text: value ? 'Yes' : 'No' }
  if (typeof value === 'number') return { kind: 'text', text: value.toLocaleString('en') }
  if (typeof value === 'string') return { kind: 'text', text: textOf(value) }
  if (Array.isArray(value)) {
    if (value.length === 0) return { kind: 'nothing' }
    return { kind: 'list', items: value.map(shownValue) }
  }
  const fields = Object.entries(value)
  if (fields.length === 0) return { kind: 'nothing' }
  return { kind: 'fields', fields: fields.map(([name, one]) => [words(name), shownValue(one)]) }
}

function textOf(value: string): string {
  if (/^(site|organization)-[a-z-]+$/.test(value)) return roleLabel(value)
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return exactTime(new Date(value))
  return value
}

export interface Change {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

/** The changed fields, and whether there was anything before and is anything after. */
export function changesOf(diff: Readonly<Record<string, { before: unknown; after: unknown }>>) {
  const changes: Change[] = Object.entries(diff).map(([name, { before, after }]) => ({
    field: words(name),
    before,
    after,
  }))
  const isThere = (value: unknown) => value !== null && value !== undefined
  return {
    changes,
    hasBefore: changes.some(({ before }) => isThere(before)),
    hasAfter: changes.some(({ after }) => isThere(after)),
  }
}

import type { AuditEntry } from '@atelier/api'
import { roleLabel, words } from '../roles/words.ts'
import { masked } from './value-text.ts'

/** What an entry changed, or why it was refused, in one line: `Role: Member → Auditor`. */
export function changeSummary({ diff, refusal }: Pick<AuditEntry, 'diff' | 'refusal'>): string {
  if (refusal !== null) return refusal.message
  return Object.entries(diff)
    .map(([field, { before, after }]) => describe(words(field), before, after))
    .join(' · ')
}

function describe(field: string, before: unknown, after: unknown): string {
  return before === null || before === undefined || before === after
    ? `${field}: ${textOf(after)}`
    : `${field}: ${textOf(before)} → ${textOf(after)}`
}

function textOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing'
  if (value === true) return 'yes'
  if (value === false) return 'no'
  if (value === masked) return 'set anew'
  if (typeof value === 'string')
    return /^(site|organization)-/.test(value) ? roleLabel(value) : value
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return JSON.stringify(value)
}

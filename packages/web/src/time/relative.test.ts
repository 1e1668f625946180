import { expect, it } from 'vitest'
import { relativeTime } from './relative.ts'

const now = new Date('2026-11-23T12:00:00Z')

it.each([
  ['2026-11-23T11:59:58Z', 'just now'],
  ['2026-11-23T12:00:02Z', 'just now'],
  ['2026-11-23T12:00:20Z', 'in a moment'],
  ['2026-11-23T11:58:59Z', '1 minute ago'],
  ['2026-11-23T09:00:00Z', '3 hours ago'],
  ['2026-11-22T11:00:00Z', 'yesterday'],
  ['2026-11-25T12:00:00Z', 'in 2 days'],
  ['2026-11-30T11:59:58Z', 'in 7 days'],
  ['2027-02-21T11:59:58Z', 'in 3 months'],
  ['2026-11-21T12:00:02Z', 'yesterday'],
  ['2024-11-01T12:00:00Z', '2 years ago'],
])('%s is %s', (value, text) => {
  expect(relativeTime(new Date(value), now)).toBe(text)
})

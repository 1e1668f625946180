import { describe, expect, it } from 'vitest'
import { dateRange, defaultExpiry, expiresAt, expiryOptions, urgencyOf } from './expiry.ts'

const now = new Date('2026-11-23T12:00:00Z')
const values = (maxDays: number | null, keep?: string) =>
  expiryOptions(maxDays, keep).map((option) => option.value)

describe('what can be chosen', () => {
  it('is everything without a limit of the site, and never beyond one', () => {
    expect(values(null)).toEqual(['7', '30', '90', '365', 'date', 'never'])
    expect(values(90, 'As it is')).toEqual(['keep', '7', '30', 'date', 'never'])
    expect(values(7)).toEqual(['date', 'never'])
    expect(values(1)).toEqual(['never'])
  })

  it('begins with a choice that is among them', () => {
    for (const days of [null, 1, 7, 30, 90, 91, 400]) {
      expect(values(days)).toContain(defaultExpiry(days))
    }
  })

  it('names days whose end still lies within the limit', () => {
    const { min, max = '' } = dateRange(30, now)
    const last = expiresAt('date', max, now) ?? ''
    expect(Date.parse(last) - now.getTime()).toBeLessThanOrEqual(30 * 86_400_000)
    expect(Date.parse(expiresAt('date', min, now) ?? '')).toBeGreaterThan(now.getTime())
    expect(dateRange(null, now).max).toBeUndefined()
  })
})

it('sends a moment, nothing to leave it, null for no expiry, and no date as what it is', () => {
  expect(expiresAt('7', '', now)).toBe('2026-11-30T12:00:00.000Z')
  expect(expiresAt('keep', '', now)).toBeUndefined()
  expect(expiresAt('never', '2030-01-01', now)).toBeNull()
  expect(expiresAt('date', '', now)).toBe('')
})

it('warns a week ahead', () => {
  expect(urgencyOf(null, now)).toBe('none')
  expect(urgencyOf('2026-11-23T12:00:00Z', now)).toBe('expired')
  expect(urgencyOf('2026-11-30T11:00:00Z', now)).toBe('soon')
  expect(urgencyOf('2026-11-30T12:00:00Z', now)).toBe('none')
})

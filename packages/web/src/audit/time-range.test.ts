import { expect, it } from 'vitest'
import { fromField, rangeOf, rangeProblem, toField } from './time-range.ts'

const now = new Date('2026-11-23T12:00:00.000Z')

it.each([
  ['1h', '2026-11-23T11:00:00.000Z'],
  ['24h', '2026-11-22T12:00:00.000Z'],
  ['7d', '2026-11-16T12:00:00.000Z'],
  ['90d', '2026-08-25T12:00:00.000Z'],
] as const)('the last %s begin at %s and have no end', (within, range_start) => {
  expect(rangeOf({ within, range_end: '2020-01-01T00:00:00Z' }, now)).toEqual({ range_start })
})

it('a range of one’s own stays as it is', () => {
  const range = { range_start: '2026-01-01T00:00:00Z', range_end: undefined }
  expect(rangeOf(range, now)).toEqual(range)
})

it('a field shows the moment that it was set to', () => {
  for (const text of ['2026-03-29T02:30', '2026-11-23T12:00', '1999-12-31T23:59']) {
    // In spring there is an hour that no clock shows: it reads as the one after.
    const moment = fromField(text)
    expect(fromField(toField(moment))).toBe(moment)
  }
  expect(toField(undefined)).toBe('')
  expect(fromField('')).toBeUndefined()
  expect(fromField('2026-13')).toBeUndefined()
})

it('a range that ends before it begins is a problem', () => {
  const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00+01:00']
  expect(rangeProblem({ range_start: early, range_end: late })).toBeUndefined()
  expect(rangeProblem({ range_start: late, range_end: early })).toMatch(/end after/)
  expect(rangeProblem({ range_start: late })).toBeUndefined()
})

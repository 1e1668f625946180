import { expect, it } from 'vitest'
import { z } from 'zod'
import { currentCursor, listSearch, pageNumber, trailBack, trailTo } from './list-search.ts'

it('keeps what fits the schema and drops the rest, without an error', () => {
  const search = listSearch({ status: z.enum(['active', 'suspended']) })
  expect(search.parse({ q: 'ann', limit: '25', status: 'active' })).toEqual({
    q: 'ann',
    limit: 25,
    status: 'active',
  })
  expect(search.parse({ limit: '9999', status: 'nonsense', other: 'x' })).toEqual({})
})

it('walks forth and back along the trail of cursors', () => {
  const second = trailTo(undefined, 'a')
  const third = trailTo(second, 'b')
  expect([pageNumber(undefined), pageNumber(second), pageNumber(third)]).toEqual([1, 2, 3])
  expect(currentCursor(third)).toBe('b')
  expect(trailBack(third)).toBe(second)
  expect(trailBack(second)).toBeUndefined()
})

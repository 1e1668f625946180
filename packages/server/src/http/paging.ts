import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { invalid } from '../faults.ts'
import { isUuid } from '../platform/ids.ts'

/** A page of a list: the rows, and where the next page begins. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: Cursor | undefined
}

/** The sort key of the last row of a page: the values that the next page begins after. */
export type Cursor = readonly [value: string, id: string]

/** Makes a page of rows of which one more than `limit` was asked for, to see whether others follow. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (last: T) => Cursor,
): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: rows.length > limit && last !== undefined ? cursorOf(last) : undefined,
  }
}

/** Counting stops here: beyond, the exact number costs more than it tells. */
export const countLimit = 1000

/**
 * Reads a cursor that this server wrote: the value that the list is sorted by, and the id, of the last
 * row of a page. Anything else is a bad request, and never reaches the database.
 */
export function readCursor(
  after: string | undefined,
  sortedBy: 'text' | 'time',
  isId: (id: string) => boolean = isUuid,
): Cursor | undefined {
  if (after === undefined) return undefined
  const cursor = parse(after)
  if (Array.isArray(cursor) && cursor.length === 2) {
    const [value, id] = cursor as readonly unknown[]
    const isValue = sortedBy === 'time' ? isTime : isText
    if (typeof value === 'string' && isValue(value) && typeof id === 'string' && isId(id)) {
      return [value, id]
    }
  }
  throw invalid('after', 'Use the cursor of the Link header, unchanged')
}

function parse(after: string): unknown {
  try {
    return JSON.parse(Buffer.from(after, 'base64url').toString())
  } catch {
    return undefined
  }
}

/** Postgres has no texts with the character U+0000. */
function isText(value: string): boolean {
  return !value.includes('\0')
}

/** A moment that Postgres can read; `-infinity` stands for never. */
function isTime(value: string): boolean {
  if (value === '-infinity') return true
  const [, day = '', time = ''] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,6})?(?:Z|\+00)$/.exec(value) ?? []
  const text = `${day}T${time}.000Z`
  const moment = Date.parse(text)
  // JavaScript reads February 30th as a day in March, and knows a year 0.
  return !Number.isNaN(moment) && new Date(moment).toISOString() === text && text >= '0001'
}

/** Adds `Link: rel="next"` and `X-Total-Count`, the latter capped at `countLimit`. */
export function setPageHeaders(
  request: FastifyRequest,
  reply: FastifyReply,
  next: Cursor | undefined,
  total?: number,
): void {
  if (next !== undefined) {
    const url = new URL(request.url, 'http://any')
    url.searchParams.set('after', Buffer.from(JSON.stringify(next)).toString('base64url'))
    void reply.header('link', `<${url.pathname}${url.search}>; rel="next"`)
  }
  if (total === undefined) return
  void reply.header('x-total-count', String(Math.min(total, countLimit)))
  if (total > countLimit) void reply.header('x-total-count-capped', 'true')
}

/** Sends a whole list as one JSON array, row by row, however long it is. */
export function streamArray(reply: FastifyReply, rows: AsyncIterable<unknown>): FastifyReply {
  async function* text(): AsyncGenerator<string> {
    let first = true
    yield '['
    for await (const row of rows) {
      yield (first ? '' : ',') + JSON.stringify(row)
      first = false
    }
    yield ']'
  }
  return reply
    .type('application/json; charset=utf-8')
    .serializer((payload: unknown) => payload as string)
    .send(Readable.from(text()))
}

/** All rows of a paged query, page after page by key: memory stays flat. */
export async function* allPages<T>(
  page: (after: Cursor | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let after: Cursor | undefined
  do {
    const { items, next } = await page(after)
    yield* items
    after = next
  } while (after !== undefined)
}

/** All pages as one list; the first one is asked for at once, so that a refusal is a status. */
export async function streamPages<T, P>(
  page: (after: Cursor | undefined) => Promise<Page<T>>,
  after: Cursor | undefined,
  present: (row: T) => P,
): Promise<AsyncGenerator<P>> {
  const first = await page(after)
  const pages = allPages((from) => (from === undefined ? Promise.resolve(first) : page(from)))
  return (async function* () {
    for await (const row of pages) yield present(row)
  })()
}

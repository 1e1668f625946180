import type { FastifyReply, FastifyRequest } from 'fastify'
import { Readable } from 'node:stream'
import { invalid } from '../faults.ts'

/** A page of a list: the rows, and where the next page begins. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next: Cursor | undefined
}

/** The sort key of the last row of a page: the values that the next page begins after. */
export type Cursor = readonly (string | number | null)[]

/** Counting stops here: beyond, the exact number costs more than it tells. */
export const countLimit = 1000

/** Reads a cursor that this server wrote; anything else is a bad request. */
export function readCursor(after: string | undefined, length: number): Cursor | undefined {
  if (after === undefined) return undefined
  try {
    const values: unknown = JSON.parse(Buffer.from(after, 'base64url').toString())
    if (
      Array.isArray(values) &&
      values.length === length &&
      values.every((value) => value === null || ['string', 'number'].includes(typeof value))
    ) {
      return values as Cursor
    }
  } catch {
    // Not JSON: refused below.
  }
  throw invalid('after', 'Use the cursor of the Link header, unchanged')
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

import { z } from 'zod'

/** What a list keeps in the address, so that a link or a reload shows the same rows. */
const base = {
  q: z.string().optional().catch(undefined),
  sort: z.string().optional().catch(undefined),
  limit: z.coerce.number().int().min(1).max(200).optional().catch(undefined),
  /** The cursors of the pages that led here, the open page's last; absent on the first page. */
  after: z.string().optional().catch(undefined),
}

/**
 * The search parameters of a route with a list: paging, sort and text search, and its own filters,
 * each a name with a schema. What does not fit the schema is dropped, never an error page.
 */
export function listSearch<Filters extends Record<string, z.ZodType<string | undefined>>>(
  filters: Filters,
) {
  const tolerant = Object.fromEntries(
    Object.entries(filters).map(([name, schema]) => [name, schema.optional().catch(undefined)]),
  ) as { [Name in keyof Filters]: z.ZodCatch<z.ZodOptional<Filters[Name]>> }
  return z.object({ ...base, ...tolerant })
}

export interface ListSearch {
  q?: string | undefined
  sort?: string | undefined
  limit?: number | undefined
  after?: string | undefined
}

const separator = '~'

/** The cursor of the open page. */
export function currentCursor(after: string | undefined): string | undefined {
  return after?.split(separator).at(-1)
}

/** The trail one page further. */
export function trailTo(after: string | undefined, next: string): string {
  return after === undefined ? next : `${after}${separator}${next}`
}

/** The trail one page back; nothing for the first page. */
export function trailBack(after: string | undefined): string | undefined {
  const trail = after?.split(separator).slice(0, -1) ?? []
  return trail.length === 0 ? undefined : trail.join(separator)
}

/** Counts from 1. */
export function pageNumber(after: string | undefined): number {
  return after === undefined ? 1 : after.split(separator).length + 1
}

import { type Expression, sql } from 'kysely'
import { countLimit } from '../http/paging.ts'
import type { Db } from './schema.ts'

/** How many rows a query finds, counted no further than the limit of exact counts. */
export async function countCapped(
  db: Db,
  query: { limit(rows: number): Expression<unknown> },
): Promise<number> {
  const found = query.limit(countLimit + 1)
  const { rows } = await sql<{
    count: number
  }>`select count(*)::int as count from (${found}) as found`.execute(db)
  return rows[0]?.count ?? 0
}

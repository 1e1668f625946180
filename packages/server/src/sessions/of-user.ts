import { sql } from 'kysely'
import type { Db, Tx } from '../db/schema.ts'

export interface StoredSession {
  readonly id: string
  readonly ip: string
  readonly user_agent: string
  readonly created_at: string
  readonly last_seen_at: string
  readonly expires_at: string
}

/** The living sessions of a user, newest first. */
export async function sessionsOf(db: Db | Tx, userId: string, now: Date): Promise<StoredSession[]> {
  return db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('expires_at', '>', sql<string>`${now}`)
    .select(['id', 'ip', 'user_agent', 'created_at', 'last_seen_at', 'expires_at'])
    .orderBy('created_at', 'desc')
    .execute()
}

/** Ends all sessions of a user but the one named, and says how many. */
export async function deleteSessionsOf(tx: Tx, userId: string, but?: string): Promise<number> {
  const result = await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(but !== undefined, (query) => query.where('id', '<>', but ?? ''))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

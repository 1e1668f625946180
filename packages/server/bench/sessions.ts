import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import { newId } from '../src/platform/ids.ts'
import { hashToken } from '../src/sessions/principals.ts'

/** Adds a session of a user, good for a day; answers its token. */
export async function addSession(pool: pg.Pool, userId: string): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await pool.query(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, '127.0.0.1', 'bench', now(), now(), now() + interval '1 day')`,
    [newId(new Date()), userId, hashToken(token)],
  )
  return token
}

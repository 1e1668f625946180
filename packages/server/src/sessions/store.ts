import { sql } from 'kysely'
import type { Db, Tx } from '../db/schema.ts'
import { isUuid } from '../platform/ids.ts'
import type { StoredSession } from './of-user.ts'

export interface NewSession extends Omit<
  StoredSession,
  'created_at' | 'last_seen_at' | 'expires_at'
> {
  readonly user_id: string
  readonly token_hash: Buffer
  readonly created_at: Date
  readonly expires_at: Date
}

/** Keeps a new session. */
export async function insertSession(tx: Tx, session: NewSession): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({ ...session, last_seen_at: session.created_at })
    .execute()
}

/** Removes what is left of a user's ended sessions, which nobody else would ever do. */
export async function deleteExpiredOf(tx: Tx, userId: string, now: Date): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('expires_at', '<=', sql<string>`${now}`)
    .execute()
}

/** Ends all sessions of a user but the newest; answers how many those were. */
export async function endOldestOf(tx: Tx, userId: string, kept: number): Promise<number> {
  const result = await tx
    .deleteFrom('sessions')
    .where('id', 'in', (all) =>
      all
        .selectFrom('sessions')
        .select('id')
        .where('user_id', '=', userId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .offset(kept),
    )
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Ends one session of a user; false when there is none of that id. */
export async function deleteSession(tx: Tx, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false
  const result = await tx
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .where('id', '=', id)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

export interface SignInUser {
  readonly id: string
  readonly username: string
  readonly email: string
  readonly name: string
  readonly status: string
  readonly password_hash: string | null
  readonly terms_accepted: string | null
  readonly login_type: string
}

/** Locks the user who signs in by e-mail or username, so that a suspension cannot slip between. */
export async function lockSignInUser(tx: Tx, id: string): Promise<SignInUser | undefined> {
  return signInUser(tx).where('id', '=', id).forShare().executeTakeFirst()
}

/** Finds the user of an e-mail address or username, whatever their status. */
export async function findSignInUser(db: Db, login: string): Promise<SignInUser | undefined> {
  const name = login.trim().toLowerCase()
  return (
    signInUser(db)
      .where((is) =>
        is.or([
          is(is.fn<string>('lower', ['email']), '=', name),
          is(is.fn<string>('lower', ['username']), '=', name),
        ]),
      )
      .where('status', '<>', 'deleting')
      // An e-mail address contains an @, a username cannot: at most one row.
      .executeTakeFirst()
  )
}

function signInUser(db: Db | Tx) {
  return db
    .selectFrom('users')
    .select([
      'id',
      'username',
      'email',
      'name',
      'status',
      'password_hash',
      'terms_accepted',
      'login_type',
    ])
}

/** Remembers which version of the terms of service the user accepted. */
export async function acceptTerms(tx: Tx, userId: string, version: string): Promise<void> {
  await tx.updateTable('users').set({ terms_accepted: version }).where('id', '=', userId).execute()
}

/** Writes when sessions, keys and users were last seen; at most once a minute each. */
export async function touch(
  db: Db,
  seen: readonly { readonly userId: string; readonly kind: string; readonly id: string }[],
  now: Date,
): Promise<void> {
  const sessions = seen.filter((one) => one.kind === 'session').map((one) => one.id)
  const keys = seen.filter((one) => one.kind === 'api_key').map((one) => one.id)
  const users = [...new Set(seen.map((one) => one.userId))]
  if (sessions.length > 0) {
    await db
      .updateTable('sessions')
      .set({ last_seen_at: now })
      .where('id', 'in', sessions)
      .execute()
  }
  if (keys.length > 0) {
    await db.updateTable('api_keys').set({ last_used_at: now }).where('id', 'in', keys).execute()
  }
  if (users.length > 0) {
    // Skips users who are being changed right now: being seen can wait a minute.
    await sql`update users set last_seen_at = ${now} where id in (
      select id from users where id = any(${users}::uuid[]) order by id for no key update skip locked)`.execute(
      db,
    )
  }
}

/** Whose these workspaces are, and where; what is gone is left out. */
export async function workspaceOwners(db: Db, ids: readonly string[]) {
  return db
    .selectFrom('workspaces')
    .where('id', 'in', ids)
    .select(['id', 'user_id as ownerId', 'organization_id as organizationId'])
    .execute()
}

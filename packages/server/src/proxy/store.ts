import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'
import type { Destination } from './directory.ts'

/** Where a label leads; nowhere while the owner of the workspace may not sign in. */
export async function findDestination(db: Db, label: string): Promise<Destination | undefined> {
  return db
    .selectFrom('dev_urls')
    .innerJoin('workspaces', 'workspaces.id', 'dev_urls.workspace_id')
    .innerJoin('users', 'users.id', 'workspaces.user_id')
    .where('dev_urls.label', '=', label)
    .where('users.status', '=', 'active')
    .select([
      'dev_urls.id',
      'dev_urls.label',
      'dev_urls.port',
      'dev_urls.scheme',
      'dev_urls.access',
      'workspaces.user_id',
      'users.username',
      'workspaces.organization_id',
      'workspaces.id as workspace_id',
      'workspaces.name as workspace_name',
      'workspaces.status',
      'workspaces.provider_id',
    ])
    .executeTakeFirst()
}

export interface StoredCode {
  readonly hash: Buffer
  readonly label: string
  readonly session_id: string
  readonly path: string
  readonly expires_at: Date
}

/** Keeps a code, and forgets those that nobody came back with. */
export async function insertCode(db: Db, code: StoredCode, now: Date): Promise<void> {
  await db
    .deleteFrom('dev_url_codes')
    .where('expires_at', '<=', sql<string>`${now}`)
    .execute()
  await db.insertInto('dev_url_codes').values(code).execute()
}

/** Takes a code, which nobody can take again, in whatever process. */
export async function takeCode(
  db: Db,
  hash: Buffer,
  label: string,
  now: Date,
): Promise<{ session_id: string; path: string } | undefined> {
  return db
    .deleteFrom('dev_url_codes')
    .where('hash', '=', hash)
    .where('label', '=', label)
    .where('expires_at', '>', sql<string>`${now}`)
    .returning(['session_id', 'path'])
    .executeTakeFirst()
}

/** Notes that somebody is connected to these workspaces. */
export async function noteConnections(
  db: Db,
  workspaceIds: readonly string[],
  now: Date,
): Promise<void> {
  // Skips what is being changed right now: being seen can wait a minute.
  await sql`update workspaces set last_connection_at = ${now} where id in (
    select id from workspaces where id = any(${workspaceIds}::uuid[])
    order by id for no key update skip locked)`.execute(db)
}

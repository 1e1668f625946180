import { sql } from 'kysely'
import type { Db, Tx } from '../db/schema.ts'

/** A setting that somebody changed, and who did. */
export interface SettingRow {
  readonly key: string
  readonly updated_at: string
  readonly updated_by: {
    readonly id: string
    readonly username: string
    readonly name: string
  } | null
}

/** When each changed setting was changed last, and by whom; a user who is gone is left out. */
export async function lastChanges(db: Db | Tx): Promise<readonly SettingRow[]> {
  return db
    .selectFrom('settings')
    .leftJoin('users', (join) =>
      join.onRef('users.id', '=', 'settings.updated_by').on('users.status', '<>', 'deleting'),
    )
    .select([
      'settings.key',
      'settings.updated_at',
      sql<SettingRow['updated_by']>`case when users.id is null then null else jsonb_build_object(
        'id', users.id, 'username', users.username, 'name', users.name) end`.as('updated_by'),
    ])
    .execute()
}

/**
 * Lets one transaction at a time change settings. A setting at its default has no row that could be
 * locked, so the lock is of the database's own kind.
 */
export async function lockSettings(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('atelier settings'))`.execute(tx)
}

/** Keeps the value of a setting. */
export async function saveSetting(
  tx: Tx,
  key: string,
  value: unknown,
  by: string,
  now: Date,
): Promise<void> {
  const row = { value: JSON.stringify(value), updated_at: now, updated_by: by }
  await tx
    .insertInto('settings')
    .values({ key, ...row })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(row))
    .execute()
}

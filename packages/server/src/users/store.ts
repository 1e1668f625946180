import type { SiteRole } from '@atelier/access'
import { type Insertable, sql, type Updateable } from 'kysely'
import type { Db, Tx, UsersTable } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { isUuid } from '../platform/ids.ts'
import type { Membership, UserRecord } from './user.ts'

const organizations = sql<Membership[]>`coalesce((
  select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', m.role) order by lower(o.name), o.id)
  from organization_members m join organizations o on o.id = m.organization_id
  where m.user_id = users.id), '[]')`

/** Users with their memberships; never those who are being deleted. */
export function selectUsers(db: Db | Tx) {
  return db
    .selectFrom('users')
    .where('users.status', '<>', 'deleting')
    .select([
      'users.id',
      'users.email',
      'users.username',
      'users.name',
      'users.avatar_hash',
      'users.site_role',
      'users.status',
      'users.login_type',
      'users.temporary_password',
      'users.dotfiles_git_uri',
      'users.autostart_at',
      'users.autostart_time_zone',
      'users.key_regenerated_at',
      'users.last_seen_at',
      'users.created_at',
      'users.updated_at',
      'users.version',
      organizations.as('organizations'),
    ])
}

/** One user; undefined for an unknown id and for a user who is being deleted. */
export async function findUser(db: Db | Tx, id: string): Promise<UserRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectUsers(db).where('users.id', '=', id).executeTakeFirst()
}

/** Locks a user for a change. `change()` has locked the users it was given already: this reads them. */
export async function lockUser(tx: Tx, id: string): Promise<UserRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectUsers(tx).where('users.id', '=', id).forNoKeyUpdate().executeTakeFirst()
}

/** Who is the site admin; undefined before setup. */
export async function findSiteAdminId(db: Db | Tx): Promise<string | undefined> {
  const row = await db
    .selectFrom('users')
    .where('site_role', '=', 'site-admin')
    .select('id')
    .executeTakeFirst()
  return row?.id
}

export async function insertUser(tx: Tx, user: Insertable<UsersTable>): Promise<void> {
  await withUniqueNames(() => tx.insertInto('users').values(user).execute())
}

/** Changes columns of a user, raises the version, and answers the user as they are now. */
export async function updateUser(
  tx: Tx,
  id: string,
  values: Updateable<UsersTable>,
  now: Date,
): Promise<UserRecord> {
  await withUniqueNames(() =>
    tx
      .updateTable('users')
      .set({ ...values, updated_at: now, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
  const user = await findUser(tx, id)
  if (user === undefined) throw new Error('the updated user is gone')
  return user
}

/** How many users hold each site role. */
export async function countByRole(db: Db): Promise<{ role: SiteRole; users: number }[]> {
  return db
    .selectFrom('users')
    .where('status', '<>', 'deleting')
    .groupBy('site_role')
    .select(['site_role as role', sql<number>`count(*)::int`.as('users')])
    .execute()
}

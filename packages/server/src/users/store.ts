import type { ListFilter, SiteRole } from '@atelier/access'
import { type ExpressionBuilder, type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import type { Database, Db, Tx, UsersTable, UserStatus } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { countLimit, type Cursor, type Page } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { Membership, UserRecord } from './user.ts'

const organizations = sql<Membership[]>`coalesce((
  select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', m.role) order by lower(o.name), o.id)
  from organization_members m join organizations o on o.id = m.organization_id
  where m.user_id = users.id), '[]')`

function selectUsers(db: Db | Tx) {
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

export type UserSort = 'username' | 'name' | 'email' | 'created_at' | 'last_seen_at'

export interface UserQuery {
  readonly q?: string | undefined
  readonly role?: SiteRole | undefined
  readonly status?: Exclude<UserStatus, 'deleting'> | undefined
  readonly organization?: string | undefined
  readonly sort: UserSort
  readonly descending: boolean
}

/** What the caller may see: whom in the directory, and of whom the full record. */
export interface UserScope {
  readonly callerId: string
  readonly list: ListFilter
  readonly read: ListFilter
}

const sortKeys = {
  username: sql<string>`lower(users.username)`,
  name: sql<string>`lower(users.name)`,
  email: sql<string>`lower(users.email)`,
  created_at: sql<string>`users.created_at`,
  last_seen_at: sql<string>`coalesce(users.last_seen_at, '-infinity')`,
} as const

/** Whether a list in this order begins after a moment, and not after a text. */
export function isTimeSort(sort: UserSort): boolean {
  return sort === 'created_at' || sort === 'last_seen_at'
}

/** One page of users, filtered, searched and sorted by the database. */
export async function listUsers(
  db: Db,
  scope: UserScope,
  query: UserQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<UserRecord>> {
  const key = sortKeys[query.sort]
  const direction = query.descending ? 'desc' : 'asc'
  const rows = await selectUsers(db)
    .where((is) => visible(is, scope, query))
    .$if(after !== undefined, (rest) => {
      const [value, id] = after ?? []
      const from = isTimeSort(query.sort) ? sql`${value}::timestamptz` : sql`${value}::text`
      const order = query.descending ? sql`<` : sql`>`
      return rest.where(sql<SqlBool>`(${key}, users.id) ${order} (${from}, ${id}::uuid)`)
    })
    .select(sql<string>`${key}::text`.as('sort_key'))
    .orderBy(key, direction)
    .orderBy('users.id', direction)
    .limit(limit + 1)
    .execute()

  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: rows.length > limit && last !== undefined ? [last.sort_key, last.id] : undefined,
  }
}

/** How many users a query finds, counted no further than the limit of exact counts. */
export async function countUsers(db: Db, scope: UserScope, query: UserQuery): Promise<number> {
  const found = db
    .selectFrom('users')
    .where('users.status', '<>', 'deleting')
    .where((is) => visible(is, scope, query))
    .select(sql<number>`1`.as('one'))
    .limit(countLimit + 1)
  const { count } = await db
    .selectFrom(found.as('found'))
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}

type Is = ExpressionBuilder<Database, 'users'>

function visible(is: Is, scope: UserScope, query: UserQuery) {
  const readable = filterUsers(is, scope.read, scope.callerId)
  const conditions = [filterUsers(is, scope.list, scope.callerId)]
  // Filters and orders on what the directory does not show reach only whom the caller may read:
  // otherwise trying values would tell them.
  const beyondDirectory =
    query.role !== undefined ||
    query.status !== undefined ||
    query.organization !== undefined ||
    !['username', 'name'].includes(query.sort)
  if (beyondDirectory && scope.read.kind !== 'all') conditions.push(readable)
  if (query.role !== undefined) conditions.push(is('users.site_role', '=', query.role))
  if (query.status !== undefined) conditions.push(is('users.status', '=', query.status))
  if (query.organization !== undefined) {
    conditions.push(isUuid(query.organization) ? inOrganizations([query.organization]) : never)
  }
  for (const word of (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)) {
    const pattern = `%${word.replace(/[\\%_]/g, '\\$&')}%`
    const inDirectory = is('users.directory_search', 'like', pattern)
    const inAll = is('users.search', 'like', pattern)
    conditions.push(
      scope.read.kind === 'all' ? inAll : is.or([inDirectory, is.and([readable, inAll])]),
    )
  }
  return is.and(conditions)
}

const always = sql<SqlBool>`true`
const never = sql<SqlBool>`false`

/** The list filter of the access engine as SQL over `users`. */
export function filterUsers(is: Is, filter: ListFilter, callerId: string) {
  if (filter.kind === 'all') return always
  if (filter.kind === 'none') return never
  const self = is('users.id', '=', callerId)
  return is.or([
    ...(filter.own ? [self] : []),
    ...(filter.organizations.length > 0 ? [inOrganizations(filter.organizations)] : []),
    ...(filter.ownInOrganizations.length > 0
      ? [is.and([self, inOrganizations(filter.ownInOrganizations)])]
      : []),
  ])
}

function inOrganizations(ids: readonly string[]) {
  return sql<SqlBool>`exists (select 1 from organization_members m
    where m.user_id = users.id and m.organization_id = any(${ids}::uuid[]))`
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

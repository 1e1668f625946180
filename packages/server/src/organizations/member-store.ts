import type { OrganizationRole } from '@atelier/access'
import { type Insertable, sql, type SqlBool } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { Db, OrganizationMembersTable, Tx } from '../db/schema.ts'
import { all, anywhere, wordsOf } from '../db/search.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { Membership } from '../users/user.ts'
import type { MemberRecord } from './organization.ts'

const organizationsOfUser = sql<Membership[]>`(
  select jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', r.role) order by lower(o.name), o.id)
  from organization_members r join organizations o on o.id = r.organization_id
  where r.user_id = users.id)`

function selectMembers(db: Db | Tx) {
  return db
    .selectFrom('organization_members as m')
    .innerJoin('users', 'users.id', 'm.user_id')
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
      organizationsOfUser.as('organizations'),
      'm.organization_id',
      'm.role as organization_role',
      'm.roles_updated_at',
    ])
}

/** One member; undefined for a user who is not in the organization. */
export async function findMember(
  db: Db | Tx,
  organizationId: string,
  userId: string,
): Promise<MemberRecord | undefined> {
  if (!isUuid(userId)) return undefined
  return selectMembers(db)
    .where('m.organization_id', '=', organizationId)
    .where('m.user_id', '=', userId)
    .executeTakeFirst()
}

/** All members of several organizations, by name. */
export async function listMembersOf(
  db: Db,
  organizationIds: readonly string[],
): Promise<MemberRecord[]> {
  if (organizationIds.length === 0) return []
  return selectMembers(db)
    .where('m.organization_id', 'in', organizationIds)
    .orderBy(sql`lower(users.name)`)
    .orderBy('users.id')
    .execute()
}

/** The longest known members of each organization: enough for a row of faces. */
export async function listFirstMembersOf(
  db: Db,
  organizationIds: readonly string[],
): Promise<MemberRecord[]> {
  if (organizationIds.length === 0) return []
  // In the order of the primary key, so that each organization costs a few rows of an index.
  const first = sql<SqlBool>`(m.organization_id, m.user_id) in (
    select f.organization_id, f.user_id from unnest(${organizationIds}::uuid[]) as wanted (id)
    cross join lateral (
      select n.organization_id, n.user_id from organization_members n
      where n.organization_id = wanted.id order by n.user_id limit 5) f)`
  return selectMembers(db).where(first).orderBy('m.user_id').execute()
}

export interface MemberQuery {
  readonly q?: string | undefined
  readonly role?: OrganizationRole | undefined
  /** E-mail addresses are searched only for who may read them. */
  readonly byEmail: boolean
}

const sortKey = sql<string>`lower(users.name)`

/** One page of the members of an organization, by name. */
export async function listMembers(
  db: Db,
  organizationId: string,
  query: MemberQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<MemberRecord>> {
  const rows = await selectMembers(db)
    .where('m.organization_id', '=', organizationId)
    .where(wanted(query))
    .$if(after !== undefined, (rest) => {
      const [name, id] = after ?? []
      return rest.where(sql<SqlBool>`(${sortKey}, users.id) > (${name}::text, ${id}::uuid)`)
    })
    .select(sortKey.as('sort_key'))
    .orderBy(sortKey)
    .orderBy('users.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (last) => [last.sort_key, last.id])
}

/** How many members a query finds, counted no further than the limit of exact counts. */
export async function countMembers(
  db: Db,
  organizationId: string,
  query: MemberQuery,
): Promise<number> {
  const found = db
    .selectFrom('organization_members as m')
    .innerJoin('users', 'users.id', 'm.user_id')
    .where('users.status', '<>', 'deleting')
    .where('m.organization_id', '=', organizationId)
    .where(wanted(query))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

function wanted(query: MemberQuery) {
  const column = sql.ref(query.byEmail ? 'users.search' : 'users.directory_search')
  const conditions = wordsOf(query.q).map((word) => sql<SqlBool>`${column} like ${anywhere(word)}`)
  if (query.role !== undefined) conditions.push(sql<SqlBool>`m.role = ${query.role}`)
  return all(conditions)
}

export async function insertMember(
  tx: Tx,
  member: Insertable<OrganizationMembersTable>,
): Promise<void> {
  await withUniqueNames(() => tx.insertInto('organization_members').values(member).execute())
}

export async function setRole(
  tx: Tx,
  organizationId: string,
  userId: string,
  role: OrganizationRole,
  now: Date,
): Promise<void> {
  await tx
    .updateTable('organization_members')
    .set({ role, roles_updated_at: now })
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

export async function deleteMember(tx: Tx, organizationId: string, userId: string): Promise<void> {
  await tx
    .deleteFrom('organization_members')
    .where('organization_id', '=', organizationId)
    .where('user_id', '=', userId)
    .execute()
}

/** Everybody in an organization, and whether they are in another organization that is a default one. */
export async function listPeople(
  db: Db | Tx,
  organizationId: string,
): Promise<{ id: string; in_other_default: boolean }[]> {
  if (!isUuid(organizationId)) return []
  return db
    .selectFrom('organization_members as m')
    .innerJoin('users', 'users.id', 'm.user_id')
    .where('users.status', '<>', 'deleting')
    .where('m.organization_id', '=', organizationId)
    .select([
      'users.id',
      sql<boolean>`exists (
        select 1 from organization_members r join organizations o on o.id = r.organization_id
        where r.user_id = m.user_id and o.is_default and o.id <> m.organization_id)`.as(
        'in_other_default',
      ),
    ])
    .execute()
}

/** Makes users, none of whom is one already, members of an organization. */
export async function insertMembers(
  tx: Tx,
  organizationId: string,
  userIds: readonly string[],
  role: OrganizationRole,
  now: Date,
): Promise<void> {
  await sql`
    insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
    select ${organizationId}, id, ${role}, ${now}, ${now} from unnest(${userIds}::uuid[]) as moving (id)
  `.execute(tx)
}

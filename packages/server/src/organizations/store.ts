import type { ListFilter } from '@atelier/access'
import { type Insertable, type Selectable, sql, type SqlBool, type Updateable } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { Db, OrganizationsTable, Tx } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import { visibleInside } from './inside-filter.ts'
import type { OrganizationRecord } from './organization.ts'

// Asked once for a query, not once for a row.
const defaults = sql<number>`(select count(*) from organizations d where d.is_default)`

// Users who are being deleted are few: an anti-join costs less than looking at every member.
const memberCount = sql<number>`(
  select count(*)::int from organization_members m
  where m.organization_id = organizations.id
    and not exists (select 1 from users u where u.id = m.user_id and u.status = 'deleting'))`

const workspaceCount = sql<number>`(
  select count(*)::int from workspaces w where w.organization_id = organizations.id)`

const sortKey = sql<string>`lower(organizations.name)`

function selectOrganizations(db: Db | Tx) {
  return db
    .selectFrom('organizations')
    .select([
      'organizations.id',
      'organizations.name',
      'organizations.description',
      'organizations.is_default',
      sql<boolean>`organizations.is_default and ${defaults} = 1`.as('is_last_default'),
      'organizations.default_role',
      'organizations.resource_namespace',
      'organizations.auto_off_threshold',
      'organizations.cpu_provisioning_rate',
      'organizations.memory_provisioning_rate',
      'organizations.autostart_days',
      'organizations.max_workspaces_per_user',
      'organizations.max_workspaces',
      'organizations.max_cpu_cores',
      'organizations.max_memory_gb',
      'organizations.max_disk_gb',
      memberCount.as('member_count'),
      workspaceCount.as('workspace_count'),
      'organizations.version',
      'organizations.created_at',
      'organizations.updated_at',
    ])
}

/** One organization; undefined for an unknown id. */
export async function findOrganization(
  db: Db | Tx,
  id: string,
): Promise<OrganizationRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectOrganizations(db).where('organizations.id', '=', id).executeTakeFirst()
}

/** Keeps an organization from being changed or deleted while its members change. */
export async function lockForMembers(
  tx: Tx,
  id: string,
): Promise<Selectable<OrganizationsTable> | undefined> {
  if (!isUuid(id)) return undefined
  return tx
    .selectFrom('organizations')
    .selectAll()
    .where('id', '=', id)
    .forShare()
    .executeTakeFirst()
}

/** Lets one transaction at a time add to what an organization has a limit for. */
export async function lockForQuota(
  tx: Tx,
  id: string,
): Promise<Selectable<OrganizationsTable> | undefined> {
  if (!isUuid(id)) return undefined
  return tx
    .selectFrom('organizations')
    .selectAll()
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/**
 * Locks an organization together with all default ones, in one global order (by id), so that of two
 * changes to the last two default organizations the second one sees what the first one did.
 */
export async function lockOrganization(
  tx: Tx,
  id: string,
): Promise<OrganizationRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx
    .selectFrom('organizations')
    .select('id')
    .where((is) => is.or([is('id', '=', id), is('is_default', '=', true)]))
    .orderBy('id')
    .forUpdate()
    .execute()
  return findOrganization(tx, id)
}

/** The oldest default organization but this one. */
export async function findOtherDefault(
  db: Db | Tx,
  id: string,
): Promise<Pick<OrganizationRecord, 'id' | 'name' | 'default_role'> | undefined> {
  return db
    .selectFrom('organizations')
    .select(['id', 'name', 'default_role'])
    .where('is_default', '=', true)
    .where('id', '<>', id)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
}

export async function insertOrganization(
  tx: Tx,
  organization: Insertable<OrganizationsTable>,
): Promise<OrganizationRecord> {
  await withUniqueNames(() => tx.insertInto('organizations').values(organization).execute())
  return present(tx, organization.id)
}

/** Changes columns, raises the version, and answers the organization as it is now. */
export async function updateOrganization(
  tx: Tx,
  id: string,
  values: Updateable<OrganizationsTable>,
  now: Date,
): Promise<OrganizationRecord> {
  await withUniqueNames(() =>
    tx
      .updateTable('organizations')
      .set({ ...values, updated_at: now, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
  return present(tx, id)
}

/** Deletes an organization; its memberships go with it. */
export async function deleteOrganization(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('organizations').where('id', '=', id).execute()
}

/** One page of the organizations that a filter lets through, by name. */
export async function listOrganizations(
  db: Db,
  filter: ListFilter,
  q: string | undefined,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<OrganizationRecord>> {
  const rows = await selectOrganizations(db)
    .where(visible(filter, q))
    .$if(after !== undefined, (rest) => {
      const [name, id] = after ?? []
      return rest.where(sql<SqlBool>`(${sortKey}, organizations.id) > (${name}::text, ${id}::uuid)`)
    })
    .select(sortKey.as('sort_key'))
    .orderBy(sortKey)
    .orderBy('organizations.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (last) => [last.sort_key, last.id])
}

/** How many organizations there are to list, counted no further than the limit of exact counts. */
export async function countOrganizations(
  db: Db,
  filter: ListFilter,
  q: string | undefined,
): Promise<number> {
  const found = db
    .selectFrom('organizations')
    .where(visible(filter, q))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

function visible(filter: ListFilter, q: string | undefined) {
  return visibleInside(
    filter,
    { organization: undefined, q },
    {
      organizationId: sql`organizations.id`,
      text: sql`lower(organizations.name || ' ' || organizations.description)`,
    },
  )
}

async function present(tx: Tx, id: string): Promise<OrganizationRecord> {
  const organization = await findOrganization(tx, id)
  if (organization === undefined) throw new Error('the organization is gone')
  return organization
}

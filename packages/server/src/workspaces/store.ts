import type { ListFilter } from '@atelier/access'
import { type Insertable, type RawBuilder, sql, type SqlBool, type Updateable } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { Db, Tx, WorkspacesTable, WorkspaceStatus } from '../db/schema.ts'
import { all, anywhere, wordsOf } from '../db/search.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { WorkspaceRecord } from './workspace.ts'

function selectWorkspaces(db: Db | Tx) {
  return db
    .selectFrom('workspaces')
    .innerJoin('organizations', 'organizations.id', 'workspaces.organization_id')
    .innerJoin('users as owner', 'owner.id', 'workspaces.user_id')
    .innerJoin('images', 'images.id', 'workspaces.image_id')
    .innerJoin('image_tags as tag', (join) =>
      join
        .onRef('tag.image_id', '=', 'workspaces.image_id')
        .onRef('tag.tag', '=', 'workspaces.image_tag'),
    )
    .innerJoin('workspace_providers as provider', 'provider.id', 'workspaces.provider_id')
    .leftJoin('workspace_builds as build', 'build.id', 'workspaces.build_id')
    .leftJoin('users as initiator', (join) =>
      join
        .onRef('initiator.id', '=', 'build.initiator_id')
        .on('initiator.status', '<>', 'deleting'),
    )
    .select([
      'workspaces.id',
      'workspaces.name',
      'workspaces.organization_id',
      'organizations.name as organization_name',
      'workspaces.user_id',
      'owner.username as owner_username',
      'owner.name as owner_name',
      'owner.status as owner_status',
      'owner.key_regenerated_at',
      'workspaces.image_id',
      'images.repository as image_repository',
      'workspaces.image_tag',
      'tag.latest_hash as tag_digest',
      'tag.decommissioned as tag_decommissioned',
      'workspaces.provider_id',
      'provider.name as provider_name',
      'provider.cordoned_at as provider_cordoned_at',
      'workspaces.cpu_cores',
      'workspaces.memory_gb',
      'workspaces.disk_gb',
      'workspaces.gpus',
      'workspaces.use_container_vm',
      'workspaces.status',
      'workspaces.status_reason',
      'workspaces.autostart_enabled',
      'workspaces.auto_off_threshold',
      'organizations.auto_off_threshold as organization_auto_off',
      'workspaces.trusted',
      'workspaces.image_digest',
      'workspaces.last_built_at',
      'workspaces.last_opened_at',
      'workspaces.last_connection_at',
      'workspaces.build_id',
      'build.kind as build_kind',
      'build.status as build_status',
      'build.reason as build_reason',
      'build.cancel_asked as build_cancel_asked',
      'build.created_at as build_created_at',
      'build.started_at as build_started_at',
      'build.ended_at as build_ended_at',
      'initiator.id as initiator_id',
      'initiator.username as initiator_username',
      'workspaces.version',
      'workspaces.created_at',
      'workspaces.updated_at',
    ])
}

/** One workspace; undefined for an unknown id. */
export async function findWorkspace(db: Db | Tx, id: string): Promise<WorkspaceRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectWorkspaces(db).where('workspaces.id', '=', id).executeTakeFirst()
}

/** Locks one workspace for a change, and with it its builds: they are changed under this lock alone. */
export async function lockWorkspace(tx: Tx, id: string): Promise<WorkspaceRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('workspaces').where('id', '=', id).select('id').forUpdate().execute()
  // Only now, so that it is what the change before has left.
  return findWorkspace(tx, id)
}

/** Locks the workspaces that a user has, in one organization or in all, in the order of their ids. */
export async function lockWorkspacesOf(
  tx: Tx,
  userId: string,
  organizationId?: string,
): Promise<WorkspaceRecord[]> {
  const found = tx
    .selectFrom('workspaces')
    .where('user_id', '=', userId)
    .$if(organizationId !== undefined, (query) =>
      query.where('organization_id', '=', organizationId ?? ''),
    )
    .select('id')
  const locked = await found.orderBy('id').forUpdate().execute()
  if (locked.length === 0) return []
  const ids = locked.map(({ id }) => id)
  return selectWorkspaces(tx)
    .where('workspaces.id', 'in', ids)
    .orderBy(sql`lower(workspaces.name)`)
    .execute()
}

export async function insertWorkspace(
  tx: Tx,
  workspace: Insertable<WorkspacesTable>,
): Promise<void> {
  await withUniqueNames(() => tx.insertInto('workspaces').values(workspace).execute())
}

/** Changes columns of a workspace. Its version is of what people edit, and rises only where that is. */
export async function updateWorkspace(
  tx: Tx,
  id: string,
  values: Updateable<WorkspacesTable>,
): Promise<void> {
  await tx.updateTable('workspaces').set(values).where('id', '=', id).execute()
}

/** Changes what people edit, and raises the version. */
export async function editWorkspace(
  tx: Tx,
  id: string,
  values: Updateable<WorkspacesTable>,
  now: Date,
): Promise<void> {
  const version = sql<number>`version + 1`
  await updateWorkspace(tx, id, { ...values, updated_at: now, version: version as never })
}

/** Deletes a workspace; its builds, their logs and its dev URLs go with it. */
export async function deleteWorkspace(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('workspaces').where('id', '=', id).execute()
}

/** What is asked of a list of workspaces. */
export interface WorkspaceQuery {
  readonly organizations: readonly string[] | undefined
  readonly users: readonly string[] | undefined
  readonly q: string | undefined
  readonly status: WorkspaceStatus | undefined
  readonly provider: string | undefined
  readonly image?: string | undefined
}

/** Everything that may be read, as a query. */
export const everything: WorkspaceQuery = {
  organizations: undefined,
  users: undefined,
  q: undefined,
  status: undefined,
  provider: undefined,
}

const sortKey = sql<string>`lower(workspaces.name)`

/** One page of the workspaces that a filter lets through, by name. */
export async function listWorkspaces(
  db: Db,
  filter: ListFilter,
  callerId: string,
  query: WorkspaceQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<WorkspaceRecord>> {
  const rows = await selectWorkspaces(db)
    .where(visible(filter, callerId, query))
    .$if(after !== undefined, (rest) => {
      const [name, id] = after ?? []
      return rest.where(sql<SqlBool>`(${sortKey}, workspaces.id) > (${name}::text, ${id}::uuid)`)
    })
    .orderBy(sortKey)
    .orderBy('workspaces.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (last) => [last.name.toLowerCase(), last.id])
}

/** How many workspaces there are to list, counted no further than the limit of exact counts. */
export async function countWorkspaces(
  db: Db,
  filter: ListFilter,
  callerId: string,
  query: WorkspaceQuery,
): Promise<number> {
  const found = db
    .selectFrom('workspaces')
    .where(visible(filter, callerId, query))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

/** The list filter of the access engine, and the query, as SQL over `workspaces`. */
function visible(filter: ListFilter, callerId: string, query: WorkspaceQuery): RawBuilder<SqlBool> {
  const conditions = wordsOf(query.q).map(
    (word) => sql<SqlBool>`lower(workspaces.name) like ${anywhere(word)}`,
  )
  conditions.push(permitted(filter, callerId))
  const among = (column: string, ids: readonly string[]) =>
    sql<SqlBool>`${sql.ref(column)} = any(${ids.filter(isUuid)}::uuid[])`
  if (query.organizations !== undefined) {
    conditions.push(among('workspaces.organization_id', query.organizations))
  }
  if (query.users !== undefined) conditions.push(among('workspaces.user_id', query.users))
  if (query.provider !== undefined) {
    conditions.push(among('workspaces.provider_id', [query.provider]))
  }
  if (query.image !== undefined) conditions.push(among('workspaces.image_id', [query.image]))
  if (query.status !== undefined) {
    conditions.push(sql<SqlBool>`workspaces.status = ${query.status}`)
  }
  return all(conditions)
}

function permitted(filter: ListFilter, callerId: string): RawBuilder<SqlBool> {
  if (filter.kind === 'all') return sql<SqlBool>`true`
  if (filter.kind === 'none') return sql<SqlBool>`false`
  const own = sql<SqlBool>`workspaces.user_id = ${callerId}::uuid`
  const liesIn = (ids: readonly string[]) =>
    sql<SqlBool>`workspaces.organization_id = any(${ids}::uuid[])`
  const parts = [
    ...(filter.own ? [own] : []),
    ...(filter.organizations.length > 0 ? [liesIn(filter.organizations)] : []),
    ...(filter.ownInOrganizations.length > 0
      ? [sql<SqlBool>`(${own} and ${liesIn(filter.ownInOrganizations)})`]
      : []),
  ]
  return parts.length === 0 ? sql<SqlBool>`false` : sql<SqlBool>`(${sql.join(parts, sql` or `)})`
}

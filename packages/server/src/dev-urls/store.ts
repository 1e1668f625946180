import type { ListFilter } from '@atelier/access'
import { type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import type { Db, DevUrlsTable, Tx } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { isUuid } from '../platform/ids.ts'
import { type DevUrlRecord, type Level, narrower } from './dev-url.ts'

/** What dev URLs need to know of a workspace. */
export interface AroundDevUrl {
  readonly id: string
  readonly name: string
  readonly organization_id: string
  readonly user_id: string
  readonly username: string
  readonly status: string
}

function selectWorkspaces(db: Db | Tx) {
  return db
    .selectFrom('workspaces')
    .innerJoin('users', 'users.id', 'workspaces.user_id')
    .select([
      'workspaces.id',
      'workspaces.name',
      'workspaces.organization_id',
      'workspaces.user_id',
      'users.username',
      'workspaces.status',
    ])
}

/** The workspace that dev URLs are of; undefined for an unknown id. */
export async function findWorkspace(db: Db | Tx, id: string): Promise<AroundDevUrl | undefined> {
  if (!isUuid(id)) return undefined
  return selectWorkspaces(db).where('workspaces.id', '=', id).executeTakeFirst()
}

/** A user's own workspace by its name, which no case tells apart. */
export async function findWorkspaceOf(
  db: Db,
  userId: string,
  name: string,
): Promise<AroundDevUrl | undefined> {
  return selectWorkspaces(db)
    .where('workspaces.user_id', '=', userId)
    .where(sql`lower(workspaces.name)`, '=', name)
    .executeTakeFirst()
}

/** Locks a workspace, and with it all its dev URLs: they are changed under this lock alone. */
export async function lockWorkspace(tx: Tx, id: string): Promise<AroundDevUrl | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('workspaces').where('id', '=', id).select('id').forNoKeyUpdate().execute()
  return findWorkspace(tx, id)
}

function selectDevUrls(db: Db | Tx) {
  return db
    .selectFrom('dev_urls')
    .innerJoin('workspaces', 'workspaces.id', 'dev_urls.workspace_id')
    .innerJoin('users', 'users.id', 'workspaces.user_id')
    .select([
      'dev_urls.id',
      'dev_urls.workspace_id',
      'workspaces.name as workspace_name',
      'workspaces.organization_id',
      'workspaces.user_id',
      'users.username',
      'dev_urls.port',
      'dev_urls.name',
      'dev_urls.scheme',
      'dev_urls.label',
      'dev_urls.access',
      'dev_urls.version',
      'dev_urls.created_at',
      'dev_urls.updated_at',
    ])
}

/** One dev URL of a workspace. */
export async function findDevUrl(
  db: Db | Tx,
  workspaceId: string,
  id: string,
): Promise<DevUrlRecord | undefined> {
  if (!isUuid(workspaceId) || !isUuid(id)) return undefined
  return selectDevUrls(db)
    .where('dev_urls.workspace_id', '=', workspaceId)
    .where('dev_urls.id', '=', id)
    .executeTakeFirst()
}

/** The dev URL of a port of a workspace. */
export async function findByPort(
  db: Db | Tx,
  workspaceId: string,
  port: number,
): Promise<DevUrlRecord | undefined> {
  return selectDevUrls(db)
    .where('dev_urls.workspace_id', '=', workspaceId)
    .where('dev_urls.port', '=', port)
    .executeTakeFirst()
}

/** Which dev URLs of a workspace somebody may see: their own, and what is shared where they may read. */
function visible(filter: ListFilter, callerId: string, max: Level) {
  if (filter.kind === 'none') return sql<SqlBool>`false`
  const shared =
    narrower('public', max) === 'private'
      ? sql<SqlBool>`false`
      : sql<SqlBool>`dev_urls.access <> 'private'`
  if (filter.kind === 'all') return sql<SqlBool>`workspaces.user_id = ${callerId} or ${shared}`
  const own = filter.own
    ? sql<SqlBool>`workspaces.user_id = ${callerId}`
    : sql<SqlBool>`workspaces.user_id = ${callerId}
        and workspaces.organization_id = any(${filter.ownInOrganizations}::uuid[])`
  return sql<SqlBool>`${own} or (${shared}
    and workspaces.organization_id = any(${filter.organizations}::uuid[]))`
}

/** The dev URLs of a workspace that a filter lets through, by port. */
export async function listDevUrls(
  db: Db,
  workspaceId: string,
  filter: ListFilter,
  callerId: string,
  max: Level,
): Promise<readonly DevUrlRecord[]> {
  if (!isUuid(workspaceId)) return []
  return selectDevUrls(db)
    .where('dev_urls.workspace_id', '=', workspaceId)
    .where(sql<SqlBool>`(${visible(filter, callerId, max)})`)
    .orderBy('dev_urls.port')
    .execute()
}

/** Keeps a new dev URL. */
export async function insertDevUrl(tx: Tx, devUrl: Insertable<DevUrlsTable>): Promise<void> {
  await withUniqueNames(() => tx.insertInto('dev_urls').values(devUrl).execute())
}

/** Changes columns of a dev URL, and raises its version. */
export async function updateDevUrl(
  tx: Tx,
  id: string,
  values: Updateable<DevUrlsTable>,
): Promise<void> {
  await withUniqueNames(() =>
    tx
      .updateTable('dev_urls')
      .set({ ...values, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
}

/** Deletes a dev URL. */
export async function deleteDevUrl(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('dev_urls').where('id', '=', id).execute()
}

/** Gives the dev URLs of a user the hosts that their new username makes. */
export async function relabel(tx: Tx, userId: string, username: string): Promise<void> {
  await sql`
    update dev_urls set label = lower(case
        when dev_urls.name <> '' then dev_urls.name || '--' || ${username}::text
        else dev_urls.port || '--' || workspaces.name || '-' || ${username}::text end)
    from workspaces
    where workspaces.id = dev_urls.workspace_id and dev_urls.user_id = ${userId}`.execute(tx)
}

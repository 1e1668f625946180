import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db, Tx, WorkspaceBuildLogsTable, WorkspaceBuildsTable } from '../db/schema.ts'

export type BuildRecord = Selectable<WorkspaceBuildsTable>
export type LogRecord = Selectable<WorkspaceBuildLogsTable>

export async function insertBuild(tx: Tx, build: Insertable<WorkspaceBuildsTable>): Promise<void> {
  await tx.insertInto('workspace_builds').values(build).execute()
}

/** Forgets what is older than the newest builds of a workspace, whose logs nobody reads any more. */
export async function forgetOldBuilds(tx: Tx, workspaceId: string, kept: number): Promise<void> {
  await sql`
    delete from workspace_builds where status not in ('queued', 'running') and id in (
      select id from workspace_builds where workspace_id = ${workspaceId}
      order by created_at desc, id desc offset ${kept})`.execute(tx)
}

/** One build, with all that may be said of it. */
export async function findBuild(db: Db | Tx, id: string): Promise<BuildRecord | undefined> {
  return db.selectFrom('workspace_builds').where('id', '=', id).selectAll().executeTakeFirst()
}

/** A worker has begun with a build; also again, after a crash. */
export async function setRunning(tx: Tx, id: string, now: Date): Promise<void> {
  await tx
    .updateTable('workspace_builds')
    .set({ status: 'running', started_at: sql<string>`coalesce(started_at, ${now})` })
    .where('id', '=', id)
    .execute()
}

/** A build has ended. */
export async function setEnded(
  tx: Tx,
  id: string,
  status: 'succeeded' | 'failed' | 'canceled',
  now: Date,
): Promise<void> {
  await tx
    .updateTable('workspace_builds')
    .set({ status, ended_at: now })
    .where('id', '=', id)
    .execute()
}

/** Wants the builds of a workspace that have not ended to end; answers how many. */
export async function askCancel(tx: Tx, workspaceId: string): Promise<number> {
  const asked = await tx
    .updateTable('workspace_builds')
    .set({ cancel_asked: true })
    .where('workspace_id', '=', workspaceId)
    .where('status', 'in', ['queued', 'running'])
    .where('kind', '=', 'start')
    .executeTakeFirst()
  return Number(asked.numUpdatedRows)
}

/** Whether somebody wants a build to end. */
export async function isCancelAsked(db: Db, id: string): Promise<boolean> {
  const build = await db
    .selectFrom('workspace_builds')
    .where('id', '=', id)
    .select('cancel_asked')
    .executeTakeFirst()
  return build?.cancel_asked === true
}

/** Adds lines at the end of the log of a build. One worker at a time writes to it. */
export async function appendLog(
  tx: Tx | Db,
  buildId: string,
  lines: readonly (Pick<LogRecord, 'type' | 'message'> & { readonly at: Date })[],
): Promise<void> {
  if (lines.length === 0) return
  const texts = lines.map(({ message }) => message)
  const types = lines.map(({ type }) => type)
  const times = lines.map(({ at }) => at.toISOString())
  await sql`
    insert into workspace_build_logs (build_id, sequence, at, type, message)
    select ${buildId}::uuid, last.sequence + line.number, line.at, line.type, line.message
    from (select coalesce(max(sequence), 0) as sequence from workspace_build_logs
      where build_id = ${buildId}::uuid) as last,
    unnest(${times}::timestamptz[], ${types}::text[], ${texts}::text[]) with ordinality
      as line (at, type, message, number)`.execute(tx)
}

/** Lines of the log of a build that come after one, the first of them first. */
export async function readLog(
  db: Db,
  buildId: string,
  after: number,
  limit: number,
): Promise<LogRecord[]> {
  return db
    .selectFrom('workspace_build_logs')
    .where('build_id', '=', buildId)
    .where('sequence', '>', after)
    .selectAll()
    .orderBy('sequence')
    .limit(limit)
    .execute()
}

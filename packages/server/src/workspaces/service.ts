import { filterFor } from '@atelier/access'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, denied, subjectOf, type Work } from '../context.ts'
import type { AuditDiff } from '../db/schema.ts'
import { demandVersion, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { demandNo } from '../users/rules.ts'
import {
  fieldsOf,
  find,
  initiatorOf,
  lockTarget,
  targetOf,
  type WorkspaceAttempt,
  workspaceAttempt,
} from './attempt.ts'
import * as builds from './build-store.ts'
import { announce, beginBuild } from './builds.ts'
import * as rules from './rules.ts'
import * as workspaces from './store.ts'
import type { WorkspaceRecord } from './workspace.ts'

export { everything } from './store.ts'

/** One page of the workspaces that the caller may read. */
export async function listWorkspaces(
  context: Context,
  query: workspaces.WorkspaceQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<WorkspaceRecord>> {
  const { db } = context.platform
  const { id } = subjectOf(context)
  return workspaces.listWorkspaces(db, filterOf(context), id, query, limit, after)
}

/** How many workspaces the caller may read, capped. */
export async function countWorkspaces(
  context: Context,
  query: workspaces.WorkspaceQuery,
): Promise<number> {
  const { db } = context.platform
  return workspaces.countWorkspaces(db, filterOf(context), subjectOf(context).id, query)
}

function filterOf(context: Context) {
  const filter = filterFor(subjectOf(context), 'read', 'workspaces')
  // Somebody without organizations sees an empty list; a key without the scope is refused.
  if (filter.kind === 'none' && filter.missing.keyScope !== undefined) {
    throw denied(filter.missing, 'list of workspaces')
  }
  return filter
}

/** One workspace. */
export async function getWorkspace(context: Context, id: string): Promise<WorkspaceRecord> {
  const workspace = await workspaces.findWorkspace(context.platform.db, id)
  if (workspace === undefined) throw notFound('workspace')
  authorize(context, 'read', targetOf(workspace), 'workspace')
  return workspace
}

/** The whole log of the newest build, until now. */
export async function readLog(context: Context, id: string): Promise<builds.LogRecord[]> {
  const workspace = await getWorkspace(context, id)
  if (workspace.build_id === null) return []
  return builds.readLog(context.platform.db, workspace.build_id, -1, 100_000)
}

/** Stops a workspace, in the background; its home is kept. */
export async function stopWorkspace(
  context: Context,
  id: string,
  ifMatch?: number,
): Promise<WorkspaceRecord> {
  const attempt = workspaceAttempt('stop', id)
  return change(context, attempt, [], async (work) => {
    const workspace = await lockTarget(work, attempt, id)
    authorize(work, 'update', targetOf(workspace), 'workspace')
    demandVersion(workspace.version, ifMatch)
    demandNo(rules.stopObjection(workspace))
    const build = await beginBuild(work.tx, work.platform, workspace, 'stop', initiatorOf(work))
    return changed(work, attempt, workspace, { build: { before: null, after: build } })
  })
}

/** Wants the build that is under way to end; nothing of it runs afterwards. */
export async function cancelBuild(
  context: Context,
  id: string,
  ifMatch?: number,
): Promise<WorkspaceRecord> {
  const attempt = workspaceAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const workspace = await lockTarget(work, attempt, id)
    authorize(work, 'update', targetOf(workspace), 'workspace')
    demandVersion(workspace.version, ifMatch)
    demandNo(rules.cancelObjection(workspace))
    await builds.askCancel(work.tx, id)
    await announce(work.tx, work.platform, [id])
    const canceled = { before: workspace.build_id, after: null }
    return changed(work, attempt, workspace, { build: canceled })
  })
}

/** Deletes a workspace with its home, in the background; a build that is under way ends. */
export async function deleteWorkspace(
  context: Context,
  id: string,
  ifMatch?: number,
): Promise<void> {
  const attempt = workspaceAttempt('enqueue', id)
  await change(context, attempt, [], async (work) => {
    const workspace = await lockTarget(work, attempt, id)
    authorize(work, 'delete', targetOf(workspace), 'workspace')
    demandVersion(workspace.version, ifMatch)
    demandNo(rules.deleteObjection(workspace))
    await builds.askCancel(work.tx, id)
    await beginBuild(work.tx, work.platform, workspace, 'delete', initiatorOf(work))
    const lost = Object.entries(fieldsOf(workspace)).map(
      ([field, before]) => [field, { before, after: null }] as const,
    )
    await changed(work, attempt, workspace, Object.fromEntries(lost))
  })
}

export interface Schedule {
  readonly autostart_enabled: boolean
  readonly auto_off_threshold: number | null
}

/** Says when a workspace starts and stops by itself; it is not built. */
export async function setSchedule(
  context: Context,
  id: string,
  schedule: Schedule,
  ifMatch?: number,
): Promise<WorkspaceRecord> {
  const attempt = workspaceAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const workspace = await lockTarget(work, attempt, id)
    authorize(work, 'update', targetOf(workspace), 'workspace')
    demandVersion(workspace.version, ifMatch)
    demandNo(rules.scheduleObjection(workspace))
    const diff = diffOf<Schedule>(workspace, schedule)
    if (Object.keys(diff).length > 0) {
      await workspaces.editWorkspace(work.tx, id, schedule, work.platform.clock.now())
      await announce(work.tx, work.platform, [id])
    }
    return changed(work, attempt, workspace, diff)
  })
}

async function changed(
  work: Work,
  attempt: WorkspaceAttempt,
  workspace: WorkspaceRecord,
  diff: AuditDiff,
): Promise<WorkspaceRecord> {
  await recordAudit(work, { ...attempt, diff })
  return find(work, workspace.id)
}

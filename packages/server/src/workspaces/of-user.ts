import { sql } from 'kysely'
import { recordAudit } from '../audit/record.ts'
import type { Work } from '../context.ts'
import type { Tx } from '../db/schema.ts'
import { fieldsOf, initiatorOf, nameOf, workspaceAttempt } from './attempt.ts'
import * as builds from './build-store.ts'
import { announce, beginBuild } from './builds.ts'
import * as workspaces from './store.ts'
import { after, isBuilding } from './transitions.ts'
import type { WorkspaceRecord } from './workspace.ts'

// What becomes of the workspaces of somebody who may no longer have them, within the change that takes
// that away: whoever asks has been allowed that change, and its mark is the one that is recorded.

/** Stops what runs of a user's, and ends what is being built; answers how many that are. */
export async function stopWorkspacesOf(
  work: Work,
  userId: string,
  reason: string,
): Promise<number> {
  const { tx, platform } = work
  const initiator = { ...initiatorOf(work), reason }
  const running: string[] = []
  for (const workspace of await workspaces.lockWorkspacesOf(tx, userId)) {
    const { id, status } = workspace
    if (isBuilding(status)) {
      await builds.askCancel(tx, id)
      await announce(tx, platform, [id])
    } else if (status === 'running' || status === 'failed') {
      await beginBuild(tx, platform, workspace, 'stop', initiator)
    } else continue
    running.push(id)
    const attempt = { ...workspaceAttempt('stop', id), target: nameOf(workspace) }
    await recordAudit(work, { ...attempt, diff: { reason: { before: null, after: reason } } })
  }
  return running.length
}

/** Deletes what a user has, in one organization or in all, in the background. */
export async function deleteWorkspacesOf(
  work: Work,
  userId: string,
  reason: string,
  organizationId?: string,
): Promise<void> {
  const { tx, platform } = work
  const initiator = { ...initiatorOf(work), reason }
  for (const workspace of await workspaces.lockWorkspacesOf(tx, userId, organizationId)) {
    if (after(workspace.status, 'delete') === undefined) continue
    await builds.askCancel(tx, workspace.id)
    await beginBuild(tx, platform, workspace, 'delete', initiator)
    const attempt = { ...workspaceAttempt('enqueue', workspace.id), target: nameOf(workspace) }
    const lost = Object.entries({ ...fieldsOf(workspace), reason }).map(
      ([field, before]) => [field, { before, after: null }] as const,
    )
    await recordAudit(work, { ...attempt, diff: Object.fromEntries(lost) })
  }
}

/** The workspaces that a user has in an organization and that nobody deletes yet, locked. */
export async function lockOwnedIn(
  tx: Tx,
  userId: string,
  organizationId: string,
): Promise<readonly WorkspaceRecord[]> {
  const owned = await workspaces.lockWorkspacesOf(tx, userId, organizationId)
  return owned.filter(({ status }) => status !== 'deleting')
}

/** How many workspaces of a user there still are. */
export async function countOf(tx: Tx, userId: string): Promise<number> {
  const row = await tx
    .selectFrom('workspaces')
    .where('user_id', '=', userId)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirst()
  return row?.count ?? 0
}

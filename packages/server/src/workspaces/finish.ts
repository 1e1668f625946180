import { recordVisit } from '../audit/record.ts'
import type { Tx } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import { nameOf } from './attempt.ts'
import type { BuildRecord } from './build-store.ts'
import * as builds from './build-store.ts'
import type { BuildLog } from './build-log.ts'
import { announce, type BuildPayload } from './builds.ts'
import { printable } from './printable.ts'
import * as workspaces from './store.ts'
import { revokeToken } from './token.ts'
import { after, type WorkspaceEvent } from './transitions.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** A build that is under way, and what it is of. */
export interface Under {
  readonly platform: Platform
  readonly payload: BuildPayload
  readonly workspace: WorkspaceRecord
  readonly build: BuildRecord
  readonly log: BuildLog
}

export type Ending =
  | { readonly outcome: 'succeeded'; readonly digest?: string | undefined }
  | { readonly outcome: 'canceled' }
  | { readonly outcome: 'failed'; readonly reason: string }

/**
 * Ends a build: its status, its log, the status of its workspace and the audit entry of its end are
 * written together. Where somebody wants something else of the workspace meanwhile, that goes before.
 */
export async function finishBuild(under: Under, end: Ending): Promise<void> {
  const ending = end.outcome === 'failed' ? { ...end, reason: printable(end.reason) } : end
  const { platform, workspace, build, log } = under
  const runs = build.kind === 'start' && ending.outcome === 'succeeded'
  await platform.db.transaction().execute(async (tx) => {
    if (!runs) await revokeToken(tx, platform, workspace)
    const locked = await workspaces.lockWorkspace(tx, workspace.id)
    const now = platform.clock.now()
    await builds.setEnded(tx, build.id, ending.outcome, now)
    const status =
      locked?.build_id === build.id ? after(locked.status, eventOf(build, ending)) : undefined
    if (status !== undefined) {
      await workspaces.updateWorkspace(tx, workspace.id, {
        status,
        status_reason: ending.outcome === 'failed' ? ending.reason : '',
      })
    }
    if (runs) {
      const { digest } = ending as { digest?: string }
      await workspaces.updateWorkspace(tx, workspace.id, {
        image_digest: digest ?? null,
        last_built_at: now,
      })
    }
    await log.close(tx, lastLines(build, ending))
    await record(tx, under, ending)
  })
}

function eventOf(build: BuildRecord, ending: Ending): WorkspaceEvent {
  if (ending.outcome === 'failed') return 'fail'
  if (ending.outcome === 'canceled') return 'cancel'
  return build.kind === 'start' ? 'run' : 'end'
}

function lastLines(build: BuildRecord, ending: Ending) {
  const said = build.kind === 'start' ? 'The workspace is running' : 'The workspace is off'
  switch (ending.outcome) {
    case 'succeeded':
      return [{ type: 'done', message: said }] as const
    case 'canceled':
      return [
        { type: 'error', message: 'The build was canceled' },
        { type: 'done', message: 'Canceled' },
      ] as const
    case 'failed':
      return [
        { type: 'error', message: ending.reason },
        { type: 'done', message: 'Failed' },
      ] as const
  }
}

/** The end of what somebody asked for is theirs too (7). */
async function record(tx: Tx, under: Under, ending: Ending): Promise<void> {
  const { platform, payload, workspace, build } = under
  await recordVisit(
    tx,
    { platform, request: payload.request },
    {
      action: 'enqueue',
      resourceType: 'environment',
      resourceId: workspace.id,
      target: nameOf(workspace),
      outcome: ending.outcome === 'failed' ? 'failed' : 'success',
      actor: payload.actor,
      allowedBy: payload.allowed_by,
      diff: {
        [build.kind]: { before: build.id, after: ending.outcome },
        ...(ending.outcome === 'failed' ? { reason: { before: null, after: ending.reason } } : {}),
      },
    },
  )
}

/** Nothing is left of a workspace anywhere: its row goes, with its builds, logs and dev URLs. */
export async function finishDeletion({ platform, payload, workspace }: Under): Promise<void> {
  await platform.db.transaction().execute(async (tx) => {
    await revokeToken(tx, platform, workspace)
    if ((await workspaces.lockWorkspace(tx, workspace.id)) === undefined) return
    await workspaces.deleteWorkspace(tx, workspace.id)
    await announce(tx, platform, [workspace.id])
    await recordVisit(
      tx,
      { platform, request: payload.request },
      {
        action: 'delete',
        resourceType: 'environment',
        resourceId: workspace.id,
        target: nameOf(workspace),
        outcome: 'success',
        actor: payload.actor,
        allowedBy: payload.allowed_by,
      },
    )
  })
}

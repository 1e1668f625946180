import type { RequestFacts } from '../context.ts'
import type { Db, Tx, WorkspaceBuildsTable } from '../db/schema.ts'
import { enqueue } from '../jobs/queue.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import * as builds from './build-store.ts'
import * as workspaces from './store.ts'
import { after, type WorkspaceEvent } from './transitions.ts'
import { seriesOf, type WorkspaceRecord } from './workspace.ts'

type Kind = WorkspaceBuildsTable['kind']

export const buildJob = 'workspace.build'

/** Who wants a build, as the audit log will say when it has ended. */
export interface Initiator {
  /** Null: the platform itself. */
  readonly actor: { readonly id: string; readonly username: string; readonly email: string } | null
  /** Whose it is in the audit log, where nobody asked for it. */
  readonly attributedTo?: Initiator['actor']
  readonly request: RequestFacts
  /** By which mark, or for which schedule. */
  readonly allowedBy: string
  /** Why, where nobody asked for it. */
  readonly reason?: string
}

/** What the job of a build carries. */
export interface BuildPayload {
  readonly workspace_id: string
  readonly build_id: string
  readonly actor: Initiator['actor']
  readonly request: RequestFacts
  readonly allowed_by: string
}

const eventOf: Readonly<Record<Kind, WorkspaceEvent>> = {
  start: 'build',
  stop: 'stop',
  delete: 'delete',
}

/**
 * Puts a build of a locked workspace into the queue: from now on it is its newest one. Answers its id.
 * Where the status does not allow it, that is a mistake of the caller, who has asked the rules.
 */
export async function beginBuild(
  tx: Tx,
  platform: Platform,
  workspace: Pick<WorkspaceRecord, 'id' | 'status' | 'user_id'>,
  kind: Kind,
  initiator: Initiator,
): Promise<string> {
  const status = after(workspace.status, eventOf[kind])
  if (status === undefined) throw new Error(`no ${kind} of a workspace that is ${workspace.status}`)
  return queueBuild(tx, platform, { ...workspace, status }, kind, initiator)
}

/** The first build of a workspace that is `queued` from the beginning. */
export async function beginFirstBuild(
  tx: Tx,
  platform: Platform,
  workspace: Pick<WorkspaceRecord, 'id' | 'user_id'>,
  initiator: Initiator,
): Promise<string> {
  return queueBuild(tx, platform, { ...workspace, status: 'queued' }, 'start', initiator)
}

async function queueBuild(
  tx: Tx,
  platform: Platform,
  { id: workspaceId, user_id: owner, status }: Pick<WorkspaceRecord, 'id' | 'user_id' | 'status'>,
  kind: Kind,
  { actor, attributedTo = actor, request, allowedBy, reason = '' }: Initiator,
): Promise<string> {
  const now = platform.clock.now()
  const id = newId(now)
  await builds.insertBuild(tx, {
    id,
    workspace_id: workspaceId,
    kind,
    status: 'queued',
    initiator_id: actor?.id ?? null,
    reason,
    created_at: now,
  })
  await builds.forgetOldBuilds(tx, workspaceId, keptBuilds)
  await builds.appendLog(tx, id, [{ at: now, type: 'start', message: startOf[kind] }])
  await workspaces.updateWorkspace(tx, workspaceId, {
    build_id: id,
    status,
    status_reason: '',
    // Whoever may edit somebody else's workspace chooses what runs in it.
    ...(kind === 'start' && actor !== null ? { trusted: actor.id === owner } : {}),
  })
  const payload: BuildPayload = {
    workspace_id: workspaceId,
    build_id: id,
    actor: attributedTo,
    request,
    allowed_by: allowedBy,
  }
  await enqueue(tx, platform, buildJob, { ...payload }, seriesOf(workspaceId))
  await announce(tx, platform, [workspaceId])
  return id
}

/** Whoever builds again and again fills no database; what was asked for is in the audit log. */
const keptBuilds = 10

const startOf: Readonly<Record<Kind, string>> = {
  start: 'Building the workspace',
  stop: 'Stopping the workspace',
  delete: 'Deleting the workspace',
}

/** As many ids as a notification surely holds. */
const idsAtOnce = 100

/** Tells every server process that these workspaces changed, when this commits. */
export async function announce(
  tx: Tx | Db,
  platform: Platform,
  ids: readonly string[],
): Promise<void> {
  for (let from = 0; from < ids.length; from += idsAtOnce) {
    await platform.signals.send(tx, 'workspaces', { ids: ids.slice(from, from + idsAtOnce) })
  }
}

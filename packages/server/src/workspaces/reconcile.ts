import { sql } from 'kysely'
import type { Tx } from '../db/schema.ts'
import { recordVisit } from '../audit/record.ts'
import { enqueue } from '../jobs/queue.ts'
import { repeat, type Repeating } from '../jobs/repeat.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import type { FoundWorkspace, WorkspaceProvider } from '../provider/provider.ts'
import { ProviderFailure } from '../provider/provider.ts'
import { nameOf } from './attempt.ts'
import { announce, beginBuild, buildJob, type BuildPayload } from './builds.ts'
import * as workspaces from './store.ts'
import { after } from './transitions.ts'
import { seriesOf, type WorkspaceRecord } from './workspace.ts'

const pauseMilliseconds = 60_000
/** What ends sooner after its start is not started again: it would end again. */
const soonMilliseconds = 10 * 60_000

/** Makes what providers have match the database, for as long as the server runs. */
export function startReconciling(platform: Platform): Repeating {
  return repeat(platform.log, 'workspaces.reconcile_failed', pauseMilliseconds, () =>
    reconcile(platform),
  )
}

/**
 * Compares what every provider has with the database, once: of all processes one at a time. What ran
 * and does not is started again; what runs and should not is stopped; containers of no workspace are
 * removed, and homes of none are never; builds whose job is lost are put into the queue again.
 */
export async function reconcile(platform: Platform): Promise<void> {
  const connection = await platform.pool.connect()
  try {
    const lock = 'select pg_try_advisory_lock(hashtext($1)) as mine'
    const { rows } = await connection.query<{ mine: boolean }>(lock, [lockName])
    if (rows[0]?.mine !== true) return
    try {
      await takeUpLostBuilds(platform)
      const providers = await platform.db.selectFrom('workspace_providers').select('id').execute()
      // One that does not answer holds up no other.
      await Promise.all(providers.map(({ id }) => reconcileProvider(platform, id)))
    } finally {
      await connection.query('select pg_advisory_unlock(hashtext($1))', [lockName])
    }
  } finally {
    connection.release()
  }
}

const lockName = 'atelier workspaces'

/** A build that has not ended and that no job is about, as after a part of a backup came back. */
async function takeUpLostBuilds(platform: Platform): Promise<void> {
  const { db, clock } = platform
  const lost = await db
    .selectFrom('workspaces')
    .innerJoin('workspace_builds as build', 'build.id', 'workspaces.build_id')
    .leftJoin('users as initiator', 'initiator.id', 'build.initiator_id')
    .where('build.status', 'in', ['queued', 'running'])
    .where(
      sql<boolean>`not exists (select 1 from jobs where jobs.series = 'workspace:' || workspaces.id)`,
    )
    .select(['workspaces.id', 'build.id as build', 'initiator.id as actor'])
    .select(['initiator.username', 'initiator.email'])
    .execute()
  for (const { id, build, actor, username, email } of lost) {
    platform.log.warn({ workspace: id, build }, 'workspaces.build_lost')
    const payload: BuildPayload = {
      workspace_id: id,
      build_id: build,
      actor: actor === null ? null : { id: actor, username: username ?? '', email: email ?? '' },
      request: { id: newId(clock.now()), ip: '', userAgent: 'reconciler' },
      allowed_by: 'reconciler',
    }
    await db
      .transaction()
      .execute((tx) => enqueue(tx, platform, buildJob, { ...payload }, seriesOf(id)))
  }
}

async function reconcileProvider(platform: Platform, providerId: string): Promise<void> {
  const { db, clock, log } = platform
  const began = clock.now().getTime()
  let provider: WorkspaceProvider
  let found: readonly FoundWorkspace[]
  try {
    provider = await platform.providers.of(providerId)
    found = await provider.list()
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error
    log.debug({ provider: providerId, reason: error.message }, 'workspaces.provider_away')
    return
  }
  // Read after the list: whatever the provider has begun to make since then is in the database before.
  const rows = await db
    .selectFrom('workspaces')
    .select(['id', 'provider_id', 'status'])
    .where((is) =>
      is.or([
        is('provider_id', '=', providerId),
        is('id', '=', is.fn.any(is.val(found.map(({ workspaceId }) => workspaceId)))),
      ]),
    )
    .execute()
  const known = new Map(rows.map((row) => [row.id, row]))
  const states = new Map(found.map(({ workspaceId, state }) => [workspaceId, state]))
  for (const { workspaceId, state } of found) {
    if (!known.has(workspaceId)) await clearUnknown(platform, provider, workspaceId, state)
  }
  for (const row of rows) {
    const runs = states.get(row.id) === 'running'
    const here = row.provider_id === providerId
    if (here && row.status === 'running' && !runs) await revive(platform, row.id, began)
    if (runs && (row.status === 'off' || row.status === 'failed')) {
      await stopAgain(platform, row.id, began)
    }
  }
}

/** What is of no workspace is removed, but for homes: those are somebody's work. */
async function clearUnknown(
  { log }: Platform,
  provider: WorkspaceProvider,
  workspaceId: string,
  state: FoundWorkspace['state'],
): Promise<void> {
  if (state === 'home_only') {
    log.info({ workspace: workspaceId }, 'workspaces.home_of_none')
    return
  }
  log.warn({ workspace: workspaceId, state }, 'workspaces.container_of_none')
  await provider.remove(workspaceId, 'home').catch((error: unknown) => {
    log.warn({ err: error, workspace: workspaceId }, 'workspaces.clear_failed')
  })
}

/** Starts what has stopped without being asked to, or says why not. */
async function revive(platform: Platform, id: string, listed: number): Promise<void> {
  await platform.db.transaction().execute(async (tx) => {
    const workspace = await workspaces.lockWorkspace(tx, id)
    if (workspace?.status !== 'running' || isNewer(workspace, listed)) return
    const started = Date.parse(workspace.last_built_at ?? '')
    if (workspace.owner_status !== 'active' || workspace.provider_cordoned_at !== null) {
      await settle(tx, platform, workspace, 'end', 'It stopped, and may not be started now')
    } else if (listed - started < soonMilliseconds) {
      const reason =
        'It stopped by itself soon after its start: look at its log, then start it again'
      await settle(tx, platform, workspace, 'fail', reason)
    } else await begin(tx, platform, workspace, 'start', 'It stopped, as when the engine restarts')
  })
}

async function stopAgain(platform: Platform, id: string, listed: number): Promise<void> {
  await platform.db.transaction().execute(async (tx) => {
    const workspace = await workspaces.lockWorkspace(tx, id)
    const isIdle = workspace?.status === 'off' || workspace?.status === 'failed'
    if (workspace === undefined || !isIdle || isNewer(workspace, listed)) return
    await begin(tx, platform, workspace, 'stop', 'It ran although it should not')
  })
}

/** Whether something happened to it since the provider was asked: then the answer is of before. */
function isNewer(workspace: WorkspaceRecord, listed: number): boolean {
  const { build_ended_at: ended } = workspace
  return ended !== null && Date.parse(ended) >= listed
}

async function begin(
  tx: Tx,
  platform: Platform,
  workspace: WorkspaceRecord,
  kind: 'start' | 'stop',
  reason: string,
): Promise<void> {
  const request = { id: newId(platform.clock.now()), ip: '', userAgent: 'reconciler' }
  const build = await beginBuild(tx, platform, workspace, kind, {
    actor: null,
    request,
    allowedBy: 'reconciler',
    reason,
  })
  const diff = { build: { before: null, after: build }, reason: { before: null, after: reason } }
  await record(tx, platform, workspace, request, kind === 'start' ? 'enqueue' : 'stop', diff)
}

async function settle(
  tx: Tx,
  platform: Platform,
  workspace: WorkspaceRecord,
  event: 'end' | 'fail',
  reason: string,
): Promise<void> {
  const status = after(workspace.status, event)
  if (status === undefined) return
  await workspaces.updateWorkspace(tx, workspace.id, { status, status_reason: reason })
  await announce(tx, platform, [workspace.id])
  const request = { id: newId(platform.clock.now()), ip: '', userAgent: 'reconciler' }
  const diff = {
    status: { before: workspace.status, after: status },
    reason: { before: null, after: reason },
  }
  await record(tx, platform, workspace, request, 'write', diff)
}

async function record(
  tx: Tx,
  platform: Platform,
  workspace: WorkspaceRecord,
  request: BuildPayload['request'],
  action: 'enqueue' | 'stop' | 'write',
  diff: Record<string, { before: unknown; after: unknown }>,
): Promise<void> {
  await recordVisit(
    tx,
    { platform, request },
    {
      action,
      resourceType: 'environment',
      resourceId: workspace.id,
      target: nameOf(workspace),
      outcome: 'success',
      actor: null,
      allowedBy: 'reconciler',
      diff,
    },
  )
}

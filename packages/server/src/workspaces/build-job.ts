import { type Job, TooEarly } from '../jobs/worker.ts'
import type { Platform } from '../platform/platform.ts'
import { ProviderFailure } from '../provider/provider.ts'
import type { BuildRecord } from './build-store.ts'
import * as builds from './build-store.ts'
import { type BuildLog, openLog } from './build-log.ts'
import type { BuildPayload } from './builds.ts'
import { finishBuild, finishDeletion, type Under } from './finish.ts'
import { startWorkspace } from './start.ts'
import * as workspaces from './store.ts'
import { after } from './transitions.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** How many builds one process has under way at once: a slow download holds up nobody else. */
export const buildsAtOnce = 50
const graceSeconds = 10
/** A stop whose engine does not answer is tried so often; a deletion for ever. */
const maxStops = 5
const maxWaitSeconds = 60

/**
 * Does what a build is about, from its beginning, also where a worker before did part of it: a provider
 * says what holds afterwards, whatever was before.
 */
export async function runBuild(platform: Platform, job: Job, leave: AbortSignal): Promise<void> {
  const payload = job.payload as unknown as BuildPayload
  const taken = await take(platform, payload)
  if (taken === undefined) return
  const { workspace, build, again } = taken
  const log = openLog(platform, workspace.id, build.id)
  if (again) log.stage('Going on after an interruption')
  const under: Under = { platform, payload, workspace, build, log }
  try {
    if (build.kind === 'start') await start(under, leave)
    else if (build.kind === 'stop') await stop(under, job)
    else await remove(under, job)
  } finally {
    await log.flush().catch(() => undefined)
  }
}

interface Taken {
  readonly workspace: WorkspaceRecord
  readonly build: BuildRecord
  /** Another worker had begun. */
  readonly again: boolean
}

/** Takes a build up; undefined where it has ended, or where nothing is left to do. */
async function take(platform: Platform, payload: BuildPayload): Promise<Taken | undefined> {
  const { workspace_id: id, build_id: buildId } = payload
  return platform.db.transaction().execute(async (tx) => {
    const workspace = await workspaces.lockWorkspace(tx, id)
    const build = workspace && (await builds.findBuild(tx, buildId))
    if (workspace === undefined || build === undefined) return undefined
    if (build.status !== 'queued' && build.status !== 'running') return undefined
    if (workspace.build_id === build.id) {
      const status = after(workspace.status, 'take')
      if (status === undefined)
        throw new Error(`a build of a workspace that is ${workspace.status}`)
      if (status !== workspace.status) await workspaces.updateWorkspace(tx, id, { status })
    }
    await builds.setRunning(tx, build.id, platform.clock.now())
    return { workspace, build, again: build.status === 'running' }
  })
}

async function start(under: Under, leave: AbortSignal): Promise<void> {
  const { platform, workspace, build, log } = under
  const canceled = await watchCancel(platform, workspace.id, build.id)
  const limit = AbortSignal.timeout(buildMilliseconds)
  try {
    canceled.signal.throwIfAborted()
    const digest = await startWorkspace(under, AbortSignal.any([leave, canceled.signal, limit]))
    await finishBuild(under, { outcome: 'succeeded', digest })
  } catch (error) {
    // The build goes on with the next worker.
    if (leave.aborted) throw error
    if (!(error instanceof ProviderFailure) && !canceled.signal.aborted && !limit.aborted) {
      if (await isDatabaseAway(platform)) throw error
      platform.log.error({ err: error, build: build.id }, 'workspaces.build_failed')
    }
    log.stage('Cleaning up')
    const reason = reasonOf(error, limit.aborted)
    const left = await stopQuietly(under)
    if (!canceled.signal.aborted) await finishBuild(under, { outcome: 'failed', reason })
    else if (left === undefined) await finishBuild(under, { outcome: 'canceled' })
    else await finishBuild(under, { outcome: 'failed', reason: left })
  } finally {
    canceled.stop()
  }
}

/** As in the original. */
const buildMilliseconds = 30 * 60_000

function reasonOf(error: unknown, tookTooLong: boolean): string {
  if (tookTooLong) return 'The build took more than 30 minutes and was ended'
  if (error instanceof ProviderFailure) return error.message
  return 'Something went wrong in the server: its log says more to the administrators'
}

async function isDatabaseAway({ db }: Platform): Promise<boolean> {
  return db
    .selectFrom('facts')
    .select('key')
    .limit(1)
    .execute()
    .then(
      () => false,
      () => true,
    )
}

/** Stops what may run of it; answers why that failed. */
async function stopQuietly({ platform, workspace }: Under): Promise<string | undefined> {
  try {
    const provider = await platform.providers.of(workspace.provider_id)
    await provider.stop(workspace.id, 1)
    return undefined
  } catch (error) {
    if (error instanceof ProviderFailure && error.code === 'not_found') return undefined
    platform.log.warn({ err: error, workspace: workspace.id }, 'workspaces.stop_failed')
    return error instanceof Error ? error.message : String(error)
  }
}

async function stop(under: Under, job: Job): Promise<void> {
  const { platform, workspace, log } = under
  log.stage('Stopping the programs')
  try {
    const provider = await platform.providers.of(workspace.provider_id)
    await provider.stop(workspace.id, graceSeconds)
  } catch (error) {
    if (error instanceof ProviderFailure && error.code === 'not_found') {
      log.detail('There was nothing to stop')
    } else if (error instanceof ProviderFailure && job.attempts >= maxStops) {
      await finishBuild(under, { outcome: 'failed', reason: error.message })
      return
    } else throw laterAfter(log, job, error)
  }
  await finishBuild(under, { outcome: 'succeeded' })
}

async function remove(under: Under, job: Job): Promise<void> {
  const { platform, workspace, log } = under
  log.stage('Deleting the container, its network and the home')
  try {
    const provider = await platform.providers.of(workspace.provider_id)
    await provider.remove(workspace.id, 'nothing')
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.code === 'not_found')) {
      throw laterAfter(log, job, error)
    }
  }
  await finishDeletion(under)
}

/** What a provider could not do now is tried again, the next time a little later. */
function laterAfter(log: BuildLog, job: Job, error: unknown): unknown {
  if (!(error instanceof ProviderFailure)) return error
  const seconds = Math.min(2 ** job.attempts, maxWaitSeconds)
  log.error(`${error.message} This is tried again.`)
  return new TooEarly(seconds, error.message)
}

/** Another process may have been asked: what it tells may get lost, so the database is asked too. */
const cancelPollMilliseconds = 2_000

async function watchCancel(platform: Platform, workspaceId: string, buildId: string) {
  const canceled = new AbortController()
  const look = async (): Promise<void> => {
    if (await builds.isCancelAsked(platform.db, buildId)) canceled.abort()
  }
  const lookQuietly = (): void => void look().catch(() => undefined)
  const timer = setInterval(lookQuietly, cancelPollMilliseconds)
  const deaf = platform.signals.on('workspaces', ({ ids }) => {
    if (ids.includes(workspaceId)) lookQuietly()
  })
  await look().catch(() => undefined)
  return {
    signal: canceled.signal,
    stop() {
      clearInterval(timer)
      deaf()
    },
  }
}

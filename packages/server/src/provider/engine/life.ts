import { normalize } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ProviderFailure } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import type { Engine } from './engine.ts'
import { closeNetworks, processesOf, signal } from './local.ts'
import { unmount } from './mounts.ts'
import type { Names } from './names.ts'
import type { ContainerInspect } from './wire.ts'

const pollMilliseconds = 25

/** The container of a workspace; `not_found` where there is none. */
export async function inspectContainer(
  client: EngineClient,
  names: Names,
): Promise<ContainerInspect> {
  try {
    return await client.ask<ContainerInspect>('GET', `/containers/${names.container}/json`)
  } catch (error) {
    if (!(error instanceof EngineFault && error.status === 404)) throw error
    throw new ProviderFailure('not_found', 'The engine does not have this workspace: build it.', {
      cause: error,
    })
  }
}

/**
 * Afterwards the container runs. Where this server can, metadata addresses are closed before its
 * first program begins.
 */
export async function startContainer(engine: Engine, names: Names): Promise<void> {
  const { client, facts, homes } = engine
  const before = await inspectContainer(client, names)
  if (before.State.Running) {
    if (facts.localRoot !== undefined) await closeNetworks(before.State.Pid)
    return
  }
  homes.beforeStart(names)
  if (facts.software === 'podman') {
    await initialise(engine, names)
    homes.filled(names)
  }
  await client.ask('POST', `/containers/${names.container}/start`)
  if (facts.software === 'docker' && facts.localRoot !== undefined) {
    // Only its waiting program has begun.
    await closeNetworks((await inspectContainer(client, names)).State.Pid)
  }
}

/** Everything but the start: namespaces, networks and mounts are there, and are what they should be. */
async function initialise({ client, facts, homes }: Engine, names: Names): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    await client.ask('POST', `/v4.0.0/libpod/containers/${names.container}/init`)
    if (facts.localRoot === undefined) return
    const { State: state } = await inspectContainer(client, names)
    await closeNetworks(state.Pid)
    if (homes.isIn(names, state.Pid)) return
    await client.ask('POST', `/containers/${names.container}/stop`, { query: { t: 0 } })
    if (attempt > 0) {
      throw new ProviderFailure(
        'failed',
        'The home of this workspace could not be mounted: build it again.',
      )
    }
    await homes.mount(names)
  }
}

/** Afterwards nothing of it runs. Its programs are told to end, and have the grace to do so. */
export async function stopContainer(
  engine: Engine,
  names: Names,
  graceSeconds: number,
): Promise<void> {
  const { client, facts, homes } = engine
  const { State: state } = await inspectContainer(client, names)
  if (facts.localRoot !== undefined && state.Running && graceSeconds > 0) {
    await endProcesses(state.Pid, graceSeconds)
  }
  const t = facts.localRoot === undefined ? graceSeconds : 0
  await client.ask('POST', `/containers/${names.container}/stop`, { query: { t } })
  await homes.endHolders(names)
}

const removals = 5

/** Afterwards the container is gone, running or not. */
export async function removeContainer(
  { client, facts }: Pick<Engine, 'client' | 'facts'>,
  names: Names,
): Promise<void> {
  for (let left = removals; ; left--) {
    try {
      await client.ask('DELETE', `/containers/${names.container}`, {
        // Podman would give its programs time to end, which nobody waits for.
        query: { force: true, v: false, timeout: 0 },
      })
      return
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error
      if (error.status === 404) return
      // A killed engine does not remember what it had mounted for a container.
      const mounted = busyPath(error, facts.localRoot)
      if (mounted === undefined || left === 0) throw error
      if (!(await unmount(mounted))) await delay(pollMilliseconds)
    }
  }
}

/** The path that kept the engine from removing a container, inside of its own folder. */
function busyPath({ message }: EngineFault, localRoot: string | undefined): string | undefined {
  const path = /unlinkat (\S+): device or resource busy/.exec(message)?.[1]
  if (path === undefined || localRoot === undefined) return undefined
  return normalize(path).startsWith(`${localRoot}/`) ? normalize(path) : undefined
}

/** The engine tells only the first process, whose end kills the others at once. */
async function endProcesses(first: number, graceSeconds: number): Promise<void> {
  // Shells with a terminal end by the second one only.
  for (const pid of processesOf(first)) {
    signal(pid, 'SIGTERM')
    signal(pid, 'SIGHUP')
  }
  for (let left = graceSeconds * 1000; left > 0; left -= pollMilliseconds) {
    if (processesOf(first).length === 0) return
    await delay(pollMilliseconds)
  }
}

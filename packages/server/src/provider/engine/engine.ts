import { ProviderFailure, type WorkspaceProvider } from '../provider.ts'
import { type EngineClient, EngineFault, openClient } from './client.ts'
import { containerOf } from './container.ts'
import type { EngineEndpoint } from './endpoint.ts'
import { runInContainer } from './exec.ts'
import { type EngineFacts, readFacts } from './facts.ts'
import { type Homes, imageHomes, volumeHomes } from './homes.ts'
import { inspectContainer, removeContainer, startContainer, stopContainer } from './life.ts'
import { killSession } from './local.ts'
import { listWorkspaces } from './list.ts'
import { type Names, namesOf, userLabel } from './names.ts'
import { ensureNetwork, removeNetwork } from './network.ts'
import { findImage } from './image.ts'

export interface EngineOptions {
  readonly endpoint: EngineEndpoint
  /** Labels all that is made, so that installations may share an engine. */
  readonly installationId: string
}

/** What every part of the provider works with. */
export interface Engine {
  readonly client: EngineClient
  readonly facts: EngineFacts
  readonly homes: Homes
  readonly installationId: string
  readonly names: (workspaceId: string) => Names
}

/** Runs workspaces as containers of an engine that speaks Docker's API: Podman or Docker. */
export function openEngine({ endpoint, installationId }: EngineOptions): WorkspaceProvider {
  const client = openClient(endpoint)
  const names = (workspaceId: string) => namesOf(installationId, workspaceId)
  let known: Promise<Engine> | undefined
  const engine = (): Promise<Engine> => {
    known ??= readFacts(client, endpoint)
      .then((facts) => {
        const homes =
          facts.localRoot !== undefined && facts.software === 'podman'
            ? imageHomes(client, facts.localRoot)
            : volumeHomes(client)
        return { client, facts, homes, installationId, names }
      })
      .catch((error: unknown) => {
        known = undefined
        throw error
      })
    return known
  }
  /** Runs with the engine; what it answers on purpose becomes a failure that can be read. */
  const using = async <T>(work: (engine: Engine) => Promise<T>): Promise<T> => {
    try {
      return await work(await engine())
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error
      throw new ProviderFailure('failed', `The engine refused: ${error.message}`, { cause: error })
    }
  }

  return {
    kind: 'engine',
    health: () => Promise.reject(new Error('not yet')),
    fetchImage: () => Promise.reject(new Error('not yet')),
    create: (spec, report) =>
      using(async ({ facts, homes }) => {
        const mine = names(spec.workspaceId)
        const image = await findImage(client, spec.image)
        await removeContainer(client, mine)
        await Promise.all([
          ensureNetwork(client, facts, mine),
          homes.ensure(mine, spec.diskGb, report),
        ])
        report('Creating the container')
        await client.ask('POST', '/containers/create', {
          query: { name: mine.container },
          body: containerOf(spec, mine, image, facts),
        })
      }),
    start: (workspaceId) => using((engine) => startContainer(engine, names(workspaceId))),
    stop: (workspaceId, graceSeconds = 10) =>
      using((engine) => stopContainer(engine, names(workspaceId), graceSeconds)),
    remove: (workspaceId, keep) =>
      using(async ({ homes }) => {
        const mine = names(workspaceId)
        await removeContainer(client, mine)
        await removeNetwork(client, mine)
        // Last: what is left over after a crash is found by its home.
        if (keep === 'nothing') await homes.remove(mine)
      }),
    exec: (workspaceId, command) =>
      using(async ({ facts }) => {
        const mine = names(workspaceId)
        const container = await inspectContainer(client, mine)
        if (!container.State.Running) throw notRunning()
        const user = container.Config.Labels?.[userLabel] ?? ''
        return runInContainer(
          client,
          {
            container: container.Id,
            user,
            kill: async (leader, mark) => {
              if (facts.localRoot !== undefined) killSession(container.State.Pid, leader, mark)
            },
          },
          command,
        )
      }),
    dial: () => Promise.reject(new Error('not yet')),
    stats: () => Promise.reject(new Error('not yet')),
    list: () => using(listWorkspaces),
    close: async () => {
      client.close()
    },
  }
}

function notRunning(): ProviderFailure {
  return new ProviderFailure('not_running', 'The workspace is not running: start it first.')
}

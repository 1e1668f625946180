import { ProviderFailure, type WorkspaceProvider } from '../provider.ts'
import { type EngineClient, EngineFault, openClient } from './client.ts'
import { execIn } from './command.ts'
import { containerOf } from './container.ts'
import { openDialer } from './dial.ts'
import type { EngineEndpoint } from './endpoint.ts'
import { type EngineFacts, readFacts } from './facts.ts'
import { pullImage } from './fetch-image.ts'
import { healthOf } from './health.ts'
import { chooseHomes, type Homes } from './homes.ts'
import { findImage } from './image.ts'
import { removeContainer, startContainer, stopContainer } from './life.ts'
import { listWorkspaces } from './list.ts'
import { type Names, namesOf } from './names.ts'
import { ensureNetwork, removeNetwork } from './network.ts'
import { openStats } from './stats.ts'

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
  const [dialer, stats] = [openDialer(), openStats()]
  let known: Promise<Engine> | undefined

  const find = async (): Promise<Engine> => {
    const facts = await readFacts(client, endpoint)
    return { client, facts, homes: chooseHomes(client, facts), installationId, names }
  }
  const engine = (): Promise<Engine> => {
    known ??= find().catch((error: unknown) => {
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
    health: () => {
      // What it was when it was asked last, another program may have taken the place of.
      known = undefined
      return using((engine) => Promise.resolve(healthOf(engine)))
    },
    fetchImage: (image, report, signal) =>
      using(({ facts }) => pullImage(client, facts, image, report, signal)),
    create: (spec, report) =>
      using(async (engine) => {
        const { facts, homes } = engine
        const mine = names(spec.workspaceId)
        const image = await findImage(client, spec.image)
        dialer.forget(spec.workspaceId)
        await removeContainer(engine, mine)
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
      using(async (engine) => {
        await stopContainer(engine, names(workspaceId), graceSeconds)
        dialer.forget(workspaceId)
      }),
    remove: (workspaceId, keep) =>
      using(async (engine) => {
        const { homes } = engine
        const mine = names(workspaceId)
        dialer.forget(workspaceId)
        stats.forget(workspaceId)
        await removeContainer(engine, mine)
        await homes.endHolders(mine)
        await removeNetwork(client, mine)
        // Last: what is left over after a crash is found by its home.
        if (keep === 'nothing') await homes.remove(mine)
      }),
    exec: (workspaceId, command) => using((engine) => execIn(engine, workspaceId, command)),
    dial: (workspaceId, port) => using((engine) => dialer.dial(engine, workspaceId, port)),
    stats: (workspaceId) => using((engine) => stats.read(engine, workspaceId)),
    list: () => using(listWorkspaces),
    close: async () => {
      dialer.forget()
      client.close()
    },
  }
}

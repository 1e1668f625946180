import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { processStart } from '../../db/lock-process.ts'
import { PortClosed, ProviderFailure } from '../provider.ts'
import type { Engine } from './engine.ts'
import { runningContainer } from './command.ts'
import { loopbackListeners } from './listening.ts'
import { type NamespaceDialer, openNamespace } from './namespace.ts'
import { dialByRelay } from './relay.ts'

/** A container that runs on this host. */
interface Place {
  readonly pid: number
  /** When its first process began: while that one lives, address and namespace are its own. */
  readonly began: string
  readonly address: string
  readonly inside: NamespaceDialer
}

/** Connects to ports of workspaces. */
export interface Dialer {
  dial(engine: Engine, workspaceId: string, port: number): Promise<Duplex>
  /** Lets go of what is kept of a workspace, or of all of them. */
  forget(workspaceId?: string): void
}

const patienceMilliseconds = 5_000

/**
 * Connects straight to the container's own address; where only its loopback is listened on, from inside
 * its network; and through a program in it where the engine is elsewhere.
 */
export function openDialer(): Dialer {
  const places = new Map<string, Place>()
  const forget = (workspaceId: string) => {
    places.get(workspaceId)?.inside.close()
    places.delete(workspaceId)
  }

  const placeOf = async (engine: Engine, workspaceId: string): Promise<Place> => {
    const known = places.get(workspaceId)
    if (known !== undefined && processStart(known.pid) === known.began) return known
    forget(workspaceId)
    const names = engine.names(workspaceId)
    const { State: state, NetworkSettings: settings } = await runningContainer(engine, workspaceId)
    const began = processStart(state.Pid)
    if (began === undefined)
      throw new ProviderFailure('not_running', 'The workspace has just ended.')
    const place = {
      pid: state.Pid,
      began,
      address: settings.Networks?.[names.network]?.IPAddress ?? '',
      inside: openNamespace(state.Pid),
    }
    // Another call may have been here meanwhile.
    forget(workspaceId)
    places.set(workspaceId, place)
    return place
  }

  return {
    async dial(engine, workspaceId, port) {
      if (engine.facts.localRoot === undefined) return dialByRelay(engine, workspaceId, port)
      const place = await placeOf(engine, workspaceId)
      const direct = await connectTo(place.address, port)
      if (direct !== undefined) return direct
      for (const host of loopbackListeners(place.pid, port)) {
        try {
          return await place.inside.connect(host, port)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw error
        }
      }
      throw new PortClosed(`Nothing listens on port ${port}.`)
    },
    forget(workspaceId) {
      for (const id of workspaceId === undefined ? [...places.keys()] : [workspaceId]) forget(id)
    },
  }
}

/** A connection, or undefined where the address refuses it. */
function connectTo(host: string, port: number): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true })
    const timer = setTimeout(() => {
      socket.destroy(new Error('no answer'))
    }, patienceMilliseconds)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      resolve(socket)
    })
    const failed = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      if (error.code === 'ECONNREFUSED') resolve(undefined)
      else {
        reject(
          new ProviderFailure('failed', `The workspace could not be reached: ${error.message}.`, {
            cause: error,
          }),
        )
      }
    }
    socket.once('error', failed)
  })
}

import type { WebSocket } from 'ws'
import { Fault } from '../faults.ts'
import type { LiveConnections } from '../http/live.ts'
import { accessEnded } from '../http/sockets.ts'
import type { Platform } from '../platform/platform.ts'
import { loginShell, type Size } from './shell.ts'
import * as workspaces from './store.ts'
import { createTerminal, type Terminal } from './terminal.ts'

/** Which shell: the page names its session. */
export interface TerminalAddress {
  readonly workspaceId: string
  readonly sessionId: string
}

export interface Viewing {
  /** The owner of the workspace: nobody else sees its terminals. */
  readonly userId: string
  readonly size: Size
  /** Decides again whether the viewer may look; throws where not. */
  readonly review: () => Promise<void>
}

/** The shells that this process has opened; those of other processes are not known here. */
export interface OpenTerminals {
  has(address: TerminalAddress): boolean
  /** Refuses another one where as many are looked at; one that nobody looks at would make room. */
  demandRoom(workspaceId: string): void
  /** Shows the terminal on a WebSocket; starts it where there is none. */
  show(address: TerminalAddress, providerId: string, socket: WebSocket, viewing: Viewing): void
  /** Ends all of them, so that the server can stop. */
  close(): Promise<void>
}

/** Of one workspace: more than anybody has tabs, and too few to fill a machine with shells. */
export const maxTerminals = 20
const defaultPatience = 10 * 60_000
const touchMilliseconds = 60_000
const closeMilliseconds = 1_500

/** Keeps shells for those who come back, for as long as they may. */
export function createOpenTerminals(
  platform: Platform,
  live: LiveConnections,
  patienceMilliseconds = defaultPatience,
): OpenTerminals {
  const { providers, clock, db, log } = platform
  const workspaceTerminals = new Map<string, Map<string, Terminal>>()
  /** Ends the watch over a terminal's right to be. */
  const forgetters = new WeakMap<Terminal, () => void>()

  const of = (workspaceId: string): Map<string, Terminal> =>
    workspaceTerminals.get(workspaceId) ?? new Map<string, Terminal>()

  const end = async (terminal: Terminal, code?: number): Promise<void> => {
    try {
      await terminal.end(code)
    } catch (error) {
      log.warn({ err: error }, 'terminal.end_failed')
    }
  }

  const start = ({ workspaceId, sessionId }: TerminalAddress, providerId: string, size: Size) => {
    const siblings = of(workspaceId)
    const left = [...siblings.values()].filter(({ attached }) => !attached)
    const oldest = left.sort((a, b) => (a.leftAt ?? 0) - (b.leftAt ?? 0))[0]
    if (siblings.size >= maxTerminals && oldest !== undefined) void end(oldest)
    workspaceTerminals.set(workspaceId, siblings)
    const terminal = createTerminal({
      start: async () => (await providers.of(providerId)).exec(workspaceId, loginShell(size)),
      patienceMilliseconds,
      log,
      onEnd: () => {
        forgetters.get(terminal)?.()
        if (siblings.get(sessionId) === terminal) siblings.delete(sessionId)
        if (siblings.size === 0) workspaceTerminals.delete(workspaceId)
      },
    })
    siblings.set(sessionId, terminal)
    return terminal
  }

  // Whoever works in a terminal uses the workspace: it is not stopped for being idle.
  const touching = setInterval(() => {
    const used = [...workspaceTerminals]
      .filter(([, terminals]) => [...terminals.values()].some(({ attached }) => attached))
      .map(([id]) => id)
    if (used.length === 0) return
    workspaces.touchConnections(db, used, clock.now()).catch((error: unknown) => {
      log.warn({ err: error }, 'terminal.touch_failed')
    })
  }, touchMilliseconds)
  touching.unref()

  return {
    has: ({ workspaceId, sessionId }) => of(workspaceId).has(sessionId),
    demandRoom(workspaceId) {
      const shown = [...of(workspaceId).values()].filter(({ attached }) => attached)
      if (shown.length < maxTerminals) return
      throw new Fault(
        'workspace.too_many_terminals',
        `This workspace has ${maxTerminals} open terminals: close one of them first`,
      )
    },
    show(address, providerId, socket, { userId, size, review }) {
      const { workspaceId, sessionId } = address
      const terminal = of(workspaceId).get(sessionId) ?? start(address, providerId, size)
      terminal.attach(socket, size)
      // Watched beyond this connection: what ends the right to look ends the shell too.
      forgetters.get(terminal)?.()
      const forget = live.add({
        userId,
        workspaceId,
        review,
        end: (why) => {
          // Where it could not be asked, whoever comes back is judged anew.
          if (why instanceof Fault) void end(terminal, accessEnded)
        },
      })
      forgetters.set(terminal, forget)
    },
    async close() {
      clearInterval(touching)
      const all = [...workspaceTerminals.values()].flatMap((terminals) => [...terminals.values()])
      const patience = new Promise((resolve) => setTimeout(resolve, closeMilliseconds).unref())
      await Promise.race([Promise.all(all.map((terminal) => end(terminal))), patience])
    },
  }
}

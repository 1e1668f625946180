import type { Platform } from '../platform/platform.ts'

/** A connection that stays open, and was allowed when it was opened. */
export interface LiveConnection {
  /** Whose credential opened it; null where anybody may. */
  readonly userId: string | null
  readonly workspaceId: string
  /** Decides again; throws where it would not be opened now. */
  readonly review: () => Promise<void>
  /** Closes it at once. */
  readonly end: (why: unknown) => void
}

/** Terminals, log streams and proxied connections: each is judged anew when what allowed it changes. */
export interface LiveConnections {
  /** Watches one from now on; answers how to forget it. */
  add(connection: LiveConnection): () => void
  /** Ends all of them, so that the server can stop. */
  close(): void
}

interface Watched {
  readonly connection: LiveConnection
  /** Where it is in the list; -1: no more. */
  at: number
}

/** Watches for changes of access, of workspaces and of settings, in every server process. */
export function createLiveConnections(platform: Platform): LiveConnections {
  const { signals, settings, log } = platform
  // A list without holes, in no order. Every request to a dev URL comes and goes here: what a `Set`
  // keeps of entries that are gone made each of them survive until the next great collection.
  const watched: Watched[] = []

  const forget = (one: Watched): boolean => {
    if (one.at < 0) return false
    const last = watched.pop()
    if (last !== undefined && last !== one) {
      last.at = one.at
      watched[one.at] = last
    }
    one.at = -1
    return true
  }
  const review = async (one: Watched): Promise<void> => {
    const { connection } = one
    try {
      await connection.review()
    } catch (error) {
      if (!forget(one)) return
      log.info({ workspace: connection.workspaceId, err: error }, 'live.ended')
      connection.end(error)
    }
  }
  const reviewAll = async (concerns: (one: LiveConnection) => boolean): Promise<void> => {
    await Promise.all(watched.filter(({ connection }) => concerns(connection)).map(review))
  }
  signals.on('access', ({ users }) =>
    reviewAll(({ userId }) => userId !== null && (users === 'all' || users.includes(userId))),
  )
  signals.on('workspaces', ({ ids }) => reviewAll(({ workspaceId }) => ids.includes(workspaceId)))
  signals.on('settings', async () => {
    // The signal says that they changed; what they are now is what is judged by.
    await settings.reload().catch(() => undefined)
    await reviewAll(() => true)
  })
  signals.onDoubt(() => void reviewAll(() => true))

  return {
    add(connection) {
      const one: Watched = { connection, at: watched.length }
      watched.push(one)
      return () => {
        forget(one)
      }
    },
    close() {
      for (const one of watched.splice(0)) {
        one.at = -1
        one.connection.end(new Error('the server stops'))
      }
    },
  }
}

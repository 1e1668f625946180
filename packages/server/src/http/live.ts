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

/** Watches for changes of access, of workspaces and of settings, in every server process. */
export function createLiveConnections(platform: Platform): LiveConnections {
  const { signals, settings, log } = platform
  const connections = new Set<LiveConnection>()

  const review = async (connection: LiveConnection): Promise<void> => {
    try {
      await connection.review()
    } catch (error) {
      if (!connections.delete(connection)) return
      log.info({ workspace: connection.workspaceId, err: error }, 'live.ended')
      connection.end(error)
    }
  }
  const reviewAll = async (concerns: (one: LiveConnection) => boolean): Promise<void> => {
    await Promise.all([...connections].filter(concerns).map(review))
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
      connections.add(connection)
      return () => connections.delete(connection)
    },
    close() {
      for (const connection of connections) connection.end(new Error('the server stops'))
      connections.clear()
    },
  }
}

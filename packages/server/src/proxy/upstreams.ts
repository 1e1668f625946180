import type { Duplex } from 'node:stream'
import { connect as tlsConnect } from 'node:tls'
import { Pool } from 'undici'
import type { Destination } from './directory.ts'

/** An app in a workspace, and how it speaks. */
export type App = Pick<Destination, 'workspace_id' | 'provider_id' | 'port' | 'scheme' | 'label'>

/** A connection to a port of a workspace; throws what the provider throws. */
export type Dial = (app: App) => Promise<Duplex>

/** Connections to apps, kept open between requests. */
export interface Upstreams {
  /** The connections to one app. */
  of(app: App): Pool
  /** One connection of its own. */
  connect(app: App): Promise<Duplex>
  /** Lets go of what is idle in these workspaces. */
  forget(workspaceIds: readonly string[]): void
  close(): Promise<void>
}

interface Kept {
  readonly workspaceId: string
  readonly pool: Pool
  usedAt: number
}

const idleMilliseconds = 60_000
/** An app that takes more at once makes the others wait. */
const maxConnections = 1024

/** Pools connections that `dial` makes; who speaks https is not asked for a certificate of anybody's. */
export function createUpstreams(dial: Dial): Upstreams {
  const pools = new Map<string, Kept>()

  const open = async (app: App): Promise<Duplex> => {
    const stream = await dial(app)
    if (app.scheme === 'http') return stream
    return new Promise((resolve, reject) => {
      // It never leaves the workspace, and an app for development has signed its certificate itself.
      const secure = tlsConnect({
        socket: stream,
        rejectUnauthorized: false,
        servername: app.label,
      })
      secure.once('secureConnect', () => {
        resolve(secure)
      })
      secure.once('error', reject)
      secure.once('close', () => {
        reject(new Error('the app ended the TLS handshake'))
      })
    })
  }

  const make = (app: App): Pool =>
    new Pool(`http://${app.label}`, {
      connections: maxConnections,
      // An app may think, or say nothing, for as long as its visitor waits.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, done) => {
        open(app).then(
          (stream) => {
            // It is no net.Socket; what the client uses of it, every stream has.
            done(null, stream as never)
          },
          (error: unknown) => {
            done(error instanceof Error ? error : new Error(String(error)), null)
          },
        )
      },
    })

  const letGo = (key: string, { pool }: Kept): void => {
    pools.delete(key)
    void pool.close().catch(() => undefined)
  }
  const timer = setInterval(() => {
    const before = performance.now() - idleMilliseconds
    for (const [key, kept] of pools) {
      if (kept.usedAt < before && kept.pool.stats.running === 0) letGo(key, kept)
    }
  }, idleMilliseconds / 2)
  timer.unref()

  return {
    connect: open,
    of(app) {
      const key = `${app.workspace_id} ${app.port} ${app.scheme} ${app.provider_id}`
      let kept = pools.get(key)
      if (kept === undefined) {
        kept = { workspaceId: app.workspace_id, pool: make(app), usedAt: 0 }
        pools.set(key, kept)
      }
      kept.usedAt = performance.now()
      return kept.pool
    },
    forget(workspaceIds) {
      for (const [key, kept] of pools) {
        if (workspaceIds.includes(kept.workspaceId)) letGo(key, kept)
      }
    },
    async close() {
      clearInterval(timer)
      await Promise.allSettled([...pools.values()].map(({ pool }) => pool.destroy()))
      pools.clear()
    },
  }
}

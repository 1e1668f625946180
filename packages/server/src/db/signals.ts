import { CompiledQuery, sql } from 'kysely'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '../platform/platform.ts'
import { newId } from '../platform/ids.ts'
import { heartbeatMilliseconds, leaseMilliseconds, startListener } from './listener.ts'
import type { Db, Tx } from './schema.ts'

/** What server processes tell each other, in the order of commits. */
export interface SignalTypes {
  /** The access of these users changed: role, status, memberships, sessions, keys. */
  access: { readonly users: readonly string[] | 'all'; readonly ended?: boolean }
  settings: Record<string, never>
  banners: Record<string, never>
  jobs: Record<string, never>
  /** How to come in at a workspace provider changed, or one is gone. */
  providers: Record<string, never>
  /** These workspaces, their builds or what is shared of them changed. */
  workspaces: { readonly ids: readonly string[] }
}

/** What it answers is awaited before this process says that it has heard. */
type Handler<K extends keyof SignalTypes> = (signal: SignalTypes[K]) => void | Promise<void>

/** LISTEN/NOTIFY between all server processes on one database. */
export interface Signals {
  /** Sends when the transaction commits, and only then; this process hears it too. */
  send<K extends keyof SignalTypes>(tx: Tx | Db, kind: K, signal: SignalTypes[K]): Promise<void>
  /** Answers how to hear no more. */
  on<K extends keyof SignalTypes>(kind: K, handler: Handler<K>): () => void
  /** Called when signals may have been missed: whatever was derived from them is in doubt. */
  onDoubt(handler: () => void): () => void
  /** Whether every signal committed until now has been, or will at once be, heard here. */
  trusted(): boolean
  /**
   * Waits until every living process has heard, and worked by, all that was committed before the
   * call. Never fails: what it waits for has been committed.
   */
  settle(): Promise<void>
  stop(): Promise<void>
}

const channel = 'atelier'
/** By then a process that does not answer has lost its lease. */
const leaseEndsMilliseconds = leaseMilliseconds + heartbeatMilliseconds
/** Postgres bounds a notification to 8,000 bytes: so many ids are in one. */
const maxIds = 150

interface Envelope {
  readonly kind: string
  readonly signal?: unknown
  readonly from: string
  readonly nonce?: string
}

/** Starts listening; resolves when signals are heard. Reconnects by itself for as long as it runs. */
export async function startSignals(
  db: Db,
  url: string,
  log: Log,
  now: () => Date,
): Promise<Signals> {
  const self = newId(now())
  const handlers = new Map<string, Set<(signal: never) => void | Promise<void>>>()
  const doubters = new Set<() => void>()
  const waiting = new Map<string, { missing: Set<string>; done: () => void }>()
  /** What handlers still do about signals that were heard. */
  const working = new Set<Promise<void>>()

  const hear = (payload: string): void => {
    const envelope = JSON.parse(payload) as Envelope
    if (envelope.kind === 'settle' && envelope.nonce !== undefined) {
      if (envelope.from !== self) void acknowledge(envelope.nonce)
      return
    }
    if (envelope.kind === 'heard' && envelope.nonce !== undefined) {
      const wait = waiting.get(envelope.nonce)
      wait?.missing.delete(envelope.from)
      if (wait?.missing.size === 0) wait.done()
      return
    }
    for (const handler of handlers.get(envelope.kind) ?? []) {
      const work = handler(envelope.signal as never)
      if (work === undefined) continue
      working.add(work)
      void work.catch(() => undefined).finally(() => working.delete(work))
    }
  }

  const doubt = (): void => {
    for (const handler of doubters) handler()
  }

  const listener = await startListener({
    url,
    channel,
    heartbeat: {
      text: `insert into server_processes (id, seen_at) values ($1, clock_timestamp())
             on conflict (id) do update set seen_at = excluded.seen_at`,
      values: [self],
    },
    log,
    now,
    hear,
    doubt,
  })

  // Not on the pool: requests that wait there for each other must not hold up a revocation.
  const tell = (envelope: Envelope) =>
    listener.ask('select pg_notify($1, $2)', [channel, JSON.stringify(envelope)])

  const acknowledge = async (nonce: string): Promise<void> => {
    await Promise.allSettled(working)
    await tell({ kind: 'heard', from: self, nonce }).catch((error: unknown) => {
      log.warn({ err: error }, 'signals.acknowledge_failed')
    })
  }

  /** The other processes that may trust what they remember; asking also hears all that came before. */
  const livingOthers = async (): Promise<readonly string[]> => {
    const text = `select id from server_processes
      where id <> $1 and seen_at > clock_timestamp() - make_interval(secs => $2)`
    const values = [self, leaseMilliseconds / 1000]
    const rows = await listener.ask<{ id: string }>(text, values).catch(async () => {
      const answer = await db.executeQuery<{ id: string }>(CompiledQuery.raw(text, values))
      return answer.rows
    })
    return rows.map(({ id }) => id)
  }

  /** Resolves when the others have acknowledged, or have lost their lease and trust nothing. */
  const acknowledgedBy = async (others: readonly string[]): Promise<void> => {
    if (others.length === 0) return
    const nonce = newId(now())
    const askThem = (): void => {
      tell({ kind: 'settle', from: self, nonce }).catch((error: unknown) => {
        log.warn({ err: error }, 'signals.settle_failed')
      })
    }
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(limit)
        clearInterval(again)
        waiting.delete(nonce)
        resolve()
      }
      const limit = setTimeout(done, leaseEndsMilliseconds)
      // Whoever was connecting anew, they or we, did not hear the first time.
      const again = setInterval(askThem, heartbeatMilliseconds)
      waiting.set(nonce, { missing: new Set(others), done })
      askThem()
    })
  }

  return {
    async send(tx, kind, signal) {
      for (const part of partsOf(signal)) {
        const envelope: Envelope = { kind, signal: part, from: self }
        await sql`select pg_notify(${channel}, ${JSON.stringify(envelope)})`.execute(tx)
      }
    },
    on(kind, handler) {
      const known = handlers.get(kind) ?? new Set()
      handlers.set(kind, known.add(handler))
      return () => known.delete(handler)
    },
    onDoubt(handler) {
      doubters.add(handler)
      return () => doubters.delete(handler)
    },
    trusted: () => listener.trusted(),
    async settle() {
      const others = await livingOthers().catch(() => undefined)
      // While the database is away it is not known who lives: then the leases of all must end.
      await (others === undefined ? delay(leaseEndsMilliseconds) : acknowledgedBy(others))
      await Promise.allSettled(working)
    },
    async stop() {
      await listener
        .ask('delete from server_processes where id = $1', [self])
        .catch(() => undefined)
      await listener.stop()
    },
  }
}

/** What is said of many, in notifications that Postgres takes; of very many users it is said of all. */
function* partsOf(signal: object): Generator<object> {
  const { users, ids } = signal as { users?: unknown; ids?: unknown }
  if (Array.isArray(users) && users.length > maxIds) yield { ...signal, users: 'all' }
  else if (!Array.isArray(ids)) yield signal
  else {
    for (let from = 0; from < ids.length; from += maxIds) {
      yield { ...signal, ids: ids.slice(from, from + maxIds) }
    }
  }
}

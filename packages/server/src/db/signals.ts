import { sql } from 'kysely'
import pg from 'pg'
import type { Log } from '../platform/platform.ts'
import { newId } from '../platform/ids.ts'
import type { Db, Tx } from './schema.ts'

/** What server processes tell each other, in the order of commits. */
export interface SignalTypes {
  /** The access of these users changed: role, status, memberships, sessions, keys. */
  access: { readonly users: readonly string[] | 'all'; readonly ended?: boolean }
  settings: Record<string, never>
  banners: Record<string, never>
  jobs: Record<string, never>
}

type Handler<K extends keyof SignalTypes> = (signal: SignalTypes[K]) => void

/** LISTEN/NOTIFY between all server processes on one database. */
export interface Signals {
  /** Sends when the transaction commits, and only then; this process hears it too. */
  send<K extends keyof SignalTypes>(tx: Tx | Db, kind: K, signal: SignalTypes[K]): Promise<void>
  on<K extends keyof SignalTypes>(kind: K, handler: Handler<K>): void
  /** Called when signals may have been missed: whatever was derived from them is in doubt. */
  onDoubt(handler: () => void): void
  /** Whether every signal committed until now has been, or will at once be, heard here. */
  trusted(): boolean
  /** Waits until every living process has heard all that was committed before the call. */
  settle(): Promise<void>
  stop(): Promise<void>
}

const channel = 'atelier'
/** A process that has not been heard of for so long trusts nothing that it remembers. */
const leaseMilliseconds = 5_000
const heartbeatMilliseconds = 1_000
/** Postgres bounds a notification to 8,000 bytes. */
const maxPayload = 7_500

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
  const handlers = new Map<string, ((signal: never) => void)[]>()
  const doubters: (() => void)[] = []
  const waiting = new Map<string, { missing: Set<string>; done: () => void }>()
  let client: pg.Client | undefined
  let trustedUntil = 0
  let stopped = false
  let timer: NodeJS.Timeout | undefined

  const hear = (payload: string): void => {
    const envelope = JSON.parse(payload) as Envelope
    if (envelope.kind === 'settle' && envelope.nonce !== undefined) {
      if (envelope.from !== self) acknowledge(envelope.nonce)
      return
    }
    if (envelope.kind === 'heard' && envelope.nonce !== undefined) {
      const wait = waiting.get(envelope.nonce)
      wait?.missing.delete(envelope.from)
      if (wait?.missing.size === 0) wait.done()
      return
    }
    for (const handler of handlers.get(envelope.kind) ?? []) handler(envelope.signal as never)
  }

  const acknowledge = (nonce: string): void => {
    void notify(db, { kind: 'heard', from: self, nonce }).catch((error: unknown) => {
      log.warn({ err: error }, 'signals.acknowledge_failed')
    })
  }

  const doubt = (): void => {
    trustedUntil = 0
    for (const handler of doubters) handler()
  }

  const beat = async (connected: pg.Client): Promise<void> => {
    const asked = performance.now()
    // On the listening connection: when this returns, every earlier notification has been heard.
    await connected.query(
      `insert into server_processes (id, seen_at) values ($1, clock_timestamp())
       on conflict (id) do update set seen_at = excluded.seen_at`,
      [self],
    )
    trustedUntil = asked + leaseMilliseconds
  }

  const schedule = (connected: pg.Client): void => {
    if (stopped || client !== connected) return
    timer = setTimeout(() => {
      beat(connected).then(
        () => {
          schedule(connected)
        },
        (error: unknown) => {
          lose(connected, error)
        },
      )
    }, heartbeatMilliseconds)
  }

  const lose = (connected: pg.Client, error: unknown): void => {
    if (client !== connected) return
    client = undefined
    doubt()
    if (stopped) return
    log.warn({ err: error }, 'signals.connection_lost')
    void connected.end().catch(() => undefined)
    retry()
  }

  const retry = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      connect().catch((error: unknown) => {
        log.warn({ err: error }, 'signals.connect_failed')
        retry()
      })
    }, heartbeatMilliseconds)
  }

  const connect = async (): Promise<void> => {
    const connected = new pg.Client({
      connectionString: url,
      application_name: 'atelier signals',
      keepAlive: true,
    })
    connected.on('notification', (message) => {
      if (client === connected && message.payload !== undefined) hear(message.payload)
    })
    connected.on('error', (error) => {
      lose(connected, error)
    })
    connected.on('end', () => {
      lose(connected, new Error('the connection ended'))
    })
    await connected.connect()
    client = connected
    try {
      await connected.query(`listen ${channel}`)
      await beat(connected)
    } catch (error) {
      client = undefined
      await connected.end().catch(() => undefined)
      throw error
    }
    schedule(connected)
  }

  await connect()

  return {
    async send(tx, kind, signal) {
      const envelope: Envelope = { kind, signal, from: self }
      const fits = JSON.stringify(envelope).length <= maxPayload
      await notify(tx, fits ? envelope : { ...envelope, signal: { ...signal, users: 'all' } })
    },
    on(kind, handler) {
      const known = handlers.get(kind) ?? []
      handlers.set(kind, [...known, handler])
    },
    onDoubt(handler) {
      doubters.push(handler)
    },
    trusted: () => client !== undefined && performance.now() < trustedUntil,
    async settle() {
      // This process too hears through its own listening connection, after the commit.
      const nonce = newId(now())
      const others = await livingProcesses(db)
      const missing = new Set(others.filter((id) => id !== self))
      const own = client?.query('select 1').catch(() => undefined)
      if (missing.size > 0) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(limit)
            waiting.delete(nonce)
            resolve()
          }
          // A process that does not answer has lost its lease by then and trusts nothing.
          const limit = setTimeout(done, leaseMilliseconds + heartbeatMilliseconds)
          waiting.set(nonce, { missing, done })
          void notify(db, { kind: 'settle', from: self, nonce }).catch((error: unknown) => {
            log.warn({ err: error }, 'signals.settle_failed')
          })
        })
      }
      await own
      if (client === undefined) doubt()
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      const connected = client
      client = undefined
      await connected
        ?.query('delete from server_processes where id = $1', [self])
        .catch(() => undefined)
      await connected?.end().catch(() => undefined)
    },
  }
}

async function notify(db: Tx | Db, envelope: Envelope): Promise<void> {
  await sql`select pg_notify(${channel}, ${JSON.stringify(envelope)})`.execute(db)
}

async function livingProcesses(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('server_processes')
    .select('id')
    .where(
      'seen_at',
      '>',
      sql<string>`clock_timestamp() - make_interval(secs => ${leaseMilliseconds / 1000})`,
    )
    .execute()
  return rows.map((row) => row.id)
}

import pg from 'pg'
import type { Log } from '../platform/platform.ts'

/** The connection on which a server process hears the others. */
export interface Listener {
  /** Asks on this connection: when it has answered, all that was committed before the call was heard. */
  ask<Row extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]>
  /** Whether everything committed until now has been, or will at once be, heard. */
  trusted(): boolean
  stop(): Promise<void>
}

export interface ListenerOptions {
  readonly url: string
  readonly channel: string
  /** Told to the database at each heartbeat, on the listening connection. */
  readonly heartbeat: { readonly text: string; readonly values: readonly unknown[] }
  readonly log: Log
  readonly now: () => Date
  readonly hear: (payload: string) => void
  /** Called when something may not have been heard: a connection was lost, or there is a new one. */
  readonly doubt: () => void
}

/** A process that has not been heard of for so long trusts nothing that it remembers. */
export const leaseMilliseconds = 5_000
export const heartbeatMilliseconds = 1_000

/** One connection, with its questions asked one after the other. */
interface Line {
  readonly client: pg.Client
  asking: Promise<unknown>
}

/** Starts listening; resolves when it hears. Connects anew by itself for as long as the process runs. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { log } = options
  let line: Line | undefined
  let trust = { line, until: 0, untilTime: 0 }
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let connecting = Promise.resolve()

  const ask = <Row extends pg.QueryResultRow>(
    on: Line,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> => {
    const answer = on.asking.then(() => on.client.query<Row>(text, [...values]))
    on.asking = answer.catch(() => undefined)
    return answer.then(({ rows }) => rows)
  }

  const beat = async (on: Line): Promise<void> => {
    const [asked, askedTime] = [performance.now(), options.now().getTime()]
    const { text, values } = options.heartbeat
    // When this returns, every earlier notification has been heard on the same connection.
    await ask(on, text, values)
    trust = {
      line: on,
      until: asked + leaseMilliseconds,
      // The other clock stands still while a machine sleeps.
      untilTime: askedTime + leaseMilliseconds,
    }
  }

  const later = (what: () => Promise<void>): void => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void what(), heartbeatMilliseconds)
  }

  const keepBeating = (on: Line): void => {
    later(async () => {
      try {
        await beat(on)
      } catch (error) {
        lose(on, error)
        return
      }
      if (line === on) keepBeating(on)
    })
  }

  const lose = (on: Line, error: unknown): void => {
    if (line !== on) return
    line = undefined
    options.doubt()
    void on.client.end().catch(() => undefined)
    if (stopped) return
    log.warn({ err: error }, 'signals.connection_lost')
    later(reconnect)
  }

  const reconnect = (): Promise<void> => {
    connecting = connect().catch((error: unknown) => {
      log.warn({ err: error }, 'signals.connect_failed')
      later(reconnect)
    })
    return connecting
  }

  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: 'atelier signals',
      keepAlive: true,
      connectionTimeoutMillis: leaseMilliseconds,
      query_timeout: leaseMilliseconds,
    })
    const on: Line = { client, asking: Promise.resolve() }
    client.on('notification', ({ payload }) => {
      if (!stopped && payload !== undefined) options.hear(payload)
    })
    client.on('error', (error) => {
      lose(on, error)
    })
    client.on('end', () => {
      lose(on, new Error('the connection ended'))
    })
    try {
      await client.connect()
      await ask(on, `listen ${options.channel}`, [])
      // What happened while nobody listened is not known.
      options.doubt()
      await beat(on)
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    line = on
    keepBeating(on)
  }

  await connect()

  return {
    ask: async (text, values) => {
      const on = line
      if (on === undefined) throw new Error('there is no listening connection')
      try {
        return await ask(on, text, values)
      } catch (error) {
        lose(on, error)
        throw error
      }
    },
    trusted: () =>
      line !== undefined &&
      trust.line === line &&
      performance.now() < trust.until &&
      options.now().getTime() < trust.untilTime,
    async stop() {
      stopped = true
      clearTimeout(timer)
      // A connection that is just being made would otherwise keep the process alive for ever.
      await connecting
      const on = line
      line = undefined
      await on?.client.end().catch(() => undefined)
    },
  }
}

import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from 'pino'
import { DatabaseAway } from './connect-failure.ts'
import { typeParsers } from './connect-types.ts'
import type { Database } from './schema.ts'

export interface ConnectOptions {
  /** How the server's connections are called in pg_stat_activity. */
  applicationName: string
  max?: number | undefined
  /** Told about connections that break while idle; without one they go to stderr. */
  log?: Pick<Logger, 'warn'> | undefined
}

export interface Connection {
  pool: pg.Pool
  /** Works on `pool`; end that, since `db.destroy()` does nothing before the first query. */
  db: Kysely<Database>
  /** Ends the pool. A query that waits in the database for longer is given up, and its transaction. */
  end(): Promise<void>
}

/** How the text of a statement begins that is planned once for each connection, under this name. */
const prepared = /^\/\* prepare: (\w+) \*\//

/** Prepares the few statements that are in the way of every change; see `prepared`. */
class Client extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this) as (...args: readonly unknown[]) => unknown
    this.query = ((text: unknown, ...rest: readonly unknown[]) => {
      const name = typeof text === 'string' ? prepared.exec(text)?.[1] : undefined
      return name === undefined ? query(text, ...rest) : query({ name, text, values: rest[0] })
    }) as typeof this.query
  }
}

const patienceMilliseconds = 1_000

/** What every session relies on, whatever the server's or the role's defaults are. */
const sessionSettings = '-c TimeZone=UTC -c DateStyle=ISO'

/** Opens a pool of connections to Postgres lazily, so that a wrong URL shows at the first query. */
export function connect(url: string, options: ConnectOptions): Connection {
  const { connectionString, given } = withoutOptions(url)
  const pool = new pg.Pool({
    Client,
    connectionString,
    options: `${given} ${sessionSettings}`.trim(),
    application_name: options.applicationName,
    max: options.max ?? 20,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
    types: typeParsers,
  })
  // Without a listener, an idle connection that Postgres ends would end this process too.
  pool.on('error', (error) => {
    if (pool.ending) return
    if (options.log) options.log.warn({ err: error }, 'db.connection_lost')
    else process.stderr.write(`db.connection_lost: ${error.message}\n`)
  })
  // The same within a transaction, where the query that is under way has failed already.
  const clients = new Set<pg.PoolClient>()
  pool.on('connect', (client) => {
    clients.add(client)
    client.on('error', () => undefined)
  })
  pool.on('remove', (client) => clients.delete(client))
  const end = async (): Promise<void> => {
    const patience = setTimeout(() => {
      for (const client of clients) void (client as pg.Client).end().catch(() => undefined)
    }, patienceMilliseconds)
    await pool.end()
    clearTimeout(patience)
  }
  const dialect = new PostgresDialect({
    pool: {
      connect: () =>
        pool.connect().catch((error: unknown) => {
          throw new DatabaseAway(error)
        }),
      end: () => pool.end(),
    },
  })
  return { pool, db: new Kysely<Database>({ dialect }), end }
}

/** pg lets the `options` in a URL replace ours, so they are taken out here and put before ours. */
function withoutOptions(url: string): { connectionString: string; given: string } {
  const [, text = ''] = /[?&]options=([^&]*)/.exec(url) ?? []
  return {
    connectionString: url.replace(/([?&])options=[^&]*&?/, '$1').replace(/[?&]$/, ''),
    given: decodeURIComponent(text.replaceAll('+', ' ')),
  }
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { pino } from 'pino'
import { connect } from '../src/db/connect.ts'
import { startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'

export interface Cluster {
  /**
   * Makes a migrated and filled database and answers its address; one of an earlier run is found
   * again where the data folder is kept.
   */
  database(name: string, fill?: (url: string) => Promise<void>): Promise<string>
  stop(): Promise<void>
}

// `scripts/bench.mjs` puts the migrations beside the bundle.
const migrationsDir = fileURLToPath(new URL('./migrations', import.meta.url))

/** Starts a Postgres as the server runs it, durable writes included; in BENCH_DATA_DIR, it is kept. */
export async function startCluster(): Promise<Cluster> {
  const kept = process.env['BENCH_DATA_DIR']
  const dataDir = kept ?? (await mkdtemp(join(tmpdir(), 'atelier-bench-')))
  const embedded = await startEmbedded({ dataDir, log: pino({ level: 'warn' }) })
  const stop = async () => {
    await embedded.stop()
    if (kept === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  // Whoever ended the measurement must not leave a Postgres behind.
  const abandon = () => void stop().finally(() => process.exit(1))
  const ends = ['disconnect', 'SIGINT', 'SIGTERM']
  for (const end of ends) process.once(end, abandon)
  return {
    async database(name, fill) {
      const found = await ask(embedded.url, `select from pg_database where datname = '${name}'`)
      if (found.length > 0) return withDatabase(embedded.url, name)
      // Called so only when it is whole, so that an interrupted run leaves nothing half filled.
      const draft = `${name}_draft`
      await ask(embedded.url, `drop database if exists ${draft} with (force)`)
      await ask(embedded.url, `create database ${draft} template template0 encoding 'UTF8'`)
      const { pool } = connect(withDatabase(embedded.url, draft), { applicationName: 'bench' })
      await migrate(pool, migrationsDir)
      await pool.end()
      await fill?.(withDatabase(embedded.url, draft))
      await ask(embedded.url, `alter database ${draft} rename to ${name}`)
      return withDatabase(embedded.url, name)
    },
    async stop() {
      for (const end of ends) process.off(end, abandon)
      await stop()
    },
  }
}

async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows as unknown[]
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

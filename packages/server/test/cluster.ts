import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { pino } from 'pino'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { connect } from '../src/db/connect.ts'
import { startEmbedded } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL of the cluster that this run tests against. */
    clusterUrl: string
    /** The migrated database that every test database is a copy of. */
    templateDatabase: string
  }
}

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

const migrationsDir = fileURLToPath(new URL('../migrations', import.meta.url))

/**
 * The global setup of vitest: provides one migrated cluster for the whole run, at TEST_DATABASE_URL
 * or else a new embedded one, and answers what takes it away again.
 */
export async function setup(project: Pick<TestProject, 'provide'>): Promise<() => Promise<void>> {
  const cluster = await startCluster()
  const template = `atelier_template_${randomBytes(6).toString('hex')}`
  await makeTemplate(cluster.url, template)
  project.provide('clusterUrl', cluster.url)
  project.provide('templateDatabase', template)
  return async () => {
    await administer(cluster.url, `alter database ${template} is_template false`)
    await administer(cluster.url, `drop database ${template}`)
    await cluster.stop()
  }
}

/**
 * Makes a database of a test's own, migrated unless it should be `empty`; `drop` also ends the
 * connections that are left to it.
 */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const clusterUrl = inject('clusterUrl')
  const name = `atelier_test_${randomBytes(8).toString('hex')}`
  const template = empty ? 'template0' : inject('templateDatabase')
  await administer(
    clusterUrl,
    `create database ${name} template ${template} encoding 'UTF8' strategy file_copy`,
  )
  return {
    url: withDatabase(clusterUrl, name),
    drop: () => administer(clusterUrl, `drop database if exists ${name} with (force)`),
  }
}

async function startCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { url: given, stop: () => Promise.resolve() }
  const dataDir = await mkdtemp(join(tmpdir(), 'atelier-test-'))
  const embedded = await startEmbedded({ dataDir, log: pino({ level: 'warn' }), fsync: false })
  const watcher = stopWhenKilled(dataDir)
  return {
    url: embedded.url,
    async stop() {
      await embedded.stop()
      watcher.kill()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** A test run that is killed must not leave its Postgres behind: its end closes this one's stdin. */
function stopWhenKilled(dataDir: string) {
  const script =
    'cat > /dev/null; pid=$(head -n 1 "$0/postgres/postmaster.pid"); kill -INT "$pid"; ' +
    'while kill -0 "$pid"; do sleep 0.1; done; rm -rf "$0"'
  const watcher = spawn('/bin/sh', ['-c', script, dataDir], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  return watcher
}

/** Nobody can connect to the template once it is ready, so that it can be copied at any time. */
async function makeTemplate(clusterUrl: string, name: string): Promise<void> {
  await administer(clusterUrl, `create database ${name} template template0 encoding 'UTF8'`)
  const { pool } = connect(withDatabase(clusterUrl, name), { applicationName: 'atelier-test' })
  await migrate(pool, migrationsDir)
  await pool.end()
  await administer(clusterUrl, `alter database ${name} allow_connections false is_template true`)
}

async function administer(clusterUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: clusterUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

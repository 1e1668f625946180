import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { preparePostgresFiles } from '../../src/db/embedded-files.ts'
import { runsAsRoot, serviceAccount } from '../../src/db/service-account.ts'
import { type Served, serveProgram } from '../served.ts'
import { findFaults } from './load-check.ts'
import { admin, signIn, signUp } from './load-people.ts'
import { type LoadClient, newClient, runLoad } from './load.ts'

// A Postgres of the administrator's own is restarted under a server in use: nothing that was
// acknowledged is lost, whoever asks meanwhile is told to try again, and the server recovers by itself.

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)

let folder: string
let postgres: ChildProcess
let start: () => Promise<void>
let url: string
let server: Served
let clients: readonly LoadClient[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-restart-'))
  start = await initialise(folder)
  await start()
  url = `postgres://atelier@localhost/postgres?host=${encodeURIComponent(folder)}`
  server = await serveProgram({
    ATELIER_SECRET_KEY: '7'.repeat(64),
    ATELIER_DATA_DIR: join(folder, 'unused'),
    DATABASE_URL: url,
    ATELIER_ADMIN_EMAIL: admin.email,
    ATELIER_ADMIN_USERNAME: 'ann',
    ATELIER_ADMIN_PASSWORD: admin.password,
  })
  const people = await signUp(server.url, 6)
  clients = people.map((who, index) => newClient(`c${index}`, who, seed + index))
})

afterAll(async () => {
  await server.end('SIGTERM')
  await stop('SIGINT')
  await rm(folder, { recursive: true })
})

/** Makes a cluster, of the oldest Postgres that is installed or else the embedded one. */
async function initialise(path: string): Promise<() => Promise<void>> {
  const account = runsAsRoot() ? await serviceAccount() : undefined
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid }
  if (account !== undefined) chownSync(path, account.uid, account.gid)
  const installed = ['15', '16', '17', '18']
    .map((major) => `/usr/lib/postgresql/${major}/bin`)
    .find((programs) => existsSync(join(programs, 'initdb')))
  const files =
    installed === undefined
      ? await preparePostgresFiles(join(path, 'cache'), account)
      : { initdb: join(installed, 'initdb'), postgres: join(installed, 'postgres') }
  const data = join(path, 'data')
  const args = ['-D', data, '-U', 'atelier', '--auth=trust', '-E', 'UTF8', '--locale=C']
  execFileSync(files.initdb, args, { ...as, cwd: '/', stdio: 'ignore' })
  return async () => {
    const settings = ['-c', 'listen_addresses=', '-c', 'log_min_messages=fatal']
    postgres = spawn(files.postgres, ['-D', data, '-k', path, ...settings], {
      ...as,
      cwd: '/',
      stdio: 'ignore',
    })
    for (;;) {
      if (postgres.exitCode !== null) throw new Error('Postgres did not start')
      if (await answers()) return
    }
  }
}

async function answers(): Promise<boolean> {
  const client = new pg.Client({ host: folder, user: 'atelier', database: 'postgres' })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end()
  }
}

/** A fast shutdown (SIGINT) ends all connections; an immediate one (SIGQUIT) is as a crash. */
async function stop(signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const gone = once(postgres, 'exit')
  postgres.kill(signal)
  await gone
}

async function readiness(): Promise<number> {
  return (await fetch(`${server.url}/readyz`)).status
}

/** Reads with sessions, keys and none, until told to end; answers every status but 200. */
async function readOn(whileTrue: () => boolean): Promise<number[]> {
  const seen = new Set<number>()
  const paths = [
    '/api/v0/users?limit=5',
    '/api/v0/audit?limit=5',
    '/api/v0/banners/shown',
    '/readyz',
  ]
  await Promise.all(
    paths.map(async (path, index) => {
      while (whileTrue()) {
        const token = clients[index + 2]?.token ?? ''
        const answer = await fetch(server.url + path, { headers: { 'session-token': token } })
        await answer.text()
        seen.add(answer.status)
        if (answer.status === 503) expect(answer.headers.get('retry-after')).toBe('2')
      }
    }),
  )
  return [...seen].filter((status) => status !== 200)
}

test.each(['SIGINT', 'SIGQUIT'] as const)(
  `a restart by %s under load: 503 meanwhile, nothing is lost (CRASH_SEED=${seed})`,
  async (signal) => {
    let isOver = false
    let restarted: Promise<void> | undefined
    const reading = readOn(() => !isOver)
    const { refused } = await runLoad({
      url: server.url,
      clients,
      changes: 1_000,
      acknowledged: (count) => {
        if (count === 40) restarted = stop(signal).then(start)
        return count < 40
      },
    })
    expect(refused).toEqual([])
    await restarted
    while ((await readiness()) !== 200);
    isOver = true
    // Not 500, and not 401 either: whoever is signed in stays so.
    expect(await reading).toEqual([503])

    const database = new pg.Client(url)
    await database.connect()
    const { faults } = await findFaults(database, clients)
    await database.end()
    expect(faults).toEqual([])
    const again = await runLoad({ url: server.url, clients, changes: 30, acknowledged: () => true })
    expect(again).toEqual({ count: 30, refused: [] })
  },
)

test('while it is away: /readyz and every request say 503, /healthz does not', async () => {
  const token = clients[0]?.token ?? ''
  await stop('SIGINT')
  expect(await readiness()).toBe(503)
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  const requests = [
    fetch(`${server.url}/api/v0/users/me`, { headers: { 'session-token': token } }),
    fetch(`${server.url}/api/v0/users/export`, { headers: { 'session-token': token } }),
    fetch(`${server.url}/api/v0/orgs`, {
      method: 'POST',
      headers: { 'session-token': token, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'never' }),
    }),
  ]
  for (const answer of await Promise.all(requests)) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await answer.json()).toMatchObject({
      code: 'server.unavailable',
      title: 'The database does not answer. Try again in a moment.',
    })
  }
  await expect(signIn(server.url, 'ann')).rejects.toMatchObject({ status: 503 })
  await start()
  while ((await readiness()) !== 200);
  await signIn(server.url, 'ann')
})

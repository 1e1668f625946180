import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findEmbedded, startEmbedded } from '../../src/db/embedded.ts'
import { findPostmaster } from '../../src/db/embedded-postmaster.ts'
import { runProgram, type Served, serveProgram } from '../served.ts'
import { findFaults } from './load-check.ts'
import { drawer, type LoadClient, newClient, runLoad } from './load.ts'
import { signUp } from './load-people.ts'

// Proof 8 of access control: the real program is killed in the middle of 1,000 mixed changes that
// come from eight people at once. Whatever it acknowledged is there afterwards with its audit entry,
// nothing is half there, and the chain of the log verifies.

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** Which changes come, and when the kill does; CRASH_SEED plays a failed run again. */
const seed = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)
const changes = 1_000
const draw = drawer(seed)
const moments = Array.from({ length: 6 }, () => 40 + draw(200))

let dataDir: string
let server: Served
let clients: readonly LoadClient[]

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-crash-'))
  server = await start()
  clients = (await signUp(server.url, 8)).map((who, index) =>
    newClient(`c${index}`, who, seed + index),
  )
})

afterAll(async () => {
  await server.end('SIGTERM')
  // A killed server leaves its Postgres running.
  const left = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) })
  await left.stop()
  await rm(dataDir, { recursive: true })
})

function environment() {
  return {
    ATELIER_DATA_DIR: dataDir,
    ATELIER_LOG_LEVEL: 'error',
    ATELIER_ADMIN_EMAIL: 'ann@example.com',
    ATELIER_ADMIN_USERNAME: 'ann',
    ATELIER_ADMIN_PASSWORD: 'correct horse battery',
  }
}

async function start(): Promise<Served> {
  return serveProgram(environment())
}

function postmaster(): number {
  return findPostmaster(join(dataDir, 'postgres'))?.pid ?? 0
}

/** Kills this process when the server has acknowledged so many changes; answers how many it did. */
async function loadUntilKilled(moment: number, victim: number): Promise<number> {
  const { count, refused } = await runLoad({
    url: server.url,
    clients,
    changes,
    acknowledged: (number) => {
      if (number === moment) process.kill(victim, 'SIGKILL')
      return number < moment
    },
  })
  expect(refused).toEqual([])
  return count
}

async function expectWhole(): Promise<void> {
  const database = new pg.Client(await findEmbedded(dataDir))
  await database.connect()
  const { faults, undecided } = await findFaults(database, clients)
  await database.end()
  expect(faults).toEqual([])
  // Otherwise nothing was under way when the kill came, and nothing is proved.
  expect(undecided).toBeGreaterThan(0)
  const verified = await runProgram(['audit', 'verify'], environment())
  expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('verified') as string })
}

test.each(moments.slice(0, 5))(
  `kill -9 of the server after %i acknowledged changes (CRASH_SEED=${seed})`,
  async (moment) => {
    const survivor = postmaster()
    const count = await loadUntilKilled(moment, server.pid)
    expect((await server.ended).code).toBe(null)
    expect([count >= moment, count < changes]).toEqual([true, true])
    expect(postmaster()).toBe(survivor)
    server = await start()
    expect(postmaster()).toBe(survivor)
    await expectWhole()
  },
)

test(`kill -9 of Postgres under a running server (CRASH_SEED=${seed})`, async () => {
  const victim = postmaster()
  const moment = moments[5] ?? 0
  const count = await loadUntilKilled(moment, victim)
  expect([count >= moment, count < changes]).toEqual([true, true])
  while ((await fetch(`${server.url}/readyz`)).status !== 200);
  expect(postmaster()).not.toBe(victim)
  await expectWhole()
})

test('a stop afterwards leaves nothing unsealed, and the same server goes on', async () => {
  expect((await server.end('SIGTERM')).code).toBe(0)
  const verified = await runProgram(['audit', 'verify'], environment())
  expect(verified).toMatchObject({
    code: 0,
    out: expect.stringContaining(' 0 not yet sealed') as string,
  })
  server = await start()
  const { count, refused } = await runLoad({
    url: server.url,
    clients,
    changes: 50,
    acknowledged: () => true,
  })
  expect({ count, refused }).toEqual({ count: 50, refused: [] })
})

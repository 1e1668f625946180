import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, watch } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import pg from 'pg'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forkChild } from '../../test/cluster-fork.ts'
import { limitLog } from './embedded-log.ts'
import { findPostmaster } from './embedded-postmaster.ts'
import { startEmbedded } from './embedded.ts'
import { runsAsRoot } from './service-account.ts'

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const log = pino({ level: 'silent' })
let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-embedded-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(text)
  await client.end()
  return rows
}

function postmasterPid(): number {
  return findPostmaster(join(dataDir, 'postgres'))?.pid ?? 0
}

test('the first start makes a database, and a restart finds what was in it', async () => {
  const first = await startEmbedded({ dataDir, log, fsync: false })
  expect(first.adopted).toBe(false)
  await query(first.url, `create table kept as select 'Ž' as letter`)
  expect(
    await query(
      first.url,
      `select name, setting from pg_settings
       where name in ('data_checksums', 'listen_addresses', 'server_encoding', 'TimeZone')
       order by lower(name)`,
    ),
  ).toEqual([
    { name: 'data_checksums', setting: 'on' },
    { name: 'listen_addresses', setting: '' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'TimeZone', setting: 'UTC' },
  ])
  // By code point, as every other C.UTF-8, but with the letters of every language.
  expect(
    await query(first.url, `select 'Z' < 'a' as ordered, lower('Ž') = 'ž' as lowered`),
  ).toEqual([{ ordered: true, lowered: true }])
  await first.stop()
  expect(postmasterPid()).toBe(0)

  const second = await startEmbedded({ dataDir, log, fsync: false })
  expect(second).toMatchObject({ url: first.url, adopted: false })
  expect(await query(second.url, 'select letter from kept')).toEqual([{ letter: 'Ž' }])
  await second.stop()

  expect((await stat(dataDir)).mode & 0o067).toBe(0)
  for (const name of ['postgres.password', 'postgres.log']) {
    expect((await stat(join(dataDir, name))).mode & 0o777).toBe(0o600)
  }
  expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log', 'postgres.password'])
})

test('adopts the Postgres of a server that was killed, and stops it in the end', async () => {
  const killed = forkChild('start', dataDir)
  const { url = '', adopted } = await killed.answer
  expect(adopted).toBe(false)
  await query(url, 'create table kept as select 1 as n')
  const pid = postmasterPid()
  await killed.end('SIGKILL')
  expect(postmasterPid()).toBe(pid)

  const heir = await startEmbedded({ dataDir, log })
  expect(heir).toMatchObject({ url, adopted: true })
  expect(postmasterPid()).toBe(pid)
  expect(await query(heir.url, 'select n from kept')).toEqual([{ n: 1 }])
  await heir.stop()
  expect(postmasterPid()).toBe(0)
})

test('recovers what was committed when Postgres and the server were killed', async () => {
  const killed = forkChild('start', dataDir)
  const { url = '' } = await killed.answer
  await query(url, 'create table kept as select 1 as n')
  process.kill(postmasterPid(), 'SIGKILL')
  await killed.end('SIGKILL')
  // The number of the dead postmaster may belong to any other process by now: here, this one.
  const pidFile = join(dataDir, 'postgres', 'postmaster.pid')
  const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n')
  await writeFile(pidFile, [String(process.pid), ...rest].join('\n'))

  const next = await startEmbedded({ dataDir, log })
  expect(next.adopted).toBe(false)
  expect(await query(next.url, 'select n from kept')).toEqual([{ n: 1 }])
  await next.stop()
})

test('restarts a Postgres that dies under a running server, at the same address', async () => {
  const lines = new PassThrough({ encoding: 'utf8' })
  const embedded = await startEmbedded({ dataDir, log: pino(lines), fsync: false })
  await query(embedded.url, 'create table kept as select 1 as n')
  lines.resume().read()
  process.kill(postmasterPid(), 'SIGKILL')
  for await (const line of lines) if (String(line).includes('postgres.restarted')) break
  expect(await query(embedded.url, 'select n from kept')).toEqual([{ n: 1 }])
  await embedded.stop()
  expect(postmasterPid()).toBe(0)
})

test('starts over when a server was killed while it made the database', async () => {
  const watcher = watch(dataDir)
  const killed = forkChild('start', dataDir)
  for (;;) {
    const [, name] = (await once(watcher, 'change')) as [string, string]
    if (name.startsWith('postgres.new-')) break
  }
  watcher.close()
  await killed.end('SIGKILL')
  expect(existsSync(join(dataDir, 'postgres'))).toBe(false)

  const next = await startEmbedded({ dataDir, log, fsync: false })
  expect(await query(next.url, 'select 1 as n')).toEqual([{ n: 1 }])
  await next.stop()
  expect((await readdir(dataDir)).filter((name) => name.includes('new'))).toEqual([])
})

test('listens on 127.0.0.1 where the path is too long for a socket', async () => {
  const long = join(dataDir, 'a'.repeat(60), 'b'.repeat(30))
  // As root, the account that runs Postgres has to get there.
  await chmod(dataDir, 0o711)
  await mkdir(join(dataDir, 'a'.repeat(60)))
  const embedded = await startEmbedded({ dataDir: long, log, fsync: false })
  expect(embedded.url).toMatch(/@127\.0\.0\.1:\d+\/atelier\?sslmode=disable$/)
  expect(await query(embedded.url, 'select 1 as n')).toEqual([{ n: 1 }])
  await embedded.stop()
})

test.runIf(runsAsRoot())('names the folder that the service account may not enter', async () => {
  const closed = await mkdtemp(join(dataDir, 'closed-'))
  await chmod(dataDir, 0o711)
  await expect(startEmbedded({ dataDir: join(closed, 'data'), log })).rejects.toMatchObject({
    code: 'data.unusable',
    message: expect.stringContaining(`may not enter ${closed}: choose`) as string,
  })
})

test.runIf(runsAsRoot())(
  'says that the disk is full, and leaves nothing on it',
  async (context) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=700', 'atelier', dataDir], {
        stdio: 'pipe',
      })
    } catch {
      context.skip('a small disk can be mounted only with more privileges')
    }
    try {
      await expect(startEmbedded({ dataDir, log, fsync: false })).rejects.toMatchObject({
        code: 'postgres.initdb_failed',
        message: expect.stringMatching(
          /^The disk that holds .* is full: .*\n[^]*No space left/,
        ) as string,
      })
      expect(await readdir(dataDir)).toEqual(['postgres.password'])
    } finally {
      execFileSync('umount', [dataDir])
    }
  },
)

test('refuses a database of another Postgres, and one whose password is gone', async () => {
  const folder = join(dataDir, 'postgres')
  await mkdir(folder, { mode: 0o700 })
  await writeFile(join(folder, 'PG_VERSION'), '17\n')
  await expect(startEmbedded({ dataDir, log })).rejects.toThrow('postgres.password is gone')
  await writeFile(join(dataDir, 'postgres.password'), 'secret\n')
  await expect(startEmbedded({ dataDir, log })).rejects.toMatchObject({
    code: 'postgres.unsupported',
    message: expect.stringMatching(/made by Postgres 17 .* brings Postgres 18/) as string,
  })
})

test('keeps the log file below its limit', async () => {
  const path = join(dataDir, 'postgres.log')
  await writeFile(path, 'x'.repeat(100))
  limitLog(path, 100)
  expect((await stat(path)).size).toBe(100)
  limitLog(path, 99)
  expect((await stat(path)).size).toBe(0)
  expect((await stat(`${path}.1`)).size).toBe(100)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../cluster.ts'
import { type Served, serveProgram } from '../served.ts'
import { admin, signIn, signUp } from './load-people.ts'
import { openPage } from './page.ts'

// SIGTERM ends a server that is in use: what runs is finished and answered, what waits for ever is
// given up, and the exit code is 0. None of what is open here would end by itself.

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let database: TestDatabase
let dataDir: string
let server: Served
let holder: pg.Client
beforeEach(async () => {
  database = await createTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-stop-'))
  server = await serveProgram({
    ATELIER_DATA_DIR: dataDir,
    ATELIER_LOG_LEVEL: 'error',
    DATABASE_URL: database.url,
    ATELIER_ADMIN_EMAIL: admin.email,
    ATELIER_ADMIN_USERNAME: 'ann',
    ATELIER_ADMIN_PASSWORD: admin.password,
  })
  holder = new pg.Client(database.url)
  await holder.connect()
})
afterEach(async () => {
  await server.end('SIGKILL')
  await holder.end()
  await database.drop()
  await rm(dataDir, { recursive: true })
})

/** Waits until the server's transaction waits for a row that the holder has locked. */
async function untilWaiting(): Promise<void> {
  const watcher = new pg.Client(database.url)
  await watcher.connect()
  for (;;) {
    const { rows } = await watcher.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows.length > 0) break
  }
  await watcher.end()
}

/** A change of this person that waits until the holder lets go. */
async function begin(userId: string, token: string): Promise<{ answer: Promise<Response> }> {
  await holder.query('begin')
  await holder.query('select 1 from users where id = $1 for update', [userId])
  const answer = fetch(`${server.url}/api/v0/users/${userId}`, {
    method: 'PATCH',
    headers: { 'session-token': token, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Changed at the end' }),
  })
  void answer.catch(() => undefined)
  await untilWaiting()
  return { answer }
}

async function nameOf(userId: string): Promise<string | undefined> {
  const { rows } = await holder.query<{ name: string }>('select name from users where id = $1', [
    userId,
  ])
  return rows[0]?.name
}

test('with open pages and idle connections', async () => {
  const { token } = await signIn(server.url, 'ann')
  const pages = await Promise.all([openPage(server.url, token), openPage(server.url, token)])
  const stopped = await server.end('SIGTERM')
  expect(stopped).toMatchObject({ code: 0, err: '' })
  expect(await Promise.all(pages.map((page) => page.next()))).toEqual(['end', 'end'])
})

test('a change under way is finished and answered', async () => {
  const [one] = await signUp(server.url, 1)
  const { userId = '', token = '' } = one ?? {}
  const page = await openPage(server.url, token)
  const { answer } = await begin(userId, token)
  const stopped = server.end('SIGTERM')
  // The server has heard: it closes its pages first.
  expect(await page.next()).toBe('end')
  await holder.query('rollback')
  expect((await answer).status).toBe(200)
  expect(await stopped).toMatchObject({ code: 0, err: '' })
  expect(await nameOf(userId)).toBe('Changed at the end')
})

test('a change that waits for ever is given up, and is not done', async () => {
  const [one] = await signUp(server.url, 1)
  const { userId = '', token = '' } = one ?? {}
  const { answer } = await begin(userId, token)
  expect((await server.end('SIGTERM')).code).toBe(0)
  await expect(answer).rejects.toThrow()
  await holder.query('rollback')
  expect(await nameOf(userId)).toBe('manager-0')
})

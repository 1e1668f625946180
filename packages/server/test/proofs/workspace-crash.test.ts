import type { Client } from '@atelier/api'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findEmbedded, startEmbedded } from '../../src/db/embedded.ts'
import { openEngine } from '../../src/provider/engine/engine.ts'
import { run } from '../../src/workspaces/run.ts'
import { type TestEngine, useEngine } from '../engine.ts'
import { type Served, serveProgram } from '../served.ts'
import { addImage, addProvider } from '../workspace-world.ts'
import { admin, signIn } from './load-people.ts'

// The real program is killed in every stage of building, stopping and deleting a workspace: the next
// one finishes what was begun, the home is there, and nothing is left over.

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 })

let dataDir: string
let engine: TestEngine
let server: Served
let client: Client
let database: pg.Client
let installation: string
let body: { org_id: string; image_id: string }
let count = 0

const environment = () => ({
  ATELIER_DATA_DIR: dataDir,
  ATELIER_ENGINE: 'none',
  ATELIER_LOG_LEVEL: 'error',
  ATELIER_ADMIN_EMAIL: admin.email,
  ATELIER_ADMIN_USERNAME: 'ann',
  ATELIER_ADMIN_PASSWORD: admin.password,
})

const sql = async (text: string, values: readonly unknown[] = []): Promise<any[]> =>
  (await database.query(text, [...values])).rows

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-workspace-crash-'))
  engine = await useEngine()
  server = await serveProgram(environment())
  database = new pg.Client(await findEmbedded(dataDir))
  await database.connect()
  // The image of the engine is the one: none is looked for.
  await sql("insert into facts (key, value) values ('images.first', '')")
  const [fact] = await sql("select value from facts where key = 'installation.id'")
  installation = String(fact.value)
  const [{ id: organizationId }] = await sql('select id from organizations')
  if (engine.image.kind !== 'local') throw new Error('the engine has its image')
  const world = { sql, organizationId: organizationId as string }
  await addProvider(world, engine.url)
  const { reference } = engine.image
  body = { org_id: organizationId, image_id: await addImage(world, { reference }) }
  client = (await signIn(server.url, 'ann')).client
})

afterAll(async () => {
  await database.end()
  await server.end('SIGTERM')
  // A killed server leaves its Postgres running.
  const left = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) })
  await left.stop()
  await rm(dataDir, { recursive: true })
})

async function killAndRestart(): Promise<void> {
  await server.end('SIGKILL')
  server = await serveProgram(environment())
  client = (await signIn(server.url, 'ann')).client
}

const find = (id: string) => client.workspaces.get({ params: { workspace: id } })
const ended = ['running', 'off', 'failed']

async function untilEnded(id: string) {
  for (;;) {
    const workspace = await find(id)
    if (ended.includes(workspace.status)) return workspace
  }
}

async function create(): Promise<string> {
  const { id } = await client.workspaces.create({ body: { ...body, name: `w${++count}` } })
  expect((await untilEnded(id)).status).toBe('running')
  return id
}

async function inside(id: string, line: string): Promise<string> {
  const provider = openEngine({ endpoint: { url: engine.url }, installationId: installation })
  const printed: string[] = []
  const report = (text: string) => printed.push(text)
  const signal = AbortSignal.timeout(30_000)
  await run(provider, id, { argv: ['sh', '-c', line] }, { report, signal })
  await provider.close()
  return printed.join('\n')
}

/** What the engine keeps of this server: containers, networks and volumes by name. */
async function kept(): Promise<string[]> {
  const label = `label=atelier.installation=${installation}`
  const lists = await Promise.all([
    engine.podman('ps', '--all', '--filter', label, '--format', '{{.Names}}'),
    engine.podman('network', 'ls', '--filter', label, '--format', '{{.Name}}'),
    engine.podman('volume', 'ls', '--filter', label, '--format', '{{.Name}}'),
  ])
  return lists.flatMap((text) => text.split('\n').filter(Boolean)).sort()
}

/** Kills the server while a build is under way and its log is at this line. */
async function killAt(id: string, build: string, line: string): Promise<boolean> {
  for (;;) {
    const [row] = await sql(
      `select status, exists (select 1 from workspace_build_logs
         where build_id = $1 and message like $2) as there from workspace_builds where id = $1`,
      [build, `${line}%`],
    )
    if (row.there || row.status === 'succeeded') break
  }
  await server.end('SIGKILL')
  const [row] = await sql('select status from workspace_builds where id = $1', [build])
  server = await serveProgram(environment())
  client = (await signIn(server.url, 'ann')).client
  await untilEnded(id)
  return row.status === 'running'
}

test.each([
  'Getting the image',
  'Making the container',
  'Starting the container',
  'Preparing the home',
  'Running ~/personalize',
])('kill -9 while building, at “%s”', async (stage) => {
  const id = await create()
  await inside(
    id,
    `echo kept > ~/mine; printf '#!/bin/sh\\nsleep 1\\n' > ~/personalize; chmod +x ~/personalize`,
  )
  const before = await kept()
  let hit = false
  // A build is over in a moment: one that was not met in that stage proves nothing.
  while (!hit) {
    const { build } = await client.workspaces.update({ params: { workspace: id }, body: {} })
    hit = await killAt(id, build?.id ?? '', stage)
  }
  const workspace = await find(id)
  expect(workspace).toMatchObject({ status: 'running', build: { status: 'succeeded' } })
  const log = await client.workspaces.log({ params: { workspace: id } })
  const messages = log.map(({ msg }) => msg)
  expect(messages.filter((message) => message === 'Going on after an interruption')).toHaveLength(1)
  expect(messages.filter((message) => message === 'Running ~/personalize').length).toBeGreaterThan(
    0,
  )
  expect(log.at(-1)?.type).toBe('done')
  expect(log.filter(({ type }) => type === 'done')).toHaveLength(1)
  expect(await kept()).toEqual(before)
  expect(await inside(id, 'cat ~/mine')).toBe('kept')
  // One token, and it is the one that is in the workspace.
  const keys = await sql('select id from api_keys where application')
  const [row] = await sql('select api_key_id from workspaces where id = $1', [id])
  expect((await inside(id, 'cat ~/.config/coder/session')).slice(0, 10)).toBe(row.api_key_id)
  expect(keys.filter(({ id: key }) => key === row.api_key_id)).toHaveLength(1)
  await remove(id)
})

async function remove(id: string): Promise<void> {
  await client.workspaces.remove({ params: { workspace: id } })
  while ((await sql('select 1 from workspaces where id = $1', [id])).length > 0);
}

test('kill -9 while stopping: it is off afterwards', async () => {
  const id = await create()
  await client.workspaces.stop({ params: { workspace: id } })
  await killAndRestart()
  expect(await untilEnded(id)).toMatchObject({ status: 'off' })
  const label = `label=atelier.installation=${installation}`
  expect(await engine.podman('ps', '--quiet', '--filter', label)).toBe('')
  await remove(id)
})

test('kill -9 while deleting: everything goes, and one entry says so', async () => {
  const before = await kept()
  const id = await create()
  await client.workspaces.remove({ params: { workspace: id } })
  await killAndRestart()
  while ((await sql('select 1 from workspaces where id = $1', [id])).length > 0);
  expect(await kept()).toEqual(before)
  const entries = await sql(
    "select outcome from audit_log where resource_id = $1 and action = 'delete'",
    [id],
  )
  expect(entries).toEqual([{ outcome: 'success' }])
  expect(await sql('select id from api_keys where application')).toEqual([])
})

import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { useEngine } from '../../test/engine.ts'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addBuiltIn } from './built-in.ts'
import { checkDue } from './checks.ts'

let server: TestServer
let manager: Person
let endpoint: string
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-health-'))
  server = await startServer()
  manager = await server.person('site-manager', { organizations: {} })
  endpoint = (await useEngine()).url
}, 300_000)
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  await server.sql('delete from workspace_providers')
})

const path = '/api/private/resource-pools'
let count = 0

async function create(fields: object): Promise<any> {
  const body = { name: `Provider ${++count}`, ...fields }
  const answer = await manager.send('POST', path, body)
  expect(answer.status, answer.text).toBe(201)
  return answer.body
}

const seen = async (id: string) => (await manager.send('GET', `${path}/${id}`)).body

test('an engine is ready when it is added, with its version and what it has', async () => {
  expect(await create({ kind: 'engine', endpoint })).toMatchObject({
    status: 'ready',
    status_reason: '',
    status_version: expect.stringMatching(/^Podman \d/),
    capacity: { cpu_cores: expect.any(Number), memory_bytes: expect.any(Number) },
    checked_at: expect.any(String),
  })
})

test('so is a sandbox, and it says which limits it does not enforce', async () => {
  const sandbox = await create({ kind: 'sandbox' })
  expect(sandbox).toMatchObject({
    status: 'ready',
    endpoint: '',
    status_version: expect.stringMatching(/^bubblewrap \d/),
  })
  expect(sandbox.unenforced.join()).toContain('network')
})

test('a dead engine is noticed, with the reason, and so is that it is back', async () => {
  const socket = join(folder, 'engine.sock')
  let stand = await standIn(socket)
  const { id } = await create({ kind: 'engine', endpoint: `unix://${socket}` })
  expect(await seen(id)).toMatchObject({ status: 'ready', version: 1 })

  await closed(stand)
  // Not yet: it is asked when it is due.
  await checkDue(server.platform)
  expect((await seen(id)).status).toBe('ready')
  server.clock.advance(31_000)
  await checkDue(server.platform)
  const dead = await seen(id)
  expect(dead).toMatchObject({ status: 'error', version: 1 })
  expect(dead.status_reason).toContain(socket)
  // What was known of it is not forgotten.
  expect(dead.status_version).toMatch(/^Podman/)

  stand = await standIn(socket)
  const checked = await manager.send('POST', `${path}/${id}/check`)
  expect(checked.body).toMatchObject({ status: 'ready', status_reason: '' })
  await closed(stand)
  const entries = await server.sql(
    'select action from audit_log where resource_id = $1 order by id',
    [id],
  )
  // Nobody did the rest.
  expect(entries.map(({ action }) => action as string)).toEqual(['create', 'connect'])
})

test('what waits in vain is told so, and holds up no other', async () => {
  const socket = join(folder, 'other.sock')
  const stand = await standIn(socket)
  const [one, other] = [
    await create({ kind: 'engine', endpoint: `unix://${socket}` }),
    await create({ kind: 'engine', endpoint: 'unix:///nonexistent/engine.sock' }),
  ]
  await server.sql(
    `update workspace_providers set check_at = now() - interval '1 hour', status = 'pending'`,
  )
  await Promise.all([checkDue(server.platform), checkDue(server.platform)])
  expect([(await seen(one.id)).status, (await seen(other.id)).status]).toEqual(['ready', 'error'])
  await closed(stand)
})

test('the built-in one becomes what ATELIER_ENGINE says, at the first check', async () => {
  const found = { kind: 'engine', endpoint, tls: undefined } as const
  const platform = {
    ...server.platform,
    providers: { ...server.platform.providers, discover: () => Promise.resolve(found) },
  }
  await addBuiltIn(platform)
  await checkDue(platform)
  const [provider] = (await manager.send('GET', path)).body.kubernetes
  expect(provider).toMatchObject({ name: 'built-in', endpoint, status: 'ready', built_in: true })
})

test('where nothing is found the built-in one says what to do, and it is looked for again', async () => {
  await addBuiltIn(server.platform)
  await checkDue(server.platform)
  const [provider] = (await manager.send('GET', path)).body.kubernetes
  expect(provider).toMatchObject({ status: 'error', endpoint: '' })
  expect(provider.status_reason).toContain('ATELIER_ENGINE')
  const again = await manager.send('POST', `${path}/${provider.id}/check`)
  expect(again.body.status).toBe('error')
})

test('a provider that moved is asked at its new place from then on', async () => {
  const { id } = await create({ kind: 'engine', endpoint: 'unix:///nonexistent/engine.sock' })
  await expect((await server.platform.providers.of(id)).health()).rejects.toThrow()
  const moved = await manager.send('PATCH', `${path}/${id}`, { endpoint })
  expect(moved.body.status).toBe('ready')
  await server.platform.signals.settle()
  const provider = await server.platform.providers.of(id)
  expect((await provider.health()).version).toMatch(/^Podman/)
  expect(await server.platform.providers.of(id)).toBe(provider)
  // Another name is no other way to come in.
  await manager.send('PATCH', `${path}/${id}`, { name: 'Moved' })
  await server.platform.signals.settle()
  expect(await server.platform.providers.of(id)).toBe(provider)

  expect((await manager.send('DELETE', `${path}/${id}`)).status).toBe(204)
  await server.platform.signals.settle()
  await expect(server.platform.providers.of(id)).rejects.toMatchObject({ code: 'not_found' })
})

/** A socket that hands everything on to the engine, and may go away. */
async function standIn(socket: string): Promise<Server> {
  const stand = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming
    const asked = request(
      { socketPath: endpoint.slice('unix://'.length), method, path: url, headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(outgoing)
      },
    )
    incoming.pipe(asked)
  })
  rmSync(socket, { force: true })
  await new Promise<void>((resolve) => stand.listen(socket, resolve))
  return stand
}

async function closed(stand: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    stand.close(() => {
      resolve()
    })
    stand.closeAllConnections()
  })
}

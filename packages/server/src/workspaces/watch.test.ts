import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'
import { newId } from '../platform/ids.ts'
import * as builds from './build-store.ts'
import { announce } from './builds.ts'
import { watchLog } from './watch.ts'

// The log as a WebSocket, with lines that the test writes as a build would.

let server: TestServer
let ann: Person
let workspace: string
let build: string
const open: WebSocket[] = []
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  ann = await server.person()
  workspace = await addWorkspace(server, {
    owner: ann.id,
    organization: server.organizationId,
    status: 'building',
  })
  build = newId(new Date())
  await server.sql(
    `with build as (insert into workspace_builds (id, workspace_id, kind, status, created_at)
       values ($1, $2, 'start', 'running', now()) returning id)
     update workspaces set build_id = $1 where id = $2`,
    [build, workspace],
  )
})
afterEach(() => {
  for (const socket of open.splice(0)) socket.terminate()
})

type Type = 'start' | 'stage' | 'substage' | 'done'

async function write(...messages: readonly (readonly [Type, string])[]): Promise<void> {
  const { db } = server.platform
  const lines = messages.map(([type, message]) => ({ at: new Date(), type, message }))
  await db.transaction().execute(async (tx) => {
    await builds.appendLog(tx, build, lines)
    await announce(tx, server.platform, [workspace])
  })
}

const address = (url = server.url) =>
  `${url.replace('http', 'ws')}/api/private/workspaces/${workspace}/watch-update`

/** Opens the log; its lines come as they are read. */
function watch(headers: Record<string, string> = { 'session-token': ann.token }, url?: string) {
  const socket = new WebSocket(address(url), { headers })
  open.push(socket)
  const lines: { type: string; msg: string; build_id: string }[] = []
  socket.on('message', (data: Buffer) => {
    lines.push(JSON.parse(data.toString()))
    socket.emit('line')
  })
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(([code]) => code as number)
  return {
    socket,
    lines,
    closed,
    async until(count: number) {
      while (lines.length < count) await once(socket, 'line')
    },
  }
}

/** How an upgrade is refused. */
async function refusalOf(headers: Record<string, string>) {
  const socket = new WebSocket(address(), { headers })
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, any]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return [answer.statusCode, JSON.parse(text).code]
}

test('the whole log comes, past and present, each line once, until it is done', async () => {
  await write(['start', 'one'], ['stage', 'two'])
  const early = watch()
  await early.until(2)
  await write(['substage', 'three'])
  await early.until(3)
  await write(['stage', 'four'], ['done', 'five'])
  expect(await early.closed).toBe(1000)
  const messages = ['one', 'two', 'three', 'four', 'five']
  expect(early.lines.map(({ msg }) => msg)).toEqual(messages)
  expect(early.lines[0]).toMatchObject({ type: 'start', build_id: build, workspace_id: workspace })

  const late = watch()
  expect(await late.closed).toBe(1000)
  expect(late.lines.map(({ msg }) => msg)).toEqual(messages)
})

test('lines that are written while the log is opened come once too', async () => {
  await write(['start', 'begin'])
  let number = 0
  const writing = (async () => {
    for (; number < 100; number++) await write(['substage', String(number)])
    await write(['done', 'end'])
  })()
  const watchers: ReturnType<typeof watch>[] = []
  while (number < 100 && watchers.length < 20) {
    watchers.push(watch())
    await watchers.at(-1)?.until(1)
  }
  await writing
  const wanted = ['begin', ...Array.from({ length: 100 }, (_, i) => String(i)), 'end']
  for (const watcher of watchers) {
    expect(await watcher.closed).toBe(1000)
    expect(watcher.lines.map(({ msg }) => msg)).toEqual(wanted)
  }
}, 60_000)

test('another server process tells what is written here', async () => {
  const second = await server.second()
  const watcher = watch(undefined, second.url)
  await write(['start', 'one'])
  await watcher.until(1)
  await write(['done', 'two'])
  expect(await watcher.closed).toBe(1000)
  await second.stop()
})

test('whoever does not read is waited for: no more than one line waits in memory', async () => {
  const text = 'x'.repeat(4_000)
  const many = Array.from({ length: 500 }, () => ['substage', text] as const)
  for (let part = 0; part < 20; part++) await write(...many)
  await write(['done', 'end'])
  const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(sockets, 'listening')
  const { port } = sockets.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  open.push(client)
  let lines = 0
  client.on('message', () => lines++)
  const [[sending]] = (await Promise.all([once(sockets, 'connection'), once(client, 'open')])) as [
    [WebSocket],
    unknown,
  ]
  client.pause()
  watchLog(server.platform, { id: workspace, build_id: build }, sending)
  // Until what the kernel takes is full.
  while (sending.bufferedAmount === 0) await turn()
  for (let i = 0; i < 2_000; i++) {
    expect(sending.bufferedAmount).toBeLessThan(2 * text.length)
    await turn()
  }
  client.resume()
  await once(client, 'close')
  expect(lines).toBe(10_001)
  sockets.close()
}, 60_000)

describe('who may not watch', () => {
  test('426: a plain GET; 404: a member who may not read it; 401: nobody', async () => {
    const path = `/api/private/workspaces/${workspace}/watch-update`
    const plain = await ann.send('GET', path)
    expect([plain.status, plain.body.code]).toEqual([426, 'request.upgrade_required'])
    const other = await server.person()
    expect(await refusalOf({ 'session-token': other.token })).toEqual([404, 'resource.not_found'])
    expect(await refusalOf({})).toEqual([401, 'session.required'])
  })

  test('403: a page of another site, which the browser lends the cookie', async () => {
    const cookie = `atelier_session=${ann.token}`
    for (const origin of ['https://evil.example', 'null', undefined]) {
      const headers = { cookie, ...(origin === undefined ? {} : { origin }) }
      expect(await refusalOf(headers)).toEqual([403, 'session.foreign_origin'])
    }
    const own = watch({ cookie, origin: server.url })
    await write(['done', 'end'])
    expect(await own.closed).toBe(1000)
  })
})

describe('an open log ends when what allowed it does', () => {
  const endings: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the owner is suspended', () => server.admin.send('POST', `/api/v0/users/${ann.id}/suspend`)],
    ['the owner signs out', () => ann.send('DELETE', '/api/v0/session')],
    [
      'the session is ended by an administrator',
      () => server.admin.send('POST', `/api/v0/users/${ann.id}/sign-out`),
    ],
    [
      'the owner is removed from the organization',
      async () => {
        await server.sql('update workspaces set user_id = $2 where id = $1', [
          workspace,
          server.admin.id,
        ])
        return server.admin.send(
          'DELETE',
          `/api/v0/orgs/${server.organizationId}/members/${ann.id}`,
        )
      },
    ],
  ]

  test.each(endings)('%s', async (_what, end) => {
    await write(['start', 'one'])
    const watcher = watch()
    await watcher.until(1)
    await end()
    expect(await watcher.closed).toBe(4403)
  })

  test('a manager of the organization becomes a mere member', async () => {
    const manager = await server.person('site-member', {
      organizations: { [server.organizationId]: 'organization-manager' },
    })
    await write(['start', 'one'])
    const watcher = watch({ 'session-token': manager.token })
    await watcher.until(1)
    await server.admin.send(
      'PUT',
      `/api/v0/orgs/${server.organizationId}/members/${manager.id}/role`,
      { role: 'organization-member' },
    )
    expect(await watcher.closed).toBe(4403)
  })
})

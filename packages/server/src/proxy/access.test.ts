import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { atMain, cookieOf, startWorld, type World } from '../../test/dev-url-world.ts'
import type { Person } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'

let world: World
let member: Person
let stranger: Person
let app: Awaited<ReturnType<World['app']>>
beforeAll(async () => {
  world = await startWorld()
  const { server } = world
  member = await server.person('site-member', { username: 'bob' })
  stranger = await server.person('site-member', {
    organizations: { [await server.organization()]: 'organization-super-manager' },
  })
  app = await world.app(4000, (_request, response) => {
    // A stream that stays open, so that what closes it can be seen.
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: here\n\n')
  })
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      socket.send(`echo ${data.toString()}`)
    })
  })
})
afterAll(() => world.stop())
beforeEach(async () => {
  const { server, workspace } = world
  await server.sql('delete from dev_urls')
  await server.sql('delete from settings')
  await server.platform.settings.reload()
  await server.sql(`update workspaces set status = 'running' where id = $1`, [workspace])
  await signal()
})

/** What part of the server that changes workspaces does, too. */
async function signal(): Promise<void> {
  const { signals, db } = world.server.platform
  await signals.send(db, 'workspaces', { ids: [world.workspace] })
  await signals.settle()
}

async function keyOf(person: Person): Promise<string> {
  const answer = await person.send('POST', '/api/v0/api-keys/me', { name: String(Math.random()) })
  return answer.body.key as string
}

/** The first of an answer, which may go on. */
async function begin(label: string, cookie?: string) {
  const asked = world.open(label, cookie === undefined ? {} : { cookie })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.on('error', () => undefined)
  return answer
}

/** However it ends. */
function closing(one: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => one.once('close', () => resolve()))
}

async function statusOf(label: string, cookie?: string): Promise<number> {
  const answer = await begin(label, cookie)
  answer.destroy()
  return answer.statusCode ?? 0
}

function socketTo(label: string, cookie: string | undefined, origin?: string): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${world.port}/`, {
    headers: {
      host: `${label}.localhost:${world.port}`,
      ...(cookie === undefined ? {} : { cookie }),
      ...(origin === undefined ? {} : { origin }),
    },
  })
}

describe('who opens what', () => {
  test.each([
    ['PRIVATE', { owner: 200, admin: 404, member: 404, stranger: 404, nobody: 401 }],
    ['ORG', { owner: 200, admin: 404, member: 200, stranger: 404, nobody: 401 }],
    ['AUTHED', { owner: 200, admin: 200, member: 200, stranger: 200, nobody: 401 }],
    ['PUBLIC', { owner: 200, admin: 200, member: 200, stranger: 200, nobody: 200 }],
  ])('%s', async (access, expected) => {
    const { server, owner } = world
    // In no organization: a site role opens nothing.
    const admin = await server.person('site-manager', { organizations: {} })
    const { label } = await world.devUrl(4000, { access })
    const people = { owner, admin, member, stranger }
    const found: Record<string, number> = { nobody: await statusOf(label) }
    for (const [name, person] of Object.entries(people)) {
      found[name] = await statusOf(label, `devurl_session=${await keyOf(person)}`)
    }
    expect(found).toEqual(expected)
  })

  test('the site’s maximum counts for dev URLs that are wider', async () => {
    const { label } = await world.devUrl(4000, { access: 'PUBLIC' })
    const levels = { private: true, org: true, authed: false, public: false }
    const put = await world.server.admin.send('PUT', '/api/private/devurls/config', levels)
    expect(put.body).toEqual(levels)
    expect(await statusOf(label)).toBe(401)
    expect(await statusOf(label, `devurl_session=${await keyOf(member)}`)).toBe(200)
    expect(await statusOf(label, `devurl_session=${await keyOf(stranger)}`)).toBe(404)
  })

  test('an API key opens with the scope for it only', async () => {
    const { label } = await world.devUrl(4000, { access: 'AUTHED' })
    const scoped = async (scopes: string[]) => {
      const answer = await member.send('POST', '/api/v0/api-keys/me', { name: scopes[0], scopes })
      return statusOf(label, `devurl_session=${String(answer.body.key)}`)
    }
    expect(await scoped(['users:read'])).toBe(404)
    expect(await scoped(['dev_urls:read'])).toBe(200)
  })
})

describe('signing in', () => {
  test('a browser is led to the main host and back, and its token opens this host', async () => {
    const { label, origin } = await world.devUrl(4000)
    const began = await world.visit(label, { page: true, path: '/deep?x=1' })
    expect(began.status).toBe(303)
    const there = new URL(began.headers.location ?? '')
    expect(there.origin).toBe(`http://localhost:${world.port}`)
    const main = await fetch(atMain(there.href), {
      redirect: 'manual',
      headers: { cookie: `atelier_session=${world.owner.token}` },
    })
    const back = new URL(main.headers.get('location') ?? '')
    expect(back.origin).toBe(origin)
    const ended = await world.visit(label, {
      page: true,
      path: back.pathname + back.search,
      cookie: cookieOf(began),
    })
    expect(ended.headers['set-cookie']?.[0]).toMatch(
      /^atelier_dev_url=[^;]+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/,
    )
    const arrived = new URL(ended.headers.location ?? '')
    const last = await world.visit(label, {
      page: true,
      path: arrived.pathname + arrived.search,
      cookie: cookieOf(ended),
    })
    expect(last.headers.location).toBe(`${origin}/deep?x=1`)
    expect(await statusOf(label, cookieOf(ended))).toBe(200)
  })

  test('whoever is not signed in signs in first; nobody is led to what they may not open', async () => {
    const { label } = await world.devUrl(4000)
    const began = await world.visit(label, { page: true })
    const address = atMain(began.headers.location)
    const anonymous = await fetch(address, { redirect: 'manual' })
    expect(anonymous.headers.get('location')).toMatch(/^\/sign-in\?next=%2Fdev-url-auth%3F/)
    const other = await fetch(address, {
      redirect: 'manual',
      headers: { cookie: `atelier_session=${member.token}`, accept: 'text/html' },
    })
    expect(other.status).toBe(404)
    expect(await other.text()).toContain('You are signed in as bob.')
  })

  test('a browser that keeps no cookies is told so, and not led in a circle', async () => {
    const { label } = await world.devUrl(4000)
    const cookie = await world.signInAt(label, world.owner)
    expect(cookie).toContain('atelier_dev_url=')
    for (const path of ['/_atelier/arrived?to=/', '/_atelier/signed-in?code=abc']) {
      const answer = await world.visit(label, { page: true, path })
      expect([answer.status, answer.headers.location]).toEqual([401, undefined])
      expect(answer.text).toContain('cookie')
    }
  })

  test('a token ends with its session, and after a day', async () => {
    const { label } = await world.devUrl(4000)
    const person = await world.server.person('site-member')
    await world.owner.send(
      'PUT',
      `/api/v0/workspaces/${world.workspace}/devurls/${await idOf(label)}`,
      {
        port: 4000,
        access: 'ORG',
      },
    )
    const cookie = await world.signInAt(label, person)
    expect(await statusOf(label, cookie)).toBe(200)
    await person.send('DELETE', '/api/v0/session')
    expect(await statusOf(label, cookie)).toBe(401)

    const again = await world.signInAt(label, world.owner)
    world.server.clock.advance(25 * 3_600_000)
    // It begins anew, once, and arrives.
    const expired = await world.visit(label, { page: true, cookie: again })
    expect(expired.status).toBe(303)
    expect(expired.headers.location).toContain('/dev-url-auth?')
    expect(await statusOf(label, await world.signInAt(label, world.owner))).toBe(200)
  })
})

async function idOf(label: string): Promise<string> {
  const [row] = await world.server.sql('select id from dev_urls where label = $1', [label])
  return row.id as string
}

describe('what is open is closed when what allowed it ends', () => {
  const put = (id: string, body: object) =>
    world.owner.send('PUT', `/api/v0/workspaces/${world.workspace}/devurls/${id}`, {
      port: 4000,
      ...body,
    })
  const cases: readonly (readonly [string, (id: string, visitor: Person) => Promise<unknown>])[] = [
    ['the sharing is narrowed', (id) => put(id, { access: 'PRIVATE' })],
    [
      'the maximum is lowered',
      () => world.server.admin.send('PATCH', '/api/v0/config', { dev_url_max_access: 'private' }),
    ],
    [
      'the dev URL is deleted',
      (id) => world.owner.send('DELETE', `/api/v0/workspaces/${world.workspace}/devurls/${id}`, {}),
    ],
    [
      'the visitor is suspended',
      (_, visitor) => world.server.admin.send('POST', `/api/v0/users/${visitor.id}/suspend`),
    ],
    [
      'the visitor leaves the organization',
      (_, visitor) =>
        world.server.admin.send(
          'DELETE',
          `/api/v0/orgs/${world.server.organizationId}/members/${visitor.id}`,
        ),
    ],
    ['the visitor signs out', (_, visitor) => visitor.send('DELETE', '/api/v0/session')],
    [
      'the workspace stops',
      async () => {
        await world.server.sql(`update workspaces set status = 'stopping' where id = $1`, [
          world.workspace,
        ])
        await signal()
      },
    ],
  ]
  test.each(cases)('%s', async (_, change) => {
    const { id, label, origin } = await world.devUrl(4000, { access: 'ORG' })
    const visitor = await world.server.person('site-member')
    const cookie = await world.signInAt(label, visitor)
    const stream = await begin(label, cookie)
    const socket = socketTo(label, cookie, origin)
    await once(socket, 'open')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('echo hello')
    // Somebody who is not concerned by what happens to the visitor goes on.
    const own = await begin(label, `devurl_session=${await keyOf(world.owner)}`)
    own.resume()

    const closed = Promise.all([closing(socket), closing(stream.resume())])
    await change(id, visitor)
    await closed
    expect([401, 404, 503]).toContain(await statusOf(label, cookie))
    own.destroy()
  })

  test('the owner is suspended: nothing of theirs stays open to anybody', async () => {
    const { server } = world
    const leaving = await server.person('site-member')
    const workspace = await addWorkspace(server, {
      owner: leaving.id,
      organization: server.organizationId,
      name: 'theirs',
    })
    const path = `/api/v0/workspaces/${workspace}/devurls`
    await leaving.send('POST', path, { port: 4000, access: 'PUBLIC', name: 'open' })
    const label = `open--${leaving.username}`
    const stream = await begin(label)
    expect(stream.statusCode).toBe(200)
    const closed = closing(stream.resume())
    await server.admin.send('POST', `/api/v0/users/${leaving.id}/suspend`)
    await closed
    expect(await statusOf(label)).toBe(401)
  })

  test('a second server process closes what is open there, before the change is answered', async () => {
    const second = await world.server.second()
    const { id, label } = await world.devUrl(4000, { access: 'PUBLIC' })
    const asked = world.open(label, { at: Number(new URL(second.url).port) })
    asked.end()
    const [stream] = (await once(asked, 'response')) as [IncomingMessage]
    stream.on('error', () => undefined)
    expect(stream.statusCode).toBe(200)
    const closed = closing(stream.resume())
    await put(id, { access: 'PRIVATE' })
    await closed
    await second.stop()
  })
})

describe('what is said instead of an answer', () => {
  const states = [
    ['off', 'The workspace is off', 'Go to dev'],
    ['building', 'The workspace is starting', 'Watch dev start'],
    ['stopping', 'The workspace is off', 'Go to dev'],
    ['failed', 'The workspace is off', 'Go to dev'],
  ] as const
  test.each(states)('503: %s', async (status, title, action) => {
    const { label } = await world.devUrl(4000, { access: 'ORG' })
    await world.server.sql('update workspaces set status = $1 where id = $2', [
      status,
      world.workspace,
    ])
    await signal()
    const cookie = `devurl_session=${await keyOf(world.owner)}`
    const own = await world.visit(label, { page: true, cookie })
    expect(own.status).toBe(503)
    expect(own.text).toContain(title)
    expect(own.text).toContain(action)
    const other = await world.visit(label, { cookie: `devurl_session=${await keyOf(member)}` })
    expect(JSON.parse(other.text)).toMatchObject({ code: 'dev_url.not_running', status: 503 })
    expect(other.text).not.toContain(action)
  })

  test('502: nothing listens; the page looks again by itself, and is no one’s frame', async () => {
    const { label } = await world.devUrl(4999, { access: 'PUBLIC' })
    const page = await world.visit(label, { page: true })
    expect(page.status).toBe(502)
    expect(page.text).toContain('Nothing listens on port 4999')
    expect(page.text).toContain('http-equiv="refresh"')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    const socket = socketTo(label, undefined)
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error.message).toContain('502')
  })

  test('404: nothing tells a dev URL that one may not open from one that is not there', async () => {
    const { label } = await world.devUrl(4000)
    const cookie = `devurl_session=${await keyOf(member)}`
    const hidden = await world.visit(label, { page: true, cookie })
    const unknown = await world.visit('nothing--ann', { page: true, cookie })
    expect(hidden.status).toBe(404)
    expect(unknown.text).toBe(hidden.text)
    expect((await world.visit('nothing--ann')).text).toBe((await world.visit(label)).text)
  })
})

test('a refused WebSocket gets the app’s own answer, and its connection is closed', async () => {
  await world
    .app(4001, () => undefined)
    .then(({ server }) => {
      server.on('upgrade', (_request, socket) => {
        socket.end(
          'HTTP/1.1 418 Teapot\r\nset-cookie: a=1; Domain=x\r\ncontent-length: 2\r\n\r\nno',
        )
      })
    })
  const { label } = await world.devUrl(4001, { access: 'PUBLIC' })
  const socket = socketTo(label, undefined)
  socket.on('error', () => undefined)
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(answer.statusCode).toBe(418)
  expect(answer.headers['set-cookie']).toEqual(['a=1'])
  expect(answer.headers.connection).toBe('close')
})

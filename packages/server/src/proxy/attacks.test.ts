import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import { atMain, cookieOf, startWorld, type World } from '../../test/dev-url-world.ts'
import { type Person, startServer } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'

// Rows of what has succeeded against systems like this one.

let world: World
let bob: Person
let app: Awaited<ReturnType<World['app']>>
const upgrades: IncomingMessage[] = []
beforeAll(async () => {
  world = await startWorld()
  bob = await world.server.person('site-member', { username: 'bob' })
  app = await world.app(5000, (_request, response) => response.end('the app'))
  new WebSocketServer({ server: app.server }).on('connection', (socket, request) => {
    upgrades.push(request)
    socket.send('hello')
  })
})
afterAll(() => world.stop())
beforeEach(async () => {
  await world.server.sql('delete from dev_urls')
  const { signals, db } = world.server.platform
  await signals.send(db, 'workspaces', { ids: [world.workspace] })
  await signals.settle()
  app.requests.length = 0
})

const path = () => `/api/v0/workspaces/${world.workspace}/devurls`
const count = async () => (await world.server.sql('select id from dev_urls')).length

/** How an upgrade is answered: 101, or what it is refused with. */
async function upgrade(label: string, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${world.port}/`, {
    headers: { host: `${label}.localhost:${world.port}`, ...headers },
  })
  socket.on('error', () => undefined)
  const answered = once(socket, 'unexpected-response').then(([, answer]) => answer.statusCode)
  const status = (await Promise.race([once(socket, 'open').then(() => 101), answered])) as number
  socket.terminate()
  return status
}

/** What a server answers to bytes, as they are. */
async function raw(text: string): Promise<string> {
  const socket = connect(world.port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(text)
  let answer = ''
  socket.on('data', (data: Buffer) => (answer += data.toString()))
  await new Promise((resolve) => socket.once('close', resolve))
  return answer
}

describe('V1-4: redirects lead to exact hosts; reserved ports are refused', () => {
  test('the address of the way back is made of our settings, whatever is asked for', async () => {
    const { label, origin } = await world.devUrl(5000)
    const state = 'x'.repeat(43)
    const hosts = [
      `${label}.localhost.evil.example`,
      `${label}@evil.example`,
      `${label}.evil.example`,
      `evil.example/${label}`,
      `https://${label}.localhost`,
      `${label}:1234`,
      `${label}#`,
      `x${label}`,
      label.toUpperCase(),
      '',
    ]
    for (const host of hosts) {
      const query = new URLSearchParams({ host, state, path: '/' })
      const answer = await fetch(`${world.server.url}/dev-url-auth?${query.toString()}`, {
        redirect: 'manual',
        headers: { cookie: `atelier_session=${world.owner.token}` },
      })
      expect([host, answer.status, answer.headers.get('location')]).toEqual([host, 404, null])
    }
    for (const to of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/\t/evil',
      '/_atelier/arrived?to=/',
    ]) {
      const query = new URLSearchParams({ host: label, state, path: to })
      const answer = await fetch(`${world.server.url}/dev-url-auth?${query.toString()}`, {
        redirect: 'manual',
        headers: {
          cookie: `atelier_session=${world.owner.token}`,
          host: `localhost:${world.port}`,
        },
      })
      expect(answer.headers.get('location')).toMatch(
        /^http:\/\/5000--dev-ann\.localhost:\d+\/_atelier\/signed-in\?code=[\w-]{43}$/,
      )
      const [{ path: kept }] = await world.server.sql('delete from dev_url_codes returning path')
      expect([to, kept]).toEqual([to, '/'])
    }
    const cookie = await world.signInAt(label, world.owner)
    const open = await world.visit(label, { cookie, path: '/_atelier/arrived?to=//evil.example' })
    expect(open.headers.location).toBe(`${origin}/`)
  })

  test('409: ports of the platform itself have no dev URL, and none by opening one', async () => {
    const answer = await world.owner.send('POST', path(), { port: 61_234 })
    expect([answer.status, answer.body.code]).toEqual([409, 'dev_url.port'])
    const { label } = await world.devUrl(5000)
    const cookie = await world.signInAt(label, world.owner)
    expect(cookie).not.toBe('')
    const began = await world.visit('61234--dev-ann', { page: true })
    const main = await fetch(atMain(began.headers.location), {
      redirect: 'manual',
      headers: { cookie: `atelier_session=${world.owner.token}` },
    })
    expect(main.status).toBe(404)
    expect(await count()).toBe(1)
  })
})

describe('V1-6 and 30: opening an address creates nothing that somebody else chose', () => {
  const typed = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }

  test('neither the unknown nor the unauthorized create, whatever they claim', async () => {
    for (const headers of [typed, {}]) {
      await world.visit('5000--dev-ann', { page: true, headers })
      const began = await world.visit('5000--dev-ann', { page: true, headers })
      const main = await fetch(atMain(began.headers.location), {
        redirect: 'manual',
        headers: { cookie: `atelier_session=${bob.token}`, ...typed },
      })
      expect(main.status).toBe(404)
    }
    const key = await bob.send('POST', '/api/v0/api-keys/me', { name: 'opens nothing' })
    const cookie = `devurl_session=${String(key.body.key)}`
    expect(
      (await world.visit('5000--dev-ann', { cookie, page: true, headers: typed })).status,
    ).toBe(404)
    expect(await count()).toBe(0)
  })

  test('an owner who follows a link is asked; one who has typed the address is not', async () => {
    const label = '5000--dev-ann'
    const cookie = await world.signInAt(label, world.owner)
    for (const headers of [
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-site': 'none' },
      {},
    ]) {
      const asked = await world.visit(label, { page: true, cookie, headers, path: '/x?y=1' })
      expect(asked.status).toBe(404)
      expect(asked.text).toContain('Port 5000 of dev has no dev URL yet')
      expect(asked.text).toContain('action="/_atelier/create?to=%2Fx%3Fy%3D1"')
    }
    const create = '/_atelier/create?to=%2Fx'
    for (const origin of [
      undefined,
      'null',
      'http://evil.example',
      `http://3000--w-bob.localhost:${world.port}`,
    ]) {
      const headers: Record<string, string> = origin === undefined ? {} : { origin }
      const forged = await world.visit(label, { method: 'POST', path: create, cookie, headers })
      expect(forged.status).toBe(403)
    }
    expect((await world.visit(label, { path: create, cookie })).status).toBe(404)
    expect(await count()).toBe(0)

    const own = { origin: `http://${label}.localhost:${world.port}` }
    const made = await world.visit(label, { method: 'POST', path: create, cookie, headers: own })
    expect([made.status, made.headers.location]).toEqual([303, `${own.origin}/x`])
    expect(await world.server.sql('select access, port from dev_urls')).toEqual([
      { access: 'private', port: 5000 },
    ])
    const [entry] = await world.server.sql(
      `select action, actor_username, outcome from audit_log where resource_type = 'dev_url' order by at desc, id desc limit 1`,
    )
    expect(entry).toEqual({ action: 'create', actor_username: 'Ann', outcome: 'success' })
    expect((await world.visit(label, { cookie })).text).toBe('the app')

    const second = '5001--dev-ann'
    const there = await world.signInAt(second, world.owner)
    const at = await world.visit(second, { page: true, cookie: there, headers: typed })
    expect(at.status).toBe(303)
    expect(await count()).toBe(2)
  })

  test('the port of a dev URL with a name leads to that name', async () => {
    await world.devUrl(5000, { name: 'web' })
    const cookie = await world.signInAt('5000--dev-ann', world.owner)
    const answer = await world.visit('5000--dev-ann', { page: true, cookie, path: '/a' })
    expect(answer.headers.location).toBe(`http://web--ann.localhost:${world.port}/a`)
  })
})

describe('21: WebSockets', () => {
  test('403: with our cookie, a foreign or absent origin opens none', async () => {
    const { label, origin } = await world.devUrl(5000, { access: 'ORG' })
    const cookie = await world.signInAt(label, world.owner)
    const bobs = await addWorkspace(world.server, {
      owner: bob.id,
      organization: world.server.organizationId,
      name: 'w',
    })
    await bob.send('POST', `/api/v0/workspaces/${bobs}/devurls`, { port: 5000, access: 'PUBLIC' })
    const foreign = [
      'http://evil.example',
      'null',
      `http://5000--w-bob.localhost:${world.port}`,
      `http://localhost:${world.port}`,
    ]
    expect(await upgrade(label, { cookie })).toBe(403)
    for (const from of foreign) {
      expect([from, await upgrade(label, { cookie, origin: from })]).toEqual([from, 403])
      const get = await world.visit(label, { cookie, headers: { origin: from } })
      const post = await world.visit(label, { method: 'POST', cookie, headers: { origin: from } })
      expect([from, get.status, post.status]).toEqual([from, 403, 403])
    }
    expect(app.requests).toEqual([])
    expect(await upgrade(label, { cookie, origin })).toBe(101)
    // Another app of the same owner may.
    await world.devUrl(5001)
    const sibling = `http://5001--dev-ann.localhost:${world.port}`
    expect(await upgrade(label, { cookie, origin: sibling })).toBe(101)
  })

  test('403: what a page of another user’s app has in itself is none of it', async () => {
    const { label } = await world.devUrl(5000)
    await world.devUrl(5001)
    const cookie = await world.signInAt(label, world.owner)
    const bobs = await addWorkspace(world.server, {
      owner: bob.id,
      organization: world.server.organizationId,
      name: 'inside',
    })
    await bob.send('POST', `/api/v0/workspaces/${bobs}/devurls`, { port: 5000, access: 'PUBLIC' })
    const theirs = `http://5000--inside-bob.localhost:${world.port}/`
    const own = `http://5001--dev-ann.localhost:${world.port}/`
    const script = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' }
    const frame = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }
    const visit = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const from = (site: string, kind: object, referer?: string) => ({
      'sec-fetch-site': site,
      ...kind,
      ...(referer === undefined ? {} : { referer }),
    })
    for (const [headers, status] of [
      [from('same-site', script, theirs), 403],
      [from('same-site', script), 403],
      [from('same-site', frame, theirs), 403],
      [from('cross-site', script, 'http://evil.example/'), 403],
      [from('same-site', script, `http://localhost:${world.port}/`), 403],
      [from('same-site', script, own), 200],
      [from('same-site', frame, own), 200],
      [from('same-site', visit, theirs), 200],
      [from('same-origin', script), 200],
    ] as const) {
      const { status: answered } = await world.visit(label, { cookie, headers })
      expect([headers, answered]).toEqual([headers, status])
    }
  })

  test('400: what is no WebSocket request as it must be opens none', async () => {
    const { label } = await world.devUrl(5000, { access: 'PUBLIC' })
    const host = `${label}.localhost:${world.port}`
    const good = 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n'
    for (const [line, headers] of [
      ['GET / HTTP/1.1', 'upgrade: websocket\r\nsec-websocket-key: short\r\n'],
      ['POST / HTTP/1.1', `upgrade: websocket\r\n${good}`],
      ['GET / HTTP/1.1', `upgrade: websocket\r\n${good}content-length: 40\r\n`],
      ['GET / HTTP/1.1', `upgrade: websocket\r\n${good}transfer-encoding: chunked\r\n`],
      ['GET / HTTP/1.1', `upgrade: h2c\r\n${good}`],
    ]) {
      const answer = await raw(
        `${line}\r\nhost: ${host}\r\nconnection: upgrade\r\n${headers}\r\nGET /smuggled HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
    }
    expect(app.requests).toEqual([])
  })

  test('whoever is refused an upgrade holds no connection by sending more', async () => {
    await world.app(5003, (_request, response) => response.writeHead(200).end('no socket'))
    const { label } = await world.devUrl(5003, { access: 'PUBLIC' })
    for (const [host, path] of [
      ['5999--nobody-here.localhost', '/'],
      [`${label}.localhost`, '/'],
      ['localhost', `/api/v0/workspaces/${world.workspace}/log/watch`],
    ]) {
      const socket = connect({ port: world.port, host: '127.0.0.1', allowHalfOpen: true })
      socket.on('error', () => undefined)
      socket.resume()
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: ${host}:${world.port}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\n`,
      )
      await once(socket, 'end')
      // Only a write tells that nobody is there any more.
      const writing = setInterval(() => socket.write('more'), 10)
      await new Promise((resolve) => socket.once('close', resolve))
      clearInterval(writing)
    }
  })

  test('what comes behind a refused upgrade reaches no app', async () => {
    await world.app(5002, (_request, response) => response.writeHead(200).end('no socket'))
    const { label } = await world.devUrl(5002, { access: 'PUBLIC' })
    const host = `${label}.localhost:${world.port}`
    const answer = await raw(
      `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    )
    expect(answer).toContain('no socket')
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })
})

describe('22: the app receives nothing of ours', () => {
  test('neither a cookie nor a token, over HTTP and over a WebSocket', async () => {
    const { label, origin } = await world.devUrl(5000)
    const token = await world.signInAt(label, world.owner)
    const key = await world.owner.send('POST', '/api/v0/api-keys/me', { name: 'secret' })
    const secret = String(key.body.key)
    const headers = {
      'session-token': world.owner.token,
      authorization: `Bearer ${secret}`,
      origin,
    }
    const cookie = [
      token,
      `atelier_session=${world.owner.token}`,
      `__Host-atelier_session=${world.owner.token}`,
      `devurl_session=${secret}`,
      'mine=1',
    ].join('; ')
    await world.visit(label, { cookie, headers })
    expect(await upgrade(label, { ...headers, cookie })).toBe(101)
    for (const request of [app.requests.at(-1), upgrades.at(-1)]) {
      expect(request?.headers.cookie).toBe('mine=1')
      const all = request?.rawHeaders.join('\n') ?? ''
      for (const ours of [secret, world.owner.token, 'atelier', 'devurl_session']) {
        expect(all).not.toContain(ours)
      }
    }
  })

  test('404: a port is digits, and nothing else', async () => {
    await world.devUrl(5000, { access: 'PUBLIC' })
    for (const port of [
      '05000',
      '5000@evil',
      '5000x',
      '+5000',
      '5e3',
      '65536',
      '0',
      '50000000',
      '%35000',
    ]) {
      const { status } = await world.visit(`${port}--dev-ann`)
      expect([port, [400, 401, 404].includes(status)]).toEqual([port, true])
    }
    expect(app.requests).toEqual([])
  })
})

describe('23: cookies and forged requests', () => {
  test('a token is good on its host only, and nowhere at the API', async () => {
    const one = await world.devUrl(5000)
    const other = await world.devUrl(5001, { name: 'other' })
    const cookie = await world.signInAt(one.label, world.owner)
    expect((await world.visit(one.label, { cookie })).text).toBe('the app')
    expect((await world.visit(other.label, { cookie })).status).toBe(401)
    const value = /atelier_dev_url=([^;]+)/.exec(cookie)?.[1] ?? ''
    for (const headers of [
      { cookie: `atelier_session=${value}` },
      { 'session-token': value },
      { cookie },
    ]) {
      const answer = await world.server.send('GET', '/api/v0/users/me', undefined, headers)
      expect(answer.status).toBe(401)
    }
  })

  test('a code is good once, for its host and for the browser that began', async () => {
    const { label } = await world.devUrl(5000)
    const other = await world.devUrl(5001)
    const start = async () => {
      const began = await world.visit(label, { page: true })
      const main = await fetch(atMain(began.headers.location), {
        redirect: 'manual',
        headers: { cookie: `atelier_session=${world.owner.token}` },
      })
      const back = new URL(main.headers.get('location') ?? '')
      return { nonce: cookieOf(began), path: back.pathname + back.search }
    }
    const set = async (at: string, where: string, cookie?: string) =>
      (
        await world.visit(at, {
          page: true,
          path: where,
          ...(cookie === undefined ? {} : { cookie }),
        })
      ).headers['set-cookie'] !== undefined

    const begun = await start()
    const foreign = await start()
    expect(await set(label, begun.path)).toBe(false)
    expect(await set(label, begun.path, foreign.nonce)).toBe(false)
    expect(await set(other.label, begun.path, begun.nonce)).toBe(false)
    // In whatever process: of many at once one succeeds.
    const second = await world.server.second()
    const at = Number(new URL(second.url).port)
    const tries = Array.from({ length: 6 }, (_, i) =>
      world.visit(label, {
        page: true,
        path: begun.path,
        cookie: begun.nonce,
        ...(i % 2 ? { at } : {}),
      }),
    )
    const taken = (await Promise.all(tries)).filter(({ headers }) => headers['set-cookie'])
    expect(taken).toHaveLength(1)
    world.server.clock.advance(61_000)
    expect(await set(label, foreign.path, foreign.nonce)).toBe(false)
    await second.stop()
  })

  test('31: a token of which one character is another is none', async () => {
    const { label } = await world.devUrl(5000)
    const cookie = await world.signInAt(label, world.owner)
    const [head = '', value = ''] = /^(.*atelier_dev_url=)([^;]+)$/.exec(cookie)?.slice(1) ?? []
    for (let at = 0; at < value.length; at++) {
      const flipped = value.slice(0, at) + (value[at] === 'A' ? 'B' : 'A') + value.slice(at + 1)
      const { status } = await world.visit(label, { cookie: head + flipped })
      expect([at, status]).toEqual([at, 401])
    }
  })
})

describe('24: hosts belong to the owner of the workspace', () => {
  test('404: a workspace of one’s own under the name of somebody else', async () => {
    const mine = await addWorkspace(world.server, {
      owner: bob.id,
      organization: world.server.organizationId,
      name: 'mine',
    })
    await bob.send('POST', `/api/v0/workspaces/${mine}/devurls`, { port: 5000, access: 'PUBLIC' })
    expect((await world.visit('5000--mine-bob')).text).toBe('the app')
    expect((await world.visit('5000--mine-ann')).status).toBe(401)
    const key = await bob.send('POST', '/api/v0/api-keys/me', { name: 'of bob' })
    const cookie = `devurl_session=${String(key.body.key)}`
    expect((await world.visit('5000--mine-ann', { cookie })).status).toBe(404)
  })

  test('409: two names that make one host are told apart by who came first', async () => {
    const organization = world.server.organizationId
    await world.devUrl(5000, { access: 'PUBLIC' })
    const rival = await world.server.person('site-member', { username: 'v-Ann' })
    const theirs = await addWorkspace(world.server, { owner: rival.id, organization, name: 'de' })
    const target = await addWorkspace(world.server, {
      owner: world.owner.id,
      organization,
      name: 'de-v',
    })
    const body = { port: 5000, access: 'PUBLIC' }
    expect(
      (await world.owner.send('POST', `/api/v0/workspaces/${target}/devurls`, body)).status,
    ).toBe(201)
    const late = await rival.send('POST', `/api/v0/workspaces/${theirs}/devurls`, body)
    expect([late.status, late.body.code]).toEqual([409, 'dev_url.name_taken'])
    // Nor by taking such a name later.
    const other = await world.server.person('site-member', { username: 'someone' })
    const apart = await addWorkspace(world.server, { owner: other.id, organization, name: 'de' })
    await other.send('POST', `/api/v0/workspaces/${apart}/devurls`, body)
    await world.server.sql(`update users set username = 'gone' where id = $1`, [rival.id])
    const renamed = await other.send('PATCH', `/api/v0/users/me`, { username: 'v-ann' })
    expect([renamed.status, renamed.body.code]).toEqual([409, 'user.username_taken'])
  })
})

describe('25: hosts match as a whole, and forwarded ones count from listed proxies only', () => {
  test('names that only look alike are the main host’s', async () => {
    const { label } = await world.devUrl(5000, { access: 'PUBLIC' })
    for (const host of [
      `${label}.localhost.evil.example`,
      `${label}.evil.example`,
      `${label}.xlocalhost`,
      `${label}-localhost`,
      `a.${label}.localhost`,
      `${label}.localhost.`,
    ]) {
      const answer = await world.visit('x', { headers: { host }, path: '/healthz' })
      expect([host, answer.text.includes('the app')]).toEqual([host, false])
    }
    expect((await world.visit(label.toUpperCase())).text).toBe('the app')
  })

  test('X-Forwarded-Host and -Proto of anybody change nothing; of a listed proxy they count', async () => {
    const { label } = await world.devUrl(5000, { access: 'PUBLIC' })
    const headers = { 'x-forwarded-host': `${label}.localhost:${world.port}`, host: 'localhost' }
    expect((await world.visit('x', { headers })).text).not.toBe('the app')
    const forged = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '6.6.6.6' }
    await world.visit(label, { headers: forged })
    expect(app.requests.at(-1)?.headers).toMatchObject({
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
    })

    const proxied = await startWorld({ trustedProxies: 'loopback' })
    const behind = await proxied.app(5000, (_request, response) => response.end('behind'))
    const there = await proxied.devUrl(5000, { access: 'PUBLIC' })
    const through = {
      host: 'localhost',
      'x-forwarded-host': `${there.label}.localhost:${proxied.port}`,
      'x-forwarded-for': '6.6.6.6',
    }
    expect((await proxied.visit('x', { headers: through })).text).toBe('behind')
    expect(behind.requests[0]?.headers['x-forwarded-for']).toBe('6.6.6.6, 127.0.0.1')
    const secure = { ...through, 'x-forwarded-proto': 'https' }
    const path = `/api/v0/workspaces/${proxied.workspace}/devurls`
    await proxied.owner.send('POST', path, { port: 5001 })
    const began = await proxied.visit('x', {
      page: true,
      headers: { ...secure, 'x-forwarded-host': 'y, 5001--dev-ann.localhost' },
    })
    expect(began.headers['set-cookie']?.[0]).toMatch(/^__Host-atelier_dev_url_state=.*; Secure$/)
    expect(began.headers.location).toMatch(/^https:\/\/localhost\/dev-url-auth\?/)
    await proxied.stop()
  })

  test('400: an address with a host of its own, which could be another than the header’s', async () => {
    const { label } = await world.devUrl(5000, { access: 'PUBLIC' })
    const host = `${label}.localhost:${world.port}`
    const answer = await raw(
      `GET http://other.example/ HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(app.requests).toEqual([])
  })
})

test('26: no origin is ever allowed by us', async () => {
  const { label } = await world.devUrl(5000)
  for (const method of ['GET', 'OPTIONS']) {
    const { headers } = await world.visit(label, {
      method,
      headers: { origin: 'http://evil.example' },
    })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

test('32: names are text on every page', async () => {
  const server = await startServer()
  const answer = await server.send(
    'GET',
    '/dev-url-auth?host=%3Cimg%20onerror%3D1%3E--x&state=x',
    undefined,
    {
      accept: 'text/html',
    },
  )
  expect(answer.status).toBe(404)
  expect(answer.text).not.toContain('<img')
  await server.stop()
})

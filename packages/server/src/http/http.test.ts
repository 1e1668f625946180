import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const newUser = (name: string) => ({ name, username: name, email: `${name}@example.com` })

test('a repeated create with the same Idempotency-Key answers the first answer, secret included', async () => {
  const headers = { 'idempotency-key': 'one' }
  const first = await server.admin.send('POST', '/api/v0/users', newUser('ida'), headers)
  const again = await server.admin.send('POST', '/api/v0/users', newUser('ida'), headers)
  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body).toEqual(first.body)
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect(await server.sql("select 1 from users where username = 'ida'")).toHaveLength(1)
  const [stored] = await server.sql("select body from idempotency_keys where key = 'one'")
  expect(stored.body.includes(first.body.password)).toBe(false)
})

test('422: the same Idempotency-Key with another body; a failure may be tried again', async () => {
  const headers = { 'idempotency-key': 'two' }
  expect((await server.admin.send('POST', '/api/v0/users', newUser('ida'), headers)).status).toBe(
    409,
  )
  expect((await server.admin.send('POST', '/api/v0/users', newUser('isa'), headers)).status).toBe(
    201,
  )
  const other = await server.admin.send('POST', '/api/v0/users', newUser('ira'), headers)
  expect(other.status).toBe(422)
  expect(await server.sql("select 1 from users where username = 'ira'")).toHaveLength(0)
})

test('an Idempotency-Key is the caller’s own: somebody else’s is another one', async () => {
  const manager = await server.person('site-manager')
  const headers = { 'idempotency-key': 'one' }
  const answer = await manager.send('POST', '/api/v0/users', newUser('ian'), headers)
  expect(answer.status).toBe(201)
  expect(answer.body.username).toBe('ian')
})

test('409: an answer with a secret is not repeated to somebody whose role was taken away', async () => {
  const manager = await server.person('site-manager')
  const headers = { 'idempotency-key': 'demoted' }
  const ask = () => manager.send('POST', '/api/v0/users', newUser('ike'), headers)
  const first = await ask()
  expect(first.status).toBe(201)
  const give = (role: string) =>
    server.admin.send('PUT', `/api/v0/users/${manager.id}/role`, { role })
  expect((await give('site-member')).status).toBe(200)
  const again = await ask()
  expect(again.status).toBe(409)
  expect(again.text).not.toContain(first.body.password)
  expect(again.text).not.toContain(first.body.email)
  // With the rights that they had then, it is the same answer again.
  expect((await give('site-manager')).status).toBe(200)
  expect((await ask()).body).toEqual(first.body)
})

test('400: unknown fields are refused with their names, not dropped', async () => {
  const body = { ...newUser('eve'), admin: true }
  const answer = await server.admin.send('POST', '/api/v0/users', body)
  expect(answer.status).toBe(400)
  expect(JSON.stringify(answer.body.errors)).toContain('admin')
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.body.error.msg).toBe(answer.body.title)
})

test.each([
  ['no JSON', '{"name":', 400],
  ['__proto__', '{"__proto__":{"role":"site-admin"}}', 400],
  ['an array for a text', '{"email":["a@example.com","b@example.com"],"password":"x"}', 400],
])('400: %s', async (_what, body, status) => {
  const answer = await server.send('POST', '/auth/basic/login', body)
  expect(answer.status).toBe(status)
})

test('JSON without a Content-Type and with a form’s is read; any other type answers 415', async () => {
  const body = JSON.stringify({ email: server.admin.email, password })
  const send = async (type: string) =>
    (await server.send('POST', '/auth/basic/login', body, { 'content-type': type })).status
  expect(await send('application/x-www-form-urlencoded')).toBe(201)
  expect(await send('application/json; charset=utf-8')).toBe(201)
  expect(await send('text/plain')).toBe(415)
  expect(await send('multipart/form-data; boundary=x')).toBe(415)
})

async function browserSession(): Promise<{ cookie: string; csrf: string }> {
  const body = { login: 'admin', password }
  const answer = await server.send('POST', '/api/v0/sessions', body)
  expect(answer.status).toBe(201)
  return {
    cookie: (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? '',
    csrf: answer.body.csrf_token as string,
  }
}

test('row 23: 403 for a change by cookie without the CSRF token, or from another site', async () => {
  const { cookie, csrf } = await browserSession()
  const patch = (headers: Record<string, string>) =>
    server.send('PATCH', '/api/v0/users/me', { name: 'Changed' }, { cookie, ...headers })
  const [before] = await server.sql('select name from users where id = $1', [server.admin.id])

  expect((await patch({})).body.code).toBe('session.csrf')
  expect((await patch({ 'x-csrf-token': 'wrong' })).body.code).toBe('session.csrf')
  const foreign = { 'x-csrf-token': csrf, origin: 'https://evil.example' }
  expect((await patch(foreign)).body.code).toBe('session.foreign_origin')
  const sameSite = { 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site' }
  expect((await patch(sameSite)).body.code).toBe('session.foreign_origin')
  const [after] = await server.sql('select name from users where id = $1', [server.admin.id])
  expect(after).toEqual(before)

  const own = { 'x-csrf-token': csrf, origin: server.url, 'sec-fetch-site': 'same-origin' }
  expect((await patch(own)).status).toBe(200)
})

test('201: a sign-in page that was open before another tab signed in still signs in', async () => {
  const { cookie } = await browserSession()
  const headers = { cookie, origin: server.url, 'sec-fetch-site': 'same-origin' }
  const body = { login: 'admin', password }
  const again = await server.send('POST', '/api/v0/sessions', body, headers)
  expect(again.status).toBe(201)
  expect(again.headers.get('set-cookie')).not.toContain(cookie)
})

test('row 23: signing in from a page of another site is refused', async () => {
  const answer = await server.send(
    'POST',
    '/api/v0/sessions',
    { login: 'admin', password },
    { origin: 'https://evil.example' },
  )
  expect(answer.status).toBe(403)
  expect(answer.headers.get('set-cookie')).toBeNull()
})

test('row 26: no Origin is ever reflected, with or without credentials', async () => {
  const { cookie } = await browserSession()
  const answer = await server.send('GET', '/api/v0/users', undefined, {
    cookie,
    origin: 'https://evil.example',
  })
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
})

test('row 25: X-Forwarded headers of a peer that is no listed proxy are ignored', async () => {
  const member = await server.person()
  const answer = await server.send(
    'POST',
    '/auth/basic/login',
    { email: member.email, password },
    { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'evil.example' },
  )
  expect(answer.status).toBe(201)
  const entries = await server.sql(
    "select ip from audit_log where action = 'login' and actor_id = $1",
    [member.id],
  )
  expect(entries).toEqual([{ ip: '127.0.0.1' }])
})

test('security headers are on pages and answers', async () => {
  const { headers } = await server.send('GET', '/some/page')
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('permissions-policy')).toContain('camera=()')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
  for (const path of ['/api', '/api/v0/users', '/api/no-such-thing', '/auth/no-such-thing']) {
    const answer = await server.send('GET', path)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    // Another version than its own would make the existing command line warn every time.
    expect(answer.headers.get('coder-version')).toBe('1.44.6')
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]+$/)
  }
})

test('401: a token in a query string signs nobody in', async () => {
  const answer = await server.send('GET', `/api/v0/users/me?session_token=${server.admin.token}`)
  expect(answer.status).toBe(401)
})

test('412: a change of a version that is no longer the newest', async () => {
  const member = await server.person()
  const path = `/api/v0/users/${member.id}`
  const { headers } = await server.admin.send('GET', path)
  const tag = headers.get('etag') ?? ''
  const first = await server.admin.send('PATCH', path, { name: 'First' }, { 'if-match': tag })
  const second = await server.admin.send('PATCH', path, { name: 'Second' }, { 'if-match': tag })
  expect([first.status, second.status]).toEqual([200, 412])
  expect((await server.admin.send('GET', path)).body.name).toBe('First')
})

test('permission comes before the version: an If-Match that no server gave tells nothing', async () => {
  const [member, other] = [await server.person(), await server.person()]
  const headers = { 'if-match': 'garbage' }
  const path = `/api/v0/users/${other.id}`
  const send = (who: typeof member) => who.send('PATCH', path, { name: 'Other' }, headers)
  expect((await send(member)).status).toBe(404)
  expect((await send(server.admin)).status).toBe(412)
  expect((await server.admin.send('GET', path)).body.name).not.toBe('Other')
})

test('a page follows the one before without gaps or repetitions, also while users are added', async () => {
  for (let i = 0; i < 7; i++) await server.person('site-member', { username: `paged-${i}` })
  const seen: string[] = []
  let path = '/api/v0/users?q=paged-&limit=3&sort=-created_at'
  for (;;) {
    const answer = await server.admin.send('GET', path)
    seen.push(...(answer.body as { username: string }[]).map((user) => user.username))
    await server.person('site-member', { username: `paged-later-${seen.length}` })
    const next = /<([^>]+)>/.exec(answer.headers.get('link') ?? '')?.[1]
    if (next === undefined) break
    path = next
  }
  expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `paged-${i}`))
})

test('400: a cursor that this server did not write', async () => {
  const answer = await server.admin.send('GET', '/api/v0/users?limit=3&after=nonsense')
  expect(answer.status).toBe(400)
})

test('400: what is wrong is said as what to do', async () => {
  const paged = await server.admin.send('GET', '/api/v0/users?limit=999&foo=1&bar=2')
  expect(paged.body.errors).toEqual([
    { path: 'limit', message: 'Use at most 200' },
    { path: '', message: 'Leave out what is unknown here: foo, bar' },
  ])
  const path = `/api/v0/users/${server.admin.id}/role`
  const role = await server.admin.send('PUT', path, { role: 'king' })
  expect(role.body.title).toBe(
    'role: Use one of site-admin, site-manager, site-auditor, site-member',
  )
  expect((await server.admin.send('PUT', path, {})).body.title).toMatch(/^role: /)
  const login = await server.send('POST', '/auth/basic/login', '{"email":"ada"}')
  expect(login.body.title).toBe('password: This is needed')
})

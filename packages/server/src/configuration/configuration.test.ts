import { defaultSettings } from '@atelier/api'
import { hash } from 'node:crypto'
import sshpk from 'sshpk'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { password, type Person, startServer, type TestServer } from '../../test/harness.ts'
import { buildApp } from '../app.ts'

let server: TestServer
let manager: Person
/** The same server behind a proxy that it trusts. */
let proxied: { url: string; stop(): Promise<void> }
beforeAll(async () => {
  server = await startServer()
  manager = await server.person('site-manager')
  const app = await buildApp(server.platform, { trustedProxies: '127.0.0.1' })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  proxied = { url, stop: () => app.close() }
})
afterAll(async () => {
  await proxied.stop()
  await server.stop()
})
afterEach(async () => {
  await server.sql('delete from settings')
  await server.platform.settings.reload()
})

const path = '/api/v0/config'

async function save(changes: object, headers?: Record<string, string>) {
  const answer = await manager.send('PATCH', path, changes, headers)
  expect(answer.status, answer.text).toBe(200)
  return answer
}

async function overHttps(method: string, where: string, body?: unknown, token = manager.token) {
  return fetch(proxied.url + where, {
    method,
    headers: {
      'session-token': token,
      'x-forwarded-proto': 'https',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

const valueOf = (answer: { body: any }, key: string) =>
  answer.body.settings.find((setting: { key: string }) => setting.key === key)
const stored = () => server.sql('select key, value from settings order by key')
const entriesSince = (since: Date) =>
  server.sql(
    `select action, resource_id, target, outcome, refusal_code, diff, allowed_by, actor_id
     from audit_log where resource_type = 'configuration' and at >= $1 order by at, id`,
    [since],
  )

describe('GET /api/v0/config', () => {
  test('200: every role reads every setting with its default; only two may change them', async () => {
    for (const [role, update] of [
      ['site-member', false],
      ['site-auditor', false],
      ['site-manager', true],
    ] as const) {
      const answer = await (await server.person(role, { organizations: {} })).send('GET', path)
      expect(answer.status).toBe(200)
      expect(answer.body.can).toEqual({ read: true, update })
      expect(answer.body.settings.map((setting: any) => setting.key)).toEqual(
        Object.keys(defaultSettings),
      )
      for (const setting of answer.body.settings) {
        expect(setting.value).toEqual(setting.default)
        expect(setting).toMatchObject({ updated_at: null, updated_by: null })
      }
    }
  })

  test('401: strangers read no setting', async () => {
    expect((await server.send('GET', path)).status).toBe(401)
  })

  test('403: an API key without the scope reads no setting', async () => {
    const key = await addKey(manager, { scopes: ['users:read'] })
    const answer = await server.send('GET', path, undefined, { 'session-token': key })
    expect(answer.status).toBe(403)
    expect(answer.body.missing.key_scope).toBe('configuration:read')
  })
})

describe('PATCH /api/v0/config', () => {
  test('200: one audit entry for each group that changes, with before and after of each setting', async () => {
    const since = server.clock.now()
    const answer = await save({
      session_hours: 24,
      api_key_max_age_days: 90,
      access_url: 'https://atelier.example.com',
      terms_of_service_enabled: false,
    })
    expect(valueOf(answer, 'session_hours')).toMatchObject({
      value: 24,
      default: 168,
      updated_by: { id: manager.id, username: manager.username },
    })
    expect(valueOf(answer, 'terms_of_service_enabled').updated_at).toBeNull()
    expect(await entriesSince(since)).toEqual([
      {
        action: 'write',
        resource_id: 'infrastructure',
        target: 'infrastructure',
        outcome: 'success',
        refusal_code: null,
        diff: { access_url: { before: null, after: 'https://atelier.example.com' } },
        allowed_by: 'site-manager: configuration Ua',
        actor_id: manager.id,
      },
      {
        action: 'write',
        resource_id: 'security',
        target: 'security',
        outcome: 'success',
        refusal_code: null,
        diff: {
          session_hours: { before: 168, after: 24 },
          api_key_max_age_days: { before: null, after: 90 },
        },
        allowed_by: 'site-manager: configuration Ua',
        actor_id: manager.id,
      },
    ])
  })

  test('200: a setting goes back to its default, and remembers who did that', async () => {
    await save({ session_hours: 24 })
    const answer = await save({ session_hours: 168 })
    expect(valueOf(answer, 'session_hours')).toMatchObject({
      value: 168,
      updated_by: { id: manager.id },
    })
  })

  test('200: whoever is being deleted is no longer named', async () => {
    const other = await server.person('site-manager')
    await other.send('PATCH', path, { session_hours: 24 })
    await server.sql(`update users set status = 'deleting' where id = $1`, [other.id])
    expect(valueOf(await manager.send('GET', path), 'session_hours')).toMatchObject({
      value: 24,
      updated_by: null,
    })
  })

  test.each([
    ['an unknown setting', { telemetry: true }],
    ['the name of a prototype', { constructor: 1 }],
    ['no setting at all', {}],
    ['a number as text', { session_hours: '24' }],
    ['a fraction', { session_hours: 1.5 }],
    ['less than an hour', { session_hours: 0 }],
    ['more than 90 days', { session_hours: 2161 }],
    ['an unknown algorithm', { ssh_keygen_algorithm: 'dsa' }],
    ['a yes as text', { hsts_enabled: 'true' }],
    ['no value for what needs one', { session_hours: null }],
    ['an address of another scheme', { access_url: 'javascript:alert(1)' }],
    ['an address with a password', { access_url: 'https://a:b@example.com' }],
    ['an address with a query', { access_url: 'https://example.com/?a=b' }],
    ['an address with a path', { access_url: 'https://example.com/atelier' }],
    ['an address that is none', { access_url: 'example.com' }],
    ['a NUL in the terms', { terms_of_service_body: 'a\u0000b' }],
    ['half a character in the terms', { terms_of_service_body: '\ud800' }],
    ['terms of 20,001 characters', { terms_of_service_body: 'x'.repeat(20_001) }],
    ['one good and one bad setting', { session_hours: 24, api_key_max_age_days: 0 }],
  ])('400: %s', async (_, changes) => {
    const answer = await manager.send('PATCH', path, changes)
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('request.invalid')
    expect(await stored()).toEqual([])
  })

  test('400: terms that are required must say something; spaces do not', async () => {
    for (const changes of [
      { terms_of_service_enabled: true },
      { terms_of_service_enabled: true, terms_of_service_body: ' \n ' },
    ]) {
      const answer = await manager.send('PATCH', path, changes)
      expect(answer.status).toBe(400)
      expect(answer.body.errors).toMatchObject([{ path: 'terms_of_service_body' }])
    }
    await save({ terms_of_service_enabled: true, terms_of_service_body: 'Be kind.' })
    expect((await manager.send('PATCH', path, { terms_of_service_body: '' })).status).toBe(400)
    expect((await server.send('GET', '/api/v0/terms-of-service')).body.body).toBe('Be kind.')
  })

  test('400: what is no network is refused by its name, and nothing is saved', async () => {
    for (const bad of ['10.0.0.0/40', 'https://registry.internal', '*.internal']) {
      const answer = await manager.send('PATCH', path, {
        registry_allowed_networks: ['10.0.0.0/8', bad],
        default_registry_enabled: false,
      })
      expect([answer.status, answer.body.errors[0].path]).toEqual([
        400,
        'registry_allowed_networks',
      ])
      expect(answer.body.title).toContain(bad)
    }
    expect(await server.sql('select key from settings')).toEqual([])
    const good = ['10.0.0.0/8', 'fd00::/8', 'registry.internal']
    await save({ registry_allowed_networks: good })
    expect(server.platform.settings.current().registry_allowed_networks).toEqual(good)
  })

  test('403: members and auditors change nothing, and the attempt is recorded', async () => {
    for (const role of ['site-member', 'site-auditor'] as const) {
      const person = await server.person(role, {
        organizations: { [server.organizationId]: 'organization-super-manager' },
      })
      const since = server.clock.now()
      // Also with values that a rule would refuse: permission comes first.
      const answer = await person.send('PATCH', path, {
        secure_cookie: true,
        session_hours: 1,
      })
      expect(answer.status).toBe(403)
      expect(answer.body.missing).toMatchObject({
        resource: 'configuration',
        operation: 'update',
        mark: 'Ua',
        roles: ['site-admin', 'site-manager'],
      })
      expect(await stored()).toEqual([])
      expect(await entriesSince(since)).toMatchObject([
        { outcome: 'denied', target: 'security', refusal_code: 'access.denied' },
      ])
    }
  })

  test('409: over http neither a secure cookie nor HSTS can be turned on; over https both can', async () => {
    for (const key of ['secure_cookie', 'hsts_enabled']) {
      const answer = await manager.send('PATCH', path, { [key]: true })
      expect(answer.status).toBe(409)
      expect(answer.body).toMatchObject({
        code: 'configuration.https_required',
        errors: [{ path: key }],
      })
      expect(answer.body.title).toContain('https')
    }
    expect(await stored()).toEqual([])
    // A proxy that is not trusted cannot say that it was https.
    const forged = await manager.send(
      'PATCH',
      path,
      { secure_cookie: true },
      { 'x-forwarded-proto': 'https' },
    )
    expect(forged.status).toBe(409)

    const answer = await overHttps('PATCH', path, { secure_cookie: true, hsts_enabled: true })
    expect(answer.status).toBe(200)
    // What is on already stands in nobody's way, and can be turned off from anywhere.
    await save({ secure_cookie: true, session_hours: 24 })
    await save({ secure_cookie: false, hsts_enabled: false })
  })

  test('412: settings that somebody has changed meanwhile', async () => {
    const read = await manager.send('GET', path)
    const version = { 'if-match': read.headers.get('etag') ?? '' }
    expect(version['if-match']).toMatch(/^"\d+"$/)
    const saved = await save({ session_hours: 24 }, version)
    expect(saved.headers.get('etag')).not.toBe(version['if-match'])
    const late = await manager.send('PATCH', path, { session_hours: 48 }, version)
    expect(late.status).toBe(412)
    expect(await stored()).toEqual([{ key: 'session_hours', value: 24 }])
    await save({ session_hours: 48 }, { 'if-match': saved.headers.get('etag') ?? '' })
  })

  test('two changes at once follow each other: the second entry begins where the first ended', async () => {
    const since = server.clock.now()
    const held = await server.hold(`select pg_advisory_xact_lock(hashtext('atelier settings'))`)
    const both = [24, 48].map((session_hours) => manager.send('PATCH', path, { session_hours }))
    await held.untilWaiting(2)
    await held.release()
    expect((await Promise.all(both)).map((answer) => answer.status)).toEqual([200, 200])
    const steps = (await entriesSince(since)).map(({ diff }) => diff.session_hours)
    const [first, second] = steps.sort((a, b) => (a.before === 168 ? -1 : b.before === 168 ? 1 : 0))
    expect(first.before).toBe(168)
    expect(second.before).toBe(first.after)
    expect(await stored()).toEqual([{ key: 'session_hours', value: second.after }])
  })

  test('200: a demotion waits for the change of its target, and counts from the next one on', async () => {
    const other = await server.person('site-manager')
    const held = await server.hold(`select pg_advisory_xact_lock(hashtext('atelier settings'))`)
    const waiting = other.send('PATCH', path, { session_hours: 24 })
    await held.untilWaiting(1)
    // The change has locked its caller: the demotion waits for it, so it is judged as of before.
    const demotion = server.admin.send('PUT', `/api/v0/users/${other.id}/role`, {
      role: 'site-member',
    })
    await held.untilWaiting(2)
    await held.release()
    expect((await waiting).status).toBe(200)
    expect((await demotion).status).toBe(200)
    expect((await other.send('PATCH', path, { session_hours: 48 })).status).toBe(403)
    expect(await stored()).toEqual([{ key: 'session_hours', value: 24 }])
  })
})

describe('what the settings do', () => {
  test('hsts_enabled: the header is on every answer from the next one on', async () => {
    expect(
      (await fetch(`${server.url}/healthz`)).headers.get('strict-transport-security'),
    ).toBeNull()
    await overHttps('PATCH', path, { hsts_enabled: true })
    const { headers } = await fetch(`${server.url}/healthz`)
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  test('secure_cookie: the session cookie is `__Host-` and Secure, and the plain one no longer counts', async () => {
    const member = await server.person()
    const signIn = async () =>
      server.send('POST', '/api/v0/sessions', { login: member.username, password })
    const plain = (await signIn()).headers.get('set-cookie') ?? ''
    expect(plain).toMatch(/^atelier_session=/)
    const ask = () =>
      server.send('GET', '/api/v0/session', undefined, { cookie: plain.split(';', 1)[0] ?? '' })
    expect((await ask()).status).toBe(200)

    await overHttps('PATCH', path, { secure_cookie: true })
    expect((await signIn()).headers.get('set-cookie')).toMatch(/^__Host-atelier_session=.*Secure/)
    expect((await ask()).status).toBe(401)
  })

  test('session_hours: sessions that start after the change last as long', async () => {
    const member = await server.person()
    const hours = async () => {
      const answer = await server.send('POST', '/api/v0/sessions', {
        login: member.username,
        password,
      })
      expect(answer.status).toBe(201)
      const [row] = await server.sql(
        `select extract(epoch from expires_at - created_at)::int as seconds
         from sessions where user_id = $1 order by created_at desc, id desc limit 1`,
        [member.id],
      )
      return row.seconds / 3600
    }
    expect(await hours()).toBe(168)
    await save({ session_hours: 2 })
    expect(await hours()).toBe(2)
  })

  test('api_key_max_age_days: older keys answer 401 at once, and work again without the limit', async () => {
    const token = await addKey(manager, { ageDays: 10 })
    const ask = async () =>
      (await server.send('GET', path, undefined, { 'session-token': token })).status
    expect(await ask()).toBe(200)
    await save({ api_key_max_age_days: 9 })
    expect(await ask()).toBe(401)
    await save({ api_key_max_age_days: 11 })
    expect(await ask()).toBe(200)
    await save({ api_key_max_age_days: 1 })
    expect(await ask()).toBe(401)
    await save({ api_key_max_age_days: null })
    expect(await ask()).toBe(200)
  })

  test('ssh_keygen_algorithm: keys made after the change are of its type', async () => {
    const typeOfNewKey = async (username: string) => {
      const made = await manager.send('POST', '/api/v0/users', {
        name: username,
        username,
        email: `${username}@example.com`,
      })
      expect(made.status).toBe(201)
      const [row] = await server.sql('select ssh_public_key from users where id = $1', [
        made.body.id,
      ])
      const key = sshpk.parseKey(row.ssh_public_key, 'ssh')
      return `${key.type} ${key.size}`
    }
    expect(await typeOfNewKey('ed')).toBe('ed25519 256')
    await save({ ssh_keygen_algorithm: 'ecdsa' })
    expect(await typeOfNewKey('ec')).toBe('ecdsa 256')
    await save({ ssh_keygen_algorithm: 'rsa-4096' })
    expect(await typeOfNewKey('rs')).toBe('rsa 4096')
  })

  test('terms_of_service: 403 with the text until it is accepted, and again when it changes', async () => {
    const member = await server.person()
    const signIn = (terms?: string) =>
      server.send('POST', '/api/v0/sessions', { login: member.username, password, terms })
    const before = await server.send('GET', '/api/v0/terms-of-service')
    expect(before.body).toEqual({ required: false, body: '', version: '' })

    await save({ terms_of_service_enabled: true, terms_of_service_body: '# Be kind' })
    const public_ = await server.send('GET', '/api/v0/terms-of-service')
    expect(public_.body).toMatchObject({ required: true, body: '# Be kind' })
    const refused = await signIn()
    expect(refused.status).toBe(403)
    expect(refused.body).toMatchObject({
      code: 'session.terms_required',
      terms: { version: public_.body.version, body: '# Be kind' },
    })
    expect((await signIn('another version')).status).toBe(403)
    expect((await signIn(public_.body.version)).status).toBe(201)
    expect((await signIn()).status).toBe(201)

    await save({ terms_of_service_body: '# Be kinder' })
    expect((await signIn()).status).toBe(403)
    expect((await signIn(public_.body.version)).status).toBe(403)
    await save({ terms_of_service_enabled: false })
    expect((await signIn()).status).toBe(201)
  })

  test('a change is in force in another server process as well', async () => {
    const second = await server.second()
    const token = await addKey(manager, { ageDays: 10 })
    const ask = async () =>
      (await fetch(second.url + path, { headers: { 'session-token': token } })).status
    expect(await ask()).toBe(200)
    await save({ api_key_max_age_days: 9 })
    expect(await ask()).toBe(401)
    await save({ api_key_max_age_days: null })
    expect(await ask()).toBe(200)
    await second.stop()
  })

  test('a stored value that is no longer valid counts as unset', async () => {
    await server.sql(
      `insert into settings values ('session_hours', '"soon"', now(), null), ('gone', '1', now(), null)`,
    )
    await server.platform.settings.reload()
    expect(valueOf(await manager.send('GET', path), 'session_hours').value).toBe(168)
    await save({ session_hours: 24 })
  })
})

/** Adds an API key as the store keeps it, and answers its token. */
async function addKey(
  person: Person,
  { ageDays = 0, scopes = null }: { ageDays?: number; scopes?: string[] | null },
): Promise<string> {
  const id = Math.random().toString(36).slice(2).padEnd(10, 'k').slice(0, 10)
  const secret = 'abcdefghijklmnopqrstuv'
  const made = new Date(server.clock.now().getTime() - ageDays * 86_400_000)
  await server.sql(
    `insert into api_keys (id, user_id, name, secret_hash, scopes, secret_at, created_at)
     values ($1, $2, $1, $3, $4, $5, $5)`,
    [id, person.id, hash('sha256', secret, 'buffer'), scopes, made],
  )
  return `${id}-${secret}`
}

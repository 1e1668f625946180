import { type KeyScope, keyScopes } from '@atelier/access'
import { type Endpoint, endpoints } from '@atelier/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Person, startServer, type TestServer } from '../../test/harness.ts'
import { covers } from './rules.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const keysPath = '/api/v0/api-keys/me'

interface Key {
  readonly id: string
  readonly key: string
  send(method: string, path: string, body?: unknown): Promise<Answer>
}

let count = 0
async function makeKey(owner: Person, scopes: readonly string[] | null, more = {}): Promise<Key> {
  const body = { name: `key ${++count}`, scopes, ...more }
  const answer = await owner.send('POST', keysPath, body)
  expect(answer.status).toBe(201)
  return withToken(answer.body)
}

function withToken({ id, key }: { id: string; key: string }): Key {
  return {
    id,
    key,
    send: (method, path, body) => server.send(method, path, body, { 'session-token': key }),
  }
}

/** All but the time of the last use, which is written in the background. */
const keysOf = (id: string) =>
  server.sql(
    `select id, name, scopes, expires_at, encode(secret_hash, 'hex') as hash, version
     from api_keys where user_id = $1 order by id`,
    [id],
  )

const manageKeys: KeyScope[] = [
  'api_keys:create',
  'api_keys:read',
  'api_keys:update',
  'api_keys:delete',
]

describe('row 13: one route forgot the token scope', () => {
  const routes = Object.entries(endpoints).flatMap(([noun, calls]) =>
    Object.entries(calls as Record<string, Endpoint>).flatMap(([name, endpoint]) =>
      'permission' in endpoint.access
        ? [{ name: `${noun}.${name}`, endpoint, permission: endpoint.access.permission }]
        : [],
    ),
  )

  test('403: every route that asks for a permission refuses the site admin’s key that has every scope but its own', async () => {
    const served = (await server.send('GET', '/api/openapi.json')).body.paths
    const keys = new Map<string, Key>()
    const admitted: string[] = []
    let asked = 0
    for (const { name, endpoint, permission } of routes) {
      if (served[endpoint.path.replace(/:(\w+)/g, '{$1}')] === undefined) continue
      const [resource, operation] = permission
      const lacking = `${resource}:${operation}`
      const scopes = keyScopes.filter(
        (scope) => scope !== lacking && !(operation === 'list' && scope === `${resource}:read`),
      )
      const key = keys.get(lacking) ?? (await makeKey(server.admin, scopes))
      keys.set(lacking, key)
      const path = endpoint.path.replace(/:\w+/g, 'me')
      const answer = await key.send(endpoint.method, path)
      if (answer.status !== 403 || answer.body.code !== 'access.scope') admitted.push(name)
      else expect(answer.body.missing.key_scope).toBe(lacking)
      asked++
    }
    expect(admitted).toEqual([])
    expect(asked).toBeGreaterThan(30)
  })

  test.each([
    ['POST', keysPath, 'api_keys:create'],
    ['GET', keysPath, 'api_keys:read'],
    ['PATCH', `${keysPath}/ID`, 'api_keys:update'],
    ['POST', `${keysPath}/ID/regen`, 'api_keys:update'],
    ['DELETE', `${keysPath}/ID`, 'api_keys:delete'],
  ] as const)('%s %s takes exactly %s', async (method, path, scope) => {
    const member = await server.person()
    const others = keyScopes.filter((one) => one !== scope && one !== 'api_keys:list')
    const lacking = await makeKey(member, others)
    const holding = await makeKey(member, [scope])
    const body = method === 'GET' ? undefined : { name: 'x', scopes: [scope] }
    const toSend = path.endsWith('regen') || method === 'DELETE' ? undefined : body
    const own = (key: Key) => path.replace('ID', key.id)

    const before = await keysOf(member.id)
    expect((await lacking.send(method, own(lacking), toSend)).status).toBe(403)
    expect(await keysOf(member.id)).toEqual(before)
    expect((await holding.send(method, own(holding), toSend)).status).toBeLessThan(300)
  })

  test('403: making a key for another user takes the update scope too', async () => {
    const member = await server.person()
    const narrow = await makeKey(server.admin, ['api_keys:create'])
    const body = { name: 'ci', scopes: ['api_keys:create'] }
    const refused = await narrow.send('POST', `/api/v0/api-keys/${member.id}`, body)
    expect([refused.status, refused.body.code]).toEqual([403, 'access.scope'])
    expect(refused.body.missing.key_scope).toBe('api_keys:update')
    expect(await keysOf(member.id)).toEqual([])
    const wide = await makeKey(server.admin, ['api_keys:create', 'api_keys:update'])
    expect((await wide.send('POST', `/api/v0/api-keys/${member.id}`, body)).status).toBe(201)
  })
})

describe('row 14: minting widens the scope', () => {
  test.each([
    ['without scopes', {}],
    ['with all that its owner may', { scopes: null }],
    ['with a scope it lacks', { scopes: ['api_keys:read', 'users:read'] }],
    ['with the write scope of what it reads', { scopes: ['api_keys:list', 'users:update'] }],
  ])('403: a key with scopes makes no key %s', async (_, body) => {
    const member = await server.person()
    const key = await makeKey(member, manageKeys)
    const before = await keysOf(member.id)
    const answer = await key.send('POST', keysPath, { name: 'wider', ...body })
    expect([answer.status, answer.body.code]).toEqual([403, 'api_key.too_wide'])
    expect(await keysOf(member.id)).toEqual(before)
    const [entry] = await server.sql(
      `select * from audit_log where actor_id = $1 order by id desc limit 1`,
      [member.id],
    )
    expect(entry).toMatchObject({
      action: 'create',
      resource_type: 'api_key',
      target: 'wider',
      outcome: 'denied',
      refusal_code: 'api_key.too_wide',
      api_key_id: key.id,
    })
  })

  test('201: a key makes one as wide as itself, or narrower; read covers list', async () => {
    const member = await server.person()
    const key = await makeKey(member, manageKeys)
    for (const scopes of [manageKeys, ['api_keys:list'], ['api_keys:read', 'api_keys:list']]) {
      const answer = await key.send('POST', keysPath, { name: `narrower ${++count}`, scopes })
      expect(answer.status).toBe(201)
    }
    const lister = await makeKey(member, ['api_keys:create', 'api_keys:list'])
    const wider = await lister.send('POST', keysPath, { name: 'r', scopes: ['api_keys:read'] })
    expect([wider.status, wider.body.code]).toEqual([403, 'api_key.too_wide'])
  })

  test.each([
    ['loses its scopes', { scopes: null }],
    ['gains a scope', { scopes: [...manageKeys, 'users:read'] }],
    ['changes to another scope', { scopes: ['users:read'] }],
  ])('403: no key with scopes edits a key, itself included, so that it %s', async (_, body) => {
    const member = await server.person()
    const key = await makeKey(member, manageKeys)
    const narrower = await makeKey(member, ['api_keys:read'])
    const before = await keysOf(member.id)
    for (const { id } of [key, narrower]) {
      const answer = await key.send('PATCH', `${keysPath}/${id}`, body)
      expect([answer.status, answer.body.code]).toEqual([403, 'api_key.too_wide'])
    }
    expect(await keysOf(member.id)).toEqual(before)
  })

  test('403: a key neither edits nor regenerates a wider one, and sees that before', async () => {
    const member = await server.person()
    const key = await makeKey(member, manageKeys)
    const unlimited = await makeKey(member, null)
    const other = await makeKey(member, ['users:read'])
    const before = await keysOf(member.id)
    for (const { id } of [unlimited, other]) {
      const path = `${keysPath}/${id}`
      for (const answer of [
        await key.send('PATCH', path, { name: 'mine' }),
        await key.send('PATCH', path, { scopes: ['api_keys:read'] }),
        await key.send('POST', `${path}/regen`),
      ]) {
        expect([answer.status, answer.body.code]).toEqual([403, 'api_key.too_wide'])
        expect(answer.text).not.toMatch(/[A-Za-z0-9]{10}-[A-Za-z0-9]{22}/)
      }
      const shown = await key.send('GET', path)
      expect(shown.body).toMatchObject({
        can: { read: true, update: false, regenerate: false, delete: true },
        cannot: { update: expect.any(String), regenerate: expect.any(String) },
      })
    }
    expect(await keysOf(member.id)).toEqual(before)
  })

  test('200: a key narrows, renames and regenerates itself, and cannot go back', async () => {
    const member = await server.person()
    const key = await makeKey(member, null)
    const path = `${keysPath}/${key.id}`
    expect((await key.send('PATCH', path, { scopes: manageKeys })).status).toBe(200)
    expect((await key.send('PATCH', path, { scopes: null })).body.code).toBe('api_key.too_wide')
    expect((await key.send('PATCH', path, { name: 'renamed' })).status).toBe(200)
    const regenerated = await key.send('POST', `${path}/regen`)
    expect(regenerated.status).toBe(200)
    expect((await key.send('GET', path)).status).toBe(401)
    const renewed = withToken({ id: key.id, key: regenerated.body.key })
    expect((await renewed.send('GET', path)).body.scopes).toEqual(manageKeys)
  })

  test('a key that expires hands on no longer life than its own', async () => {
    const member = await server.person()
    const hours = (n: number) =>
      new Date(server.clock.now().getTime() + n * 3_600_000).toISOString()
    const key = await makeKey(member, null, { expires_at: hours(2) })
    const lasting = await makeKey(member, null)
    const before = await keysOf(member.id)
    for (const answer of [
      await key.send('POST', keysPath, { name: 'a', expires_at: null }),
      await key.send('POST', keysPath, { name: 'a', expires_at: hours(3) }),
      await key.send('PATCH', `${keysPath}/${key.id}`, { expires_at: null }),
      await key.send('PATCH', `${keysPath}/${key.id}`, { expires_at: hours(3) }),
      await key.send('POST', `${keysPath}/${key.id}/regen`, { expires_at: hours(3) }),
      await key.send('POST', `${keysPath}/${lasting.id}/regen`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([403, 'api_key.too_wide'])
    }
    expect(await keysOf(member.id)).toEqual(before)

    // The existing command line names no expiry: the new key ends with the one that made it.
    const made = await key.send('POST', keysPath, { name: 'by the command line' })
    expect(made.status).toBe(201)
    const [own] = await server.sql('select expires_at from api_keys where id = $1', [key.id])
    const [its] = await server.sql('select expires_at from api_keys where id = $1', [made.body.id])
    expect(its).toEqual(own)
  })

  test('403: a key that was just narrowed makes no wider one, although it asked before', async () => {
    const member = await server.person()
    const key = await makeKey(member, null)
    const held = await server.hold('select 1 from users where id = $1 for update', [member.id])
    const narrowed = member.send('PATCH', `${keysPath}/${key.id}`, { scopes: manageKeys })
    await held.untilWaiting(1)
    const made = key.send('POST', keysPath, { name: 'too late' })
    await held.untilWaiting(2)
    await held.release()
    expect((await narrowed).status).toBe(200)
    expect((await made).body.code).toBe('api_key.too_wide')
    expect(await keysOf(member.id)).toHaveLength(1)
  })
})

test('row 4: no sequence of calls yields a key stronger than the actor', async () => {
  const member = await server.person()
  const own: KeyScope[] = [...manageKeys, 'users:list', 'metrics:read']
  const first = await makeKey(member, own)
  const foreign = await makeKey(member, ['users:update'])
  // A fixed walk that looks random: the same in every run.
  let state = 7
  const pick = <T>(choices: readonly T[]): T => {
    state = (state * 48_271) % 2_147_483_647
    return choices[state % choices.length] as T
  }
  const some = () => keyScopes.filter(() => pick([true, false, false, false]))
  // Mostly with the scopes that make keys, so that the walk does not end in keys that cannot.
  const someOfOwn = () => own.filter((scope) => manageKeys.includes(scope) || pick([true, false]))
  const held = [first]
  const ids = new Set([first.id, foreign.id])
  let granted = 0
  for (let step = 0; step < 100; step++) {
    const actor = pick(held)
    const path = `${keysPath}/${pick([...ids])}`
    const scopes = pick([null, some(), someOfOwn(), someOfOwn(), someOfOwn()])
    const body = scopes?.length === 0 ? {} : { scopes }
    const answer = await pick([
      () => actor.send('POST', keysPath, { name: `step ${step}`, ...body }),
      () => actor.send('PATCH', path, body),
      () => actor.send('POST', `${path}/regen`),
    ])()
    if (answer.status < 300) granted++
    if (typeof answer.body.key === 'string') {
      const [id] = answer.body.key.split('-')
      ids.add(id)
      held.push(withToken({ id, key: answer.body.key }))
    }
  }
  expect(granted).toBeGreaterThan(20)
  for (const row of await keysOf(member.id)) {
    if (row.id === foreign.id) expect(row).toMatchObject({ version: 1, scopes: ['users:update'] })
    else expect(row.scopes.every((scope: KeyScope) => covers(own, scope))).toBe(true)
  }
})

test('row 11: keys of the site admin and of a member, alternating quickly, never mix', async () => {
  const member = await server.person()
  const [mine, theirs] = [await makeKey(server.admin, null), await makeKey(member, null)]
  const scoped = await makeKey(server.admin, ['users:read'])
  const answers = await Promise.all(
    Array.from({ length: 300 }, async (_, n) => {
      const key = [mine, theirs, scoped][n % 3] as Key
      const me = key.send('GET', '/api/v0/users/me')
      const all = key.send('GET', '/api/v0/api-keys?limit=1')
      return [(await me).body.id, (await all).status] as const
    }),
  )
  for (const [n, answer] of answers.entries()) {
    const expected = [
      [server.admin.id, 200],
      [member.id, 403],
      [server.admin.id, 403],
    ][n % 3]
    expect(answer).toEqual(expected)
  }
})

describe('a key never holds more than its owner does now', () => {
  test('403: the key of a site manager who became a member loses the mark at once', async () => {
    const manager = await server.person('site-manager')
    const key = await makeKey(manager, ['users:create', 'users:read'])
    const unlimited = await makeKey(manager, null)
    const create = (by: Key, username: string) =>
      by.send('POST', '/api/v0/users', { username, name: username, email: `${username}@x.test` })
    expect((await create(key, 'before-demotion')).status).toBe(201)
    expect((await create(unlimited, 'before-demotion-2')).status).toBe(201)
    const role = { role: 'site-member' }
    await server.admin.send('PUT', `/api/v0/users/${manager.id}/role`, role)
    for (const by of [key, unlimited]) {
      const answer = await create(by, 'after-demotion')
      expect([answer.status, answer.body.code]).toEqual([403, 'access.denied'])
    }
    expect(await server.sql(`select 1 from users where username = 'after-demotion'`)).toEqual([])
  })

  test('403: a scope that the owner has no right for gives nothing', async () => {
    const member = await server.person()
    const key = await makeKey(member, ['users:create', 'audit_logs:read', 'api_keys:list'])
    expect((await key.send('GET', '/api/v0/api-keys')).body.code).toBe('access.denied')
    const body = { username: 'nobody-new', name: 'x', email: 'x@x.test' }
    expect((await key.send('POST', '/api/v0/users', body)).body.code).toBe('access.denied')
  })
})

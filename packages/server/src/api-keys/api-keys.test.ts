import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const inAnHour = () => new Date(server.clock.now().getTime() + 3_600_000).toISOString()

/** Makes a key and answers it with its secret; a number keeps names apart. */
let count = 0
async function makeKey(owner: Person, body: object = {}): Promise<{ id: string; key: string }> {
  const answer = await owner.send('POST', '/api/v0/api-keys/me', {
    name: `key ${++count}`,
    ...body,
  })
  expect(answer.status).toBe(201)
  return answer.body
}

/** All but the time of the last use, which is written in the background. */
const keysOf = (id: string) =>
  server.sql(
    `select id, name, application, scopes, expires_at, secret_hash, version
     from api_keys where user_id = $1 order by id`,
    [id],
  )
const auditOf = (id: string) =>
  server.sql('select * from audit_log where resource_id = $1 order by id', [id])

describe('POST /api/v0/api-keys/:user', () => {
  test('201: a key is an id and a secret, works at once, and only its hash is stored', async () => {
    const member = await server.person()

    const answer = await member.send('POST', '/api/v0/api-keys/me', { name: 'ci' })

    expect(answer.status).toBe(201)
    expect(answer.body.key).toMatch(/^[A-Za-z0-9]{10}-[A-Za-z0-9]{22}$/)
    const [id, secret] = answer.body.key.split('-')
    expect(answer.body).toEqual({ id, key: `${id}-${secret}` })
    const me = await server.send('GET', '/api/v0/users/me', undefined, {
      'session-token': answer.body.key,
    })
    expect(me.body).toMatchObject({ id: member.id })
    const [row] = await keysOf(member.id)
    expect(row).toMatchObject({ id, application: false, scopes: null, expires_at: null })
    expect(row.secret_hash).toHaveLength(32)
    expect(JSON.stringify(await server.sql('select * from api_keys'))).not.toContain(secret)
    expect(JSON.stringify(await server.sql('select * from audit_log'))).not.toContain(secret)
    expect(await auditOf(id)).toMatchObject([
      {
        actor_id: member.id,
        action: 'create',
        resource_type: 'api_key',
        target: 'ci',
        outcome: 'success',
        allowed_by: 'site-member: api_keys C',
        diff: {
          user: { before: null, after: member.username },
          name: { before: null, after: 'ci' },
          scopes: { before: null, after: null },
          expires_at: { before: null, after: null },
          secret: { before: null, after: '******' },
        },
      },
    ])
  })

  test('201: the site admin makes a key for another user, which acts as that user', async () => {
    const member = await server.person()
    const answer = await server.admin.send('POST', `/api/v0/api-keys/${member.id}`, { name: 'ci' })
    expect(answer.status).toBe(201)
    const me = await server.send('GET', '/api/v0/users/me', undefined, {
      'session-token': answer.body.key,
    })
    expect(me.body.id).toBe(member.id)
    expect(await auditOf(answer.body.id)).toMatchObject([
      {
        actor_id: server.admin.id,
        allowed_by: 'site-admin: api_keys Ua',
        diff: { user: { before: null, after: member.username } },
      },
    ])
  })

  test('403: a site manager makes no keys for others, whether they exist or not', async () => {
    const manager = await server.person('site-manager')
    const member = await server.person()
    for (const id of [member.id, '00000000-0000-7000-8000-000000000000', 'nobody']) {
      const answer = await manager.send('POST', `/api/v0/api-keys/${id}`, { name: 'ci' })
      expect(answer.status).toBe(403)
      expect(answer.body.missing).toEqual({
        resource: 'api_keys',
        operation: 'create',
        scope: 'all',
        mark: 'Ua',
        roles: ['site-admin'],
      })
    }
    expect(await keysOf(member.id)).toEqual([])
  })

  test('404: the site admin makes no key for a user who does not exist', async () => {
    for (const id of ['00000000-0000-7000-8000-000000000000', 'nobody']) {
      const answer = await server.admin.send('POST', `/api/v0/api-keys/${id}`, { name: 'ci' })
      expect(answer.status).toBe(404)
    }
  })

  test('409: no key is made for, or regenerated of, a suspended user; deleting stays possible', async () => {
    const member = await server.person()
    const { id } = await makeKey(member)
    await server.admin.send('POST', `/api/v0/users/${member.id}/suspend`)

    const created = await server.admin.send('POST', `/api/v0/api-keys/${member.id}`, { name: 'x' })
    expect(created.status).toBe(409)
    expect(created.body.code).toBe('user.not_active')
    const path = `/api/v0/api-keys/${member.id}/${id}`
    const before = await keysOf(member.id)
    expect((await server.admin.send('POST', `${path}/regen`)).body.code).toBe('user.not_active')
    expect(await keysOf(member.id)).toEqual(before)
    const shown = await server.admin.send('GET', path)
    expect(shown.body).toMatchObject({
      user: { status: 'suspended' },
      can: { regenerate: false, delete: true },
      cannot: { regenerate: expect.stringContaining('suspended') },
    })
    expect((await server.admin.send('DELETE', path)).status).toBe(204)
  })

  test('404: a user who is being deleted has no keys, for anybody', async () => {
    const member = await server.person()
    const { id } = await makeKey(member)
    await server.sql(`update users set status = 'deleting' where id = $1`, [member.id])
    const path = `/api/v0/api-keys/${member.id}`
    expect((await server.admin.send('POST', path, { name: 'x' })).status).toBe(404)
    expect((await server.admin.send('GET', path)).status).toBe(404)
    expect((await server.admin.send('GET', `${path}/${id}`)).status).toBe(404)
    expect((await server.admin.send('POST', `${path}/${id}/regen`)).status).toBe(404)
    const all = await server.admin.send('GET', '/api/v0/api-keys')
    expect(all.body.map((key: { id: string }) => key.id)).not.toContain(id)
  })

  test('409: a name is unique for its user, whatever its case; another user may use it', async () => {
    const [member, other] = [await server.person(), await server.person()]
    await makeKey(member, { name: 'Deploy' })
    const again = await member.send('POST', '/api/v0/api-keys/me', { name: ' deploy ' })
    expect(again.status).toBe(409)
    expect(again.body).toMatchObject({ code: 'api_key.name_taken', errors: [{ path: 'name' }] })
    expect(await keysOf(member.id)).toHaveLength(1)
    await makeKey(other, { name: 'Deploy' })
  })

  test.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'x'.repeat(129) }, 'name'],
    [{ name: ['a'] }, 'name'],
    [{ name: 'a', scopes: [] }, 'scopes'],
    [{ name: 'a', scopes: ['users:read', 'users:fly'] }, 'scopes.1'],
    [{ name: 'a', expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    [{ name: 'a', expires_at: 'tomorrow' }, 'expires_at'],
    [{ name: 'a', application: true }, ''],
    [{ name: 'a', user_id: 'b' }, ''],
  ])('400: %j', async (body, path) => {
    const member = await server.person()
    const answer = await member.send('POST', '/api/v0/api-keys/me', body)
    expect(answer.status).toBe(400)
    expect(answer.body.errors).toEqual([expect.objectContaining({ path })])
    expect(await keysOf(member.id)).toEqual([])
  })

  test('400: an unknown scope is named, and so are the valid ones', async () => {
    const member = await server.person()
    const body = { name: 'a', scopes: ['users:fly'] }
    const answer = await member.send('POST', '/api/v0/api-keys/me', body)
    expect(answer.body.title).toContain('"users:fly"')
    expect(answer.body.title).toContain('users:read')
    expect(answer.body.valid_scopes).toContain('users:read')
  })

  test('409: a hundred keys are enough, also when the last two are asked for at once', async () => {
    const member = await server.person()
    await server.sql(
      `insert into api_keys (id, user_id, name, secret_hash, secret_at, created_at)
       select lpad(n::text, 10, 'limit'), $1, 'k' || n, '', now(), now() from generate_series(1, 99) n`,
      [member.id],
    )
    const held = await server.hold('select 1 from users where id = $1 for update', [member.id])
    const both = ['one', 'two'].map((name) => member.send('POST', '/api/v0/api-keys/me', { name }))
    await held.untilWaiting(2)
    await held.release()
    const answers = await Promise.all(both)
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409])
    expect(answers.find((answer) => answer.status === 409)?.body.code).toBe('api_key.too_many')
    expect(await keysOf(member.id)).toHaveLength(100)
  })

  test('201: a repeated request with the same Idempotency-Key makes one key', async () => {
    const member = await server.person()
    const once = () =>
      member.send('POST', '/api/v0/api-keys/me', { name: 'a' }, { 'idempotency-key': 'k1' })
    const [first, second] = [await once(), await once()]
    expect(second.body).toEqual(first.body)
    expect(await keysOf(member.id)).toHaveLength(1)
  })
})

describe('reading keys', () => {
  test('200: one reads one’s own keys, and what one may do to them', async () => {
    const member = await server.person()
    const first = await makeKey(member, { scopes: ['users:list', 'users:read', 'users:list'] })
    const second = await makeKey(member, { expires_at: inAnHour() })
    const list = await member.send('GET', '/api/v0/api-keys/me')
    expect(list.status).toBe(200)
    expect(list.body).toMatchObject([
      { id: second.id, scopes: null, expires_by: 'key' },
      {
        id: first.id,
        user_id: member.id,
        user: { id: member.id, username: member.username, status: 'active' },
        application: false,
        scopes: ['users:read', 'users:list'],
        last_used: null,
        expires_at: null,
        expires_by: null,
        can: { read: true, update: true, regenerate: true, delete: true },
        cannot: {},
      },
    ])
    const one = await member.send('GET', `/api/v0/api-keys/${member.id}/${first.id}`)
    expect(one.body).toEqual(list.body[1])
    expect(one.headers.get('etag')).toBe('"1"')
  })

  test.each(['site-manager', 'site-auditor', 'site-member'] as const)(
    '404: a %s reads nobody else’s keys, and is told the same of keys that do not exist',
    async (role) => {
      const [caller, owner] = [await server.person(role), await server.person()]
      const { id } = await makeKey(owner)
      const own = await makeKey(caller)
      const unknown = '00000000-0000-7000-8000-000000000000'
      const titles = new Set<string>()
      for (const path of [
        `${owner.id}/${id}`,
        `${unknown}/${id}`,
        `nobody/${id}`,
        `me/${id}`,
        `${owner.id}/${own.id}`,
        'me/AAAAAAAAAA',
      ]) {
        for (const [method, suffix, body] of [
          ['GET', '', undefined],
          ['PATCH', '', { name: 'stolen' }],
          ['POST', '/regen', undefined],
          ['DELETE', '', undefined],
        ] as const) {
          const answer = await caller.send(method, `/api/v0/api-keys/${path}${suffix}`, body)
          expect(answer.status).toBe(404)
          titles.add(answer.body.title)
        }
      }
      expect([...titles]).toEqual(['There is no such API key'])
      for (const user of [owner.id, unknown, 'nobody']) {
        const list = await caller.send('GET', `/api/v0/api-keys/${user}`)
        expect([list.status, list.body.title]).toEqual([404, 'There is no such user'])
      }
      expect(await keysOf(owner.id)).toMatchObject([{ id, version: 1 }])
      expect((await auditOf(id)).map((entry) => entry.outcome)).toContain('denied')
    },
  )

  test('403: only the site admin lists the keys of all', async () => {
    for (const role of ['site-manager', 'site-auditor', 'site-member'] as const) {
      const caller = await server.person(role)
      await makeKey(caller)
      for (const path of ['/api/v0/api-keys', '/api/v0/api-keys?limit=10']) {
        const answer = await caller.send('GET', path)
        expect(answer.status).toBe(403)
        expect(answer.body.missing).toMatchObject({ mark: 'L', roles: ['site-admin'] })
      }
    }
    expect((await server.send('GET', '/api/v0/api-keys')).status).toBe(401)
  })

  test('200: the site admin lists, searches, sorts and pages the keys of all', async () => {
    const ann = await server.person('site-member', { username: 'ann-lister', name: 'Ann Lister' })
    for (const name of ['zeta 50%', 'Alpha', 'beta_1']) await makeKey(ann, { name })
    const ask = async (query: string) => {
      const answer = await server.admin.send('GET', `/api/v0/api-keys?${query}`)
      expect(answer.status).toBe(200)
      return answer
    }
    const names = (answer: { body: { name: string }[] }) => answer.body.map((key) => key.name)

    const byOwner = await ask('limit=10&q=LISTER&sort=name')
    expect(names(byOwner)).toEqual(['Alpha', 'beta_1', 'zeta 50%'])
    expect(byOwner.headers.get('x-total-count')).toBe('3')
    expect(names(await ask('q=lister%20alp'))).toEqual(['Alpha'])
    expect(names(await ask('q=%25'))).toEqual(['zeta 50%'])
    expect(names(await ask('q=_'))).toEqual(['beta_1'])
    expect(names(await ask('q=ann-lister'))).toEqual(['beta_1', 'Alpha', 'zeta 50%'])

    for (const sort of ['name', '-name', 'created_at', '-created_at', 'last_used', '-last_used']) {
      const whole = (await ask(`q=lister&sort=${sort}`)).body
      const paged: unknown[] = []
      let path: string | undefined = `/api/v0/api-keys?limit=1&q=lister&sort=${sort}`
      while (path !== undefined) {
        const page = await server.admin.send('GET', path)
        paged.push(...page.body)
        path = /<([^>]*)>/.exec(page.headers.get('link') ?? '')?.[1]
      }
      expect(paged).toEqual(whole)
      expect(whole).toHaveLength(3)
    }
    const [{ total }] = await server.sql(
      `select count(*)::int as total from api_keys
       join users on users.id = user_id where status <> 'deleting'`,
    )
    // Without a limit the whole list is streamed, several pages of the database long.
    expect(total).toBeGreaterThan(100)
    expect((await ask('')).body).toHaveLength(total)
  })

  test('200: a search finds the same whether its words find few owners or more than a thousand', async () => {
    await server.sql(
      `insert into users (id, email, username, name, created_at, updated_at)
       select gen_random_uuid(), 'crowd' || n || '@x.test', 'crowd' || n, 'Crowd', now(), now()
       from generate_series(1, 1001) n`,
    )
    await server.sql(
      `insert into api_keys (id, user_id, name, secret_hash, secret_at, created_at)
       select 'CROWD' || lpad(n::text, 5, '0'), id, case n when 7 then 'odd' else 'even' end, '',
         now(), now()
       from users, lateral (select substr(username, 6)::int as n) as numbered
       where username ~ '^crowd\\d$'`,
    )
    const found = async (q: string) => {
      const answer = await server.admin.send('GET', `/api/v0/api-keys?limit=50&q=${q}`)
      expect(answer.headers.get('x-total-count')).toBe(String(answer.body.length))
      return answer.body.length
    }
    expect([await found('crowd'), await found('crowd7'), await found('odd%20crowd')]).toEqual([
      9, 1, 1,
    ])
  })

  test('400: a cursor or sort that this server never gave', async () => {
    for (const query of ['sort=secret_hash', 'after=bm9uc2Vuc2U', 'limit=0', 'owner=me']) {
      expect((await server.admin.send('GET', `/api/v0/api-keys?${query}`)).status).toBe(400)
    }
  })
})

describe('PATCH /api/v0/api-keys/:user/:key', () => {
  test('200: one renames, limits and ends one’s key; the audit log has what changed', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member, { name: 'before' })
    const expires = inAnHour()
    const path = `/api/v0/api-keys/me/${id}`
    const body = { name: 'after', scopes: ['users:list'], expires_at: expires }
    const answer = await member.send('PATCH', path, body)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ ...body, last_used: null })
    expect((await auditOf(id)).at(-1)).toMatchObject({
      action: 'write',
      target: 'before',
      allowed_by: 'site-member: api_keys Uo',
      diff: {
        name: { before: 'before', after: 'after' },
        scopes: { before: null, after: ['users:list'] },
        expires_at: { before: null, after: expires },
      },
    })
    const asKey = await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': key })
    expect([asKey.status, asKey.body.code]).toEqual([403, 'access.scope'])

    const freed = await member.send('PATCH', path, { scopes: null, expires_at: null })
    expect(freed.body).toMatchObject({ name: 'after', scopes: null, expires_at: null })
    expect(
      (await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': key })).status,
    ).toBe(200)
  })

  test('200: the site admin narrows another user’s key; the entry says whose it is', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member)
    const path = `/api/v0/api-keys/${member.id}/${id}`
    const me = () => server.send('GET', '/api/v0/users/me', undefined, { 'session-token': key })
    expect((await me()).status).toBe(200)
    expect((await server.admin.send('PATCH', path, { scopes: ['metrics:read'] })).status).toBe(200)
    expect((await me()).status).toBe(403)
    expect((await auditOf(id)).at(-1)).toMatchObject({
      actor_id: server.admin.id,
      allowed_by: 'site-admin: api_keys Ua',
      diff: { user: { before: member.username, after: member.username } },
    })
  })

  test('412: a change of a version that is no longer the current one', async () => {
    const member = await server.person()
    const { id } = await makeKey(member, { name: 'old' })
    const path = `/api/v0/api-keys/me/${id}`
    const first = await member.send('PATCH', path, { name: 'new' }, { 'if-match': '"1"' })
    expect([first.status, first.headers.get('etag')]).toEqual([200, '"2"'])
    const second = await member.send('PATCH', path, { name: 'newer' }, { 'if-match': '"1"' })
    expect(second.status).toBe(412)
    expect((await keysOf(member.id))[0].name).toBe('new')
  })

  test('400: an expiry in the past, an unknown scope, an unknown field', async () => {
    const member = await server.person()
    const { id } = await makeKey(member)
    for (const body of [
      { expires_at: '2001-01-01T00:00:00Z' },
      { scopes: ['users:fly'] },
      { scopes: [] },
      { secret: 'x' },
      { application: true },
      { name: null },
    ]) {
      const answer = await member.send('PATCH', `/api/v0/api-keys/me/${id}`, body)
      expect(answer.status).toBe(400)
    }
    expect(await keysOf(member.id)).toMatchObject([{ version: 1, scopes: null }])
  })
})

describe('POST /api/v0/api-keys/:user/:key/regen', () => {
  test('200: same id, new secret; the old one is refused in the very next request', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member)
    const me = async (token: string) =>
      (await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': token })).status
    expect(await me(key)).toBe(200)
    const answer = await member.send('POST', `/api/v0/api-keys/me/${id}/regen`)
    expect(answer.status).toBe(200)
    expect(answer.body.key).toMatch(new RegExp(`^${id}-[A-Za-z0-9]{22}$`))
    expect([await me(key), await me(answer.body.key)]).toEqual([401, 200])
    expect((await auditOf(id)).at(-1)).toMatchObject({
      action: 'write',
      diff: { secret: { before: '******', after: '******' } },
    })
    expect(JSON.stringify(await auditOf(id))).not.toContain(answer.body.key.split('-')[1])
  })

  test('400: an expired key gets a new secret only with a new expiry', async () => {
    const member = await server.person()
    const { id } = await makeKey(member, { expires_at: inAnHour() })
    await server.sql(`update api_keys set expires_at = now() - interval '1 s' where id = $1`, [id])
    const path = `/api/v0/api-keys/me/${id}/regen`
    const refused = await member.send('POST', path)
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'expires_at'])
    expect((await keysOf(member.id))[0].version).toBe(1)
    const answer = await member.send('POST', path, { expires_at: inAnHour() })
    const token = { 'session-token': answer.body.key }
    expect((await server.send('GET', '/api/v0/users/me', undefined, token)).status).toBe(200)
  })
})

describe('DELETE /api/v0/api-keys/:user/:key', () => {
  test('204: the key is refused in the very next request, and the entry keeps its name', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member, { name: 'gone' })
    const token = { 'session-token': key }
    expect((await server.send('GET', '/api/v0/users/me', undefined, token)).status).toBe(200)
    const answer = await member.send('DELETE', `/api/v0/api-keys/me/${id}`)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect((await server.send('GET', '/api/v0/users/me', undefined, token)).status).toBe(401)
    expect(await keysOf(member.id)).toEqual([])
    expect((await auditOf(id)).at(-1)).toMatchObject({
      action: 'delete',
      target: 'gone',
      diff: { user: { before: member.username, after: null }, name: { before: 'gone' } },
    })
    expect((await member.send('DELETE', `/api/v0/api-keys/me/${id}`)).status).toBe(404)
  })

  test('204: the site admin deletes another user’s key', async () => {
    const member = await server.person()
    const { id } = await makeKey(member)
    const answer = await server.admin.send('DELETE', `/api/v0/api-keys/${member.id}/${id}`)
    expect(answer.status).toBe(204)
    expect(await keysOf(member.id)).toEqual([])
  })
})

import { type Endpoint, endpoints } from '@atelier/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashToken } from '../../src/sessions/principals.ts'
import { password, type Person, startServer, type TestServer } from '../harness.ts'

// Attacks that succeeded on systems like this one, each test named after its row. Those on one noun
// stand beside it: users/lifecycle, sessions, http, api-keys, organizations, audit.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

test('row 2: every route that writes the same field demands the same right', async () => {
  const member = await server.person()
  const fields = [
    ['PUT', '/role', { role: 'site-auditor' }],
    ['PATCH', '', { roles: ['site-auditor'] }],
    ['POST', '/suspend', undefined],
    ['PATCH', '', { revoked: true }],
    ['POST', '/reset-password', undefined],
    ['PATCH', '', { password: 'a new and quite long phrase' }],
  ] as const
  const [before] = await server.sql('select * from users where id = $1', [member.id])
  for (const role of ['site-member', 'site-auditor'] as const) {
    const actor = await server.person(role)
    for (const [method, path, body] of fields) {
      const answer = await actor.send(method, `/api/v0/users/${member.id}${path}`, body)
      expect([role, method, path, answer.status]).toEqual([role, method, path, 404])
    }
  }
  expect(await server.sql('select * from users where id = $1', [member.id])).toEqual([before])
})

test('row 4: an organization super manager gains nothing outside the organization, nor above it', async () => {
  const organization = await server.organization()
  const other = await server.organization()
  const boss = await server.person('site-member', {
    organizations: { [organization]: 'organization-super-manager' },
  })
  const friend = await server.person('site-member', { organizations: {} })
  const added = await boss.send('POST', `/api/v0/orgs/${organization}/members`, {
    user_id: friend.id,
    role: 'organization-super-manager',
  })
  expect(added.status).toBe(201)

  const attempts = [
    await friend.send('PUT', `/api/v0/users/${boss.id}/role`, { role: 'site-manager' }),
    await friend.send('POST', `/api/v0/orgs/${other}/members`, { user_id: friend.id }),
    await friend.send('PATCH', `/api/v0/orgs/${organization}`, { name: 'Mine' }),
    await friend.send('POST', '/api/v0/orgs', { name: 'Mine' }),
    await friend.send('POST', `/api/v0/users/${boss.id}/reset-password`),
    await friend.send('GET', `/api/v0/api-keys/${boss.id}`),
    await friend.send('GET', '/api/v0/audit'),
  ]
  expect(attempts.map((attempt) => attempt.status)).toEqual([403, 404, 403, 403, 403, 404, 403])
})

test('row 8: each object route, with the id of somebody else’s object, refuses', async () => {
  const [mine, theirs] = [await server.person(), await server.person()]
  const key = (await theirs.send('POST', '/api/v0/api-keys/me', { name: 'theirs' })).body
    .id as string
  const [session] = await server.sql('select id from sessions where user_id = $1', [theirs.id])
  const attempts = [
    await mine.send('GET', `/api/v0/users/${theirs.id}`),
    await mine.send('GET', `/api/v0/users/${theirs.id}/sshkey`),
    await mine.send('PUT', `/api/private/users/${theirs.id}/ux-state`, { x: 1 }),
    await mine.send('GET', `/api/v0/api-keys/${theirs.id}/${key}`),
    // Somebody else's key under one's own id.
    await mine.send('GET', `/api/v0/api-keys/me/${key}`),
    await mine.send('DELETE', `/api/v0/api-keys/me/${key}`),
    await mine.send('POST', `/api/v0/api-keys/me/${key}/regen`),
    await mine.send('DELETE', `/api/v0/sessions/${session.id as string}`),
    ...(await onImagesElsewhere(mine)),
  ]
  expect(attempts.map((attempt) => attempt.status)).toEqual(Array(attempts.length).fill(404))
  expect((await theirs.send('GET', `/api/v0/api-keys/me/${key}`)).status).toBe(200)
  expect((await theirs.send('GET', '/api/v0/users/me')).status).toBe(200)
})

/** Every route of a registry and an image of another organization, for somebody who manages their own. */
async function onImagesElsewhere(mine: Person) {
  const [own, other] = [await server.organization(), await server.organization()]
  await server.sql(
    `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
     values ($1, $2, 'organization-super-manager', now(), now())`,
    [own, mine.id],
  )
  const registry = { friendly_name: 'Theirs', registry: 'registry.example.com' }
  const { id } = (
    await server.admin.send('POST', '/api/v0/registries', { org_id: other, ...registry })
  ).body as { id: string }
  const path = `/api/v0/registries/${id}`
  const [image] = await server.sql(
    `insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values (gen_random_uuid(), $1, $2, 'team/image', 1, 1, 1, now() + interval '1 day', now(), now())
     returning id`,
    [other, id],
  )
  const theirs = `/api/v0/images/${image.id as string}`
  return [
    await mine.send('GET', theirs),
    await mine.send('PATCH', theirs, { deprecated: true }),
    await mine.send('POST', theirs),
    await mine.send('DELETE', theirs),
    await mine.send('GET', `${theirs}/tags`),
    await mine.send('POST', `${theirs}/tags`, { tag: 'mine' }),
    await mine.send('POST', `${theirs}/tags/update`),
    await mine.send('GET', `${theirs}/tags/latest`),
    await mine.send('PATCH', `${theirs}/tags/latest`, { decommissioned: true }),
    await mine.send('DELETE', `${theirs}/tags/latest`),
    await mine.send('GET', path),
    await mine.send('PATCH', path, { friendly_name: 'Mine' }),
    await mine.send('POST', `${path}/check`),
    await mine.send('DELETE', path),
    await mine.send('POST', '/api/v0/registries', { org_id: other, ...registry }),
  ]
}

test('row 9: an import never changes somebody who is there', async () => {
  const target = await server.person('site-auditor', { username: 'row9' })
  const [before] = await server.sql('select * from users where id = $1', [target.id])
  const answer = await server.admin.send('POST', '/api/v0/users/import', {
    csv: 'name,username,email,role\nOther,row9,row9@example.com,site-member\n',
    dry_run: false,
  })
  expect(answer.body).toMatchObject({ good: 0, bad: 1 })
  expect(await server.sql('select * from users where id = $1', [target.id])).toEqual([before])
})

test('row 12: of thousands of mixed requests in parallel, no anonymous one is answered as the admin', async () => {
  const member = await server.person()
  const ask = async (token: string | undefined): Promise<string> => {
    const response = await fetch(`${server.url}/api/v0/users/me`, {
      headers: token === undefined ? {} : { 'session-token': token },
    })
    const body = (await response.json()) as { id?: string }
    return `${response.status} ${body.id ?? ''}`
  }
  const kinds = [
    [undefined, '401 '],
    [server.admin.token, `200 ${server.admin.id}`],
    [member.token, `200 ${member.id}`],
    ['a-token-that-is-nobodys', '401 '],
  ] as const
  for (let round = 0; round < 25; round++) {
    const chosen = Array.from({ length: 100 }, (_, i) => kinds[(i * 7 + round) % kinds.length]!)
    const answers = await Promise.all(chosen.map(([token]) => ask(token)))
    expect(answers).toEqual(chosen.map(([, expected]) => expected))
  }
}, 180_000)

test('row 29: names that differ in case, form or length only never collide', async () => {
  await server.person('site-member', { username: 'Straße'.replace('ß', 'ss') })
  const create = async (username: string, email: string) =>
    (await server.admin.send('POST', '/api/v0/users', { name: 'x', username, email })).status
  expect(await create('STRASSE', 'a1@example.com')).toBe(409)
  expect(await create('straße', 'a2@example.com')).toBe(400)
  expect(await create('ａｄｍｉｎ', 'a3@example.com')).toBe(400)
  expect(await create('admin ', 'a4@example.com')).toBe(400)
  expect(await create('x'.repeat(40), 'a5@example.com')).toBe(400)
  expect(await create('..', 'a6@example.com')).toBe(400)
})

test('row 31: one changed byte of a session token, an API key or a CSRF token is refused', async () => {
  const member = await server.person()
  const { key } = (await member.send('POST', '/api/v0/api-keys/me', { name: 'row 31' })).body as {
    key: string
  }
  for (const token of [member.token, key]) {
    expect(await statusOf(token)).toBe(200)
    for (let at = 0; at < token.length; at += 3) {
      const flipped = token[at] === 'A' ? 'B' : 'A'
      expect(await statusOf(token.slice(0, at) + flipped + token.slice(at + 1))).toBe(401)
    }
    expect(await statusOf(token.slice(0, -1))).toBe(401)
    expect(await statusOf(`${token}A`)).toBe(401)
  }
  // What is stored is no credential: neither the hash nor its text signs anybody in.
  expect(await statusOf(hashToken(member.token).toString('hex'))).toBe(401)
  expect(await statusOf(hashToken(member.token).toString('base64'))).toBe(401)
})

async function statusOf(token: string): Promise<number> {
  return (await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': token }))
    .status
}

test('V1-3: no answer that a member can get holds a hash, a token or another user’s e-mail', async () => {
  const member: Person = await server.person()
  const other = await server.person('site-manager', { organizations: {} })
  await server.admin.send('POST', `/api/v0/api-keys/${other.id}`, { name: 'other' })
  for (const path of [
    '/api/v0/session',
    '/api/v0/users',
    '/api/v0/users/me',
    '/api/v0/sessions',
    '/api/v0/orgs',
    '/api/v0/api-keys/me',
    '/api/v0/config',
    '/api/v0/banners/shown',
    '/api/v0/access/roles',
    `/api/v0/orgs/${server.organizationId}/members`,
  ]) {
    const answer = await member.send('GET', path)
    expect([path, answer.status]).toEqual([path, 200])
    expect(answer.text).not.toMatch(
      /argon2|password_hash|token_hash|secret_hash|private_key|secret"/,
    )
    expect(answer.text).not.toContain(other.email)
    expect(answer.text).not.toContain(member.token)
  }
})

test('V1-6: after the reset on the server’s machine the old sessions and keys of the site admin are dead', async () => {
  const { resetAdminPassword } = await import('../../src/users/reset-admin.ts')
  const other = await startServer()
  try {
    const { key } = (await other.admin.send('POST', '/api/v0/api-keys/me', { name: 'old' }))
      .body as {
      key: string
    }
    const byKey = () => other.send('GET', '/api/v0/users/me', undefined, { 'session-token': key })
    expect((await byKey()).status).toBe(200)
    const printed = await resetAdminPassword(other.platform)
    expect((await byKey()).status).toBe(401)
    expect((await other.admin.send('GET', '/api/v0/users/me')).status).toBe(401)
    expect(await other.sql('select 1 from api_keys')).toEqual([])

    const temporary = /: ([\w-]+)\n/.exec(printed)?.[1] ?? ''
    const signIn = (secret: string) =>
      other.send('POST', '/auth/basic/login', { email: 'admin', password: secret })
    expect((await signIn(password)).status).toBe(401)
    const token = (await signIn(temporary)).body.session_token as string
    const list = await other.send('GET', '/api/v0/users', undefined, { 'session-token': token })
    expect(list.body.code).toBe('user.password_change_required')
    const entries = await other.sql(
      "select diff from audit_log where allowed_by = 'server command'",
    )
    expect(entries).toHaveLength(1)
    expect(JSON.stringify(entries)).not.toContain(temporary)
  } finally {
    await other.stop()
  }
})

test('row 30: no GET creates or changes anything, whoever asks', async () => {
  const member = await server.person()
  const { id: key } = (await member.send('POST', '/api/v0/api-keys/me', { name: 'row 30' })).body
  const tables = ['users', 'organizations', 'organization_members', 'api_keys', 'settings']
  const content = () =>
    Promise.all(
      // When somebody was last seen is written as they come by.
      [...tables, 'system_banners', 'jobs', 'facts', 'sessions'].map((table) =>
        server.sql(
          `select to_jsonb(t) - 'last_seen_at' - 'last_used_at' as row from ${table} t order by 1`,
        ),
      ),
    )
  const values: Record<string, string> = {
    user: member.id,
    organization: server.organizationId,
    key: String(key),
  }
  const paths = Object.values(endpoints)
    .flatMap((noun) => Object.values(noun) as Endpoint[])
    .filter(({ method, raw }) => method === 'GET' && raw !== 'text/event-stream')
    .map(({ path }) => path.replace(/:(\w+)/g, (_, name: string) => values[name] ?? member.id))
  expect(paths.length).toBeGreaterThan(20)
  const before = await content()
  for (const path of paths) {
    for (const query of [
      '',
      '?limit=1',
      `?user_id=${member.id}`,
      '?role=site-auditor&format=csv',
    ]) {
      for (const person of [server.admin, member]) {
        expect((await person.send('GET', path + query)).status).toBeLessThan(500)
      }
    }
  }
  expect(await content()).toEqual(before)
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let manager: Person
let organization: string
beforeAll(async () => {
  server = await startServer()
  organization = await server.organization('Makers')
  manager = await server.person('site-member', {
    organizations: { [organization]: 'organization-manager' },
  })
})
afterAll(() => server.stop())

const path = '/api/v0/registries'
const secret = 'a secret of the registry'
let count = 0

function create(fields: object = {}, by = manager) {
  return by.send('POST', path, {
    org_id: organization,
    friendly_name: `Registry ${++count}`,
    registry: 'registry.example.com',
    ...fields,
  })
}

const rowOf = async (id: string) =>
  (await server.sql('select * from registries where id = $1', [id]))[0]
const entriesOf = (id: string) =>
  server.sql('select * from audit_log where resource_id = $1 order by id', [id])

describe('POST /api/v0/registries', () => {
  test('201: a manager adds one; the password is sealed, masked and in no answer', async () => {
    const answer = await create({
      friendly_name: 'Ours',
      registry: 'https://Registry.Example.com:5000/',
      username: 'robot',
      password: secret,
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('etag')).toBe('"1"')
    expect(answer.body).toEqual({
      id: expect.any(String),
      organization_id: organization,
      friendly_name: 'Ours',
      registry: 'registry.example.com:5000',
      username: 'robot',
      has_password: true,
      version: 1,
      can: { read: true, update: true, check: true, delete: true },
      cannot: {},
      created_at: expect.any(String),
      updated_at: expect.any(String),
    })
    const { id } = answer.body as { id: string }
    const row = await rowOf(id)
    const { vault } = server.platform
    expect(vault.decrypt(`registries.password:${id}`, row.password)).toBe(secret)
    // Bound to its row: moved to another one it is worth nothing.
    expect(() => vault.decrypt(`registries.password:${organization}`, row.password)).toThrow()
    const [entry] = await entriesOf(id)
    expect(entry).toMatchObject({
      action: 'create',
      resource_type: 'registry',
      target: 'Ours',
      allowed_by: 'organization-manager: registries C',
      diff: {
        organization: { before: null, after: 'Makers' },
        registry: { before: null, after: 'registry.example.com:5000' },
        username: { before: null, after: 'robot' },
        password: { before: null, after: '******' },
      },
    })
    expect(JSON.stringify([answer.body, entry])).not.toContain(secret)
  })

  test('201: a key file of 32 KiB is a password', async () => {
    const answer = await create({ username: '_json_key', password: 'k'.repeat(32 * 1024) })
    expect(answer.status).toBe(201)
  })

  test('400: what cannot be a registry, and half of the credentials', async () => {
    const before = await server.sql('select count(*) from registries')
    const bad: [object, string][] = [
      [{ registry: 'registry.example.com/team' }, 'registry'],
      [{ registry: 'ann:secret@registry.example.com' }, 'registry'],
      [{ username: 'robot' }, 'password'],
      [{ password: secret }, 'username'],
      [{ username: 'a:b', password: secret }, 'username'],
      [{ username: 'a\nb', password: secret }, 'username'],
      [{ username: 'robot', password: 'k'.repeat(32 * 1024 + 1) }, 'password'],
      // Fewer characters than 32 Ki, but more bytes.
      [{ username: 'robot', password: 'ü'.repeat(32 * 1024 - 1) }, 'password'],
      [{ friendly_name: '' }, 'friendly_name'],
    ]
    for (const [fields, field] of bad) {
      const answer = await create(fields)
      expect([field, answer.status]).toEqual([field, 400])
      const { errors } = answer.body as { errors: { path: string }[] }
      expect(errors.map((error) => error.path.split('/').at(-1))).toEqual([field])
    }
    expect(await server.sql('select count(*) from registries')).toEqual(before)
  })

  test('409: two of one name in one organization; in another one it may be', async () => {
    expect((await create({ friendly_name: 'Twice' })).status).toBe(201)
    const again = await create({ friendly_name: 'tWICE' })
    expect([again.status, again.body.code]).toEqual([409, 'registry.name_taken'])
    const other = await server.organization()
    const elsewhere = await create({ friendly_name: 'Twice', org_id: other }, server.admin)
    expect(elsewhere.status).toBe(201)
  })

  test('403: an image manager reads and adds none; 404 where the organization is not theirs', async () => {
    const reader = await server.person('site-member', {
      organizations: { [organization]: 'organization-image-manager' },
    })
    const outsider = await server.person()
    const [refused, hidden] = [await create({}, reader), await create({}, outsider)]
    expect([refused.status, refused.body.missing.roles]).toEqual([
      403,
      ['site-admin', 'site-manager', 'organization-super-manager', 'organization-manager'],
    ])
    expect([hidden.status, hidden.body.code]).toEqual([404, 'resource.not_found'])
    const unknown = await create({ org_id: 'nothing' }, outsider)
    expect(unknown.body.title).toBe(hidden.body.title)
  })
})

describe('GET /api/v0/registries', () => {
  test('200: those of one’s organizations, by name, in pages; the username for who may change it', async () => {
    const here = await server.organization()
    const reader = await server.person('site-member', {
      organizations: { [here]: 'organization-member' },
    })
    for (const name of ['listed c', 'Listed A', 'listed B']) {
      const fields = { org_id: here, friendly_name: name, username: 'robot', password: secret }
      expect((await create(fields, server.admin)).status).toBe(201)
    }
    const names = (rows: { friendly_name: string }[]) => rows.map((row) => row.friendly_name)

    const whole = await reader.send('GET', path)
    expect(names(whole.body)).toEqual(['Listed A', 'listed B', 'listed c'])
    expect(whole.body[0]).toMatchObject({
      username: null,
      has_password: true,
      can: { read: true, update: false, check: false, delete: false },
    })
    expect(whole.text).not.toContain('robot')
    const first = await reader.send('GET', `${path}?limit=2`)
    expect(names(first.body)).toEqual(['Listed A', 'listed B'])
    expect(first.headers.get('x-total-count')).toBe('3')
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await reader.send('GET', next)
    expect(names(second.body)).toEqual(['listed c'])
    expect(second.headers.get('link')).toBeNull()
    expect(names((await reader.send('GET', `${path}?q=EXAMPLE b`)).body)).toEqual(['listed B'])

    const byAdmin = await server.admin.send('GET', `${path}?org=${here}`)
    expect(names(byAdmin.body)).toEqual(['Listed A', 'listed B', 'listed c'])
    expect(byAdmin.body[0]).toMatchObject({ username: 'robot', can: { update: true } })
  })

  test('200: an empty list without organizations, and of an organization that is not one’s own', async () => {
    await create()
    for (const role of ['site-member', 'site-auditor'] as const) {
      const person = await server.person(role, { organizations: {} })
      for (const query of ['', '?limit=5', `?org=${organization}`, '?org=nothing']) {
        const answer = await person.send('GET', path + query)
        expect([query, answer.status, answer.body]).toEqual([query, 200, []])
      }
    }
    const outsider = await server.person()
    const counted = await outsider.send('GET', `${path}?org=${organization}&limit=5`)
    expect([counted.body, counted.headers.get('x-total-count')]).toEqual([[], '0'])
  })

  test('400: a cursor that the server did not give', async () => {
    const forged = Buffer.from('["a","b"]').toString('base64url')
    for (const query of [`after=${forged}&limit=2`, 'after=x', 'limit=0', 'x=1']) {
      expect((await manager.send('GET', `${path}?${query}`)).status, query).toBe(400)
    }
  })
})

describe('PATCH /api/v0/registries/:registry', () => {
  test('200: what is null stays; a new password is told in the log without itself', async () => {
    const { id } = (await create({ username: 'robot', password: secret })).body
    const renamed = await manager.send('PATCH', `${path}/${id}`, {
      friendly_name: 'Renamed',
      registry: null,
      username: null,
      password: null,
    })
    expect(renamed.body).toMatchObject({ friendly_name: 'Renamed', username: 'robot', version: 2 })
    const { vault } = server.platform
    const password = async () =>
      vault.decrypt(`registries.password:${id}`, (await rowOf(id)).password)
    expect(await password()).toBe(secret)
    await manager.send('PATCH', `${path}/${id}`, { password: 'another secret' })
    expect(await password()).toBe('another secret')
    const entries = await entriesOf(id)
    expect(entries.map((entry) => entry.diff).slice(1)).toEqual([
      { friendly_name: { before: expect.any(String), after: 'Renamed' } },
      { password: { before: '******', after: '******' } },
    ])
    expect(JSON.stringify(entries)).not.toContain('another secret')
  })

  test('200: an empty username takes the credentials away', async () => {
    const { id } = (await create({ username: 'robot', password: secret })).body
    const answer = await manager.send('PATCH', `${path}/${id}`, { username: '' })
    expect(answer.body).toMatchObject({ username: '', has_password: false })
    expect((await rowOf(id)).password).toBeNull()
  })

  test('400: a stored password does not follow to another address', async () => {
    const { id } = (await create({ username: 'robot', password: secret })).body
    const before = await rowOf(id)
    for (const registry of ['registry.evil.example', 'http://registry.example.com']) {
      const moved = await manager.send('PATCH', `${path}/${id}`, { registry })
      expect([moved.status, moved.body.errors[0].path]).toEqual([400, 'password'])
    }
    expect(await rowOf(id)).toEqual(before)
    // The same address, written otherwise, and another one with its own password.
    const same = await manager.send('PATCH', `${path}/${id}`, {
      registry: 'https://registry.example.com/',
    })
    const other = await manager.send('PATCH', `${path}/${id}`, {
      registry: 'registry.example.org',
      password: 'its own',
    })
    expect([same.status, other.status]).toEqual([200, 200])
  })

  test('412: of another version; the right one is taken', async () => {
    const { id } = (await create()).body
    const change = (etag: string) =>
      manager.send('PATCH', `${path}/${id}`, { friendly_name: etag }, { 'if-match': etag })
    expect((await change('"2"')).status).toBe(412)
    expect((await change('"1"')).status).toBe(200)
  })

  test('of two changes at once each sees what the other did', async () => {
    const { id } = (await create()).body
    const hold = await server.hold('select 1 from registries where id = $1 for update', [id])
    const answers = Promise.all([
      manager.send('PATCH', `${path}/${id}`, { username: 'robot', password: secret }),
      server.admin.send('PATCH', `${path}/${id}`, { registry: 'registry.evil.example' }),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    // Whichever came first: a password never ends up with an address that it was not given for.
    const [, moved] = (await answers).map((answer) => answer.status)
    const row = await rowOf(id)
    if (moved === 400) expect(row.registry).toBe('registry.example.com')
    else expect([row.registry, row.username]).toEqual(['registry.evil.example', 'robot'])
  })
})

describe('DELETE /api/v0/registries/:registry', () => {
  test('204: it is gone with its password, and the log has what it was', async () => {
    const { id } = (await create({ username: 'robot', password: secret })).body
    const answer = await manager.send('DELETE', `${path}/${id}`)
    expect([answer.status, await rowOf(id)]).toEqual([204, undefined])
    expect((await entriesOf(id)).at(-1)).toMatchObject({
      action: 'delete',
      diff: { password: { before: '******', after: null } },
    })
    expect((await manager.send('GET', `${path}/${id}`)).status).toBe(404)
  })

  test('an organization takes its registries along', async () => {
    const id = await server.organization()
    const registry = (await create({ org_id: id }, server.admin)).body.id as string
    expect((await server.admin.send('DELETE', `/api/v0/orgs/${id}`)).status).toBe(204)
    expect(await rowOf(registry)).toBeUndefined()
  })

  test('an organization that is being deleted takes no registry', async () => {
    const id = await server.organization()
    const hold = await server.hold('delete from organizations where id = $1', [id])
    const answer = create({ org_id: id }, server.admin)
    await hold.untilWaiting(1)
    await hold.release()
    expect((await answer).status).toBe(201)
    await server.sql('delete from organizations where id = $1', [id])
    expect((await create({ org_id: id }, server.admin)).status).toBe(404)
  })
})

describe('the default registry', () => {
  const registriesOf = async (id: string) =>
    (await server.admin.send('GET', `${path}?org=${id}`)).body as Record<string, unknown>[]

  test('a new organization has Docker Hub, while the setting says so', async () => {
    const make = async (name: string) =>
      (await server.admin.send('POST', '/api/v0/orgs', { name })).body.id as string
    const withHub = await make('With Docker Hub')
    expect(await registriesOf(withHub)).toMatchObject([
      { registry: 'index.docker.io', friendly_name: 'Docker Hub', has_password: false },
    ])
    const [entry] = await entriesOf(withHub)
    expect(entry.diff.registry).toEqual({ before: null, after: 'index.docker.io' })

    const turn = (on: boolean) =>
      server.admin.send('PATCH', '/api/v0/config', { default_registry_enabled: on })
    expect((await turn(false)).status).toBe(200)
    expect(await registriesOf(await make('Without'))).toEqual([])
    expect(await registriesOf(withHub)).toHaveLength(1)
    await turn(true)
  })
})

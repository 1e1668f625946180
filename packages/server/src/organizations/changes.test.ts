import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let manager: Person
beforeAll(async () => {
  server = await startServer()
  manager = await server.person('site-manager', { organizations: {} })
})
afterAll(() => server.stop())

const orgs = '/api/v0/orgs'

async function stored(id: string) {
  const [row] = await server.sql('select * from organizations where id = $1', [id])
  return row
}

async function entriesOf(id: string) {
  return server.sql('select * from audit_log where resource_id = $1 order by id', [id])
}

describe('POST /api/v0/orgs', () => {
  test('201: creates an organization with every field, and the audit log says so', async () => {
    const body = {
      name: '  Platform  ',
      description: 'Builds the platform',
      default: true,
      default_role: 'organization-importer',
      resource_namespace: 'platform',
      auto_off_threshold: 28_800_000,
      cpu_provisioning_rate: 4,
      memory_provisioning_rate: 1.25,
    }
    const answer = await manager.send('POST', orgs, body)
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ ...body, name: 'Platform', member_count: 0, members: [] })
    expect(await entriesOf(answer.body.id)).toMatchObject([
      {
        actor_id: manager.id,
        action: 'create',
        resource_type: 'organization',
        target: body.name.trim(),
        allowed_by: 'site-manager: organizations C',
        diff: { name: { after: 'Platform' }, default: { after: true } },
      },
    ])
    await manager.send('PATCH', `${orgs}/${answer.body.id}`, { default: false })
  })

  test("201: the older command line's name of the super manager is read as such", async () => {
    const answer = await manager.send('POST', orgs, {
      name: 'Older',
      default_role: 'organization-admin',
      description: null,
    })
    expect([answer.status, answer.body.default_role, answer.body.description]).toEqual([
      201,
      'organization-super-manager',
      '',
    ])
  })

  test('409: names are unique whatever their case', async () => {
    await server.organization('Unique')
    const answer = await manager.send('POST', orgs, { name: 'uNIQUE' })
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.name_taken'])
    expect(answer.body.errors).toMatchObject([{ path: 'name' }])
    expect(
      await server.sql(`select 1 from organizations where lower(name) = 'unique'`),
    ).toHaveLength(1)
  })

  test('403: organization roles create nothing, and the refusal is recorded', async () => {
    const person = await server.person('site-auditor', {
      organizations: { [server.organizationId]: 'organization-super-manager' },
    })
    const answer = await person.send('POST', orgs, { name: 'Mine alone' })
    expect(answer.status).toBe(403)
    expect(answer.body.missing).toMatchObject({
      resource: 'organizations',
      operation: 'create',
      roles: ['site-admin', 'site-manager'],
    })
    expect(await server.sql(`select 1 from organizations where name = 'Mine alone'`)).toEqual([])
    expect(await server.sql(`select outcome from audit_log where target = 'Mine alone'`)).toEqual([
      { outcome: 'denied' },
    ])
  })

  test('400: unknown fields, wrong types and values out of range are refused', async () => {
    const before = await server.sql('select count(*) from organizations')
    for (const body of [
      {},
      { name: '' },
      { name: ' ' },
      { name: 'x'.repeat(129) },
      { name: ['a', 'b'] },
      { name: 'Strict', members: [] },
      { name: 'Strict', id: 'mine' },
      { name: 'Strict', description: 'x'.repeat(513) },
      { name: 'Strict', default_role: 'site-admin' },
      { name: 'Strict', auto_off_threshold: 0.5 },
      { name: 'Strict', auto_off_threshold: -1 },
      { name: 'Strict', cpu_provisioning_rate: 33 },
      { name: 'Strict', memory_provisioning_rate: '2' },
      { name: 'Strict\u0007' },
    ]) {
      expect((await manager.send('POST', orgs, body)).status, JSON.stringify(body)).toBe(400)
    }
    expect(await server.sql('select count(*) from organizations')).toEqual(before)
  })
})

describe('PATCH /api/v0/orgs/:organization', () => {
  test('200: changes what is given, null stays, and the entry holds before and after', async () => {
    const id = await server.organization('Before')
    const answer = await manager.send('PATCH', `${orgs}/${id}`, {
      name: 'After',
      description: null,
      default_role: 'organization-manager',
    })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      name: 'After',
      description: '',
      default_role: 'organization-manager',
    })
    expect(answer.headers.get('etag')).toBe('"2"')
    expect((await entriesOf(id))[0]).toMatchObject({
      action: 'write',
      target: 'Before',
      allowed_by: 'site-manager: organizations Ua',
      diff: {
        name: { before: 'Before', after: 'After' },
        default_role: { before: 'organization-member', after: 'organization-manager' },
      },
    })
  })

  test('412: somebody else changed it meanwhile', async () => {
    const id = await server.organization('Raced')
    const first = await manager.send(
      'PATCH',
      `${orgs}/${id}`,
      { description: 'first' },
      {
        'if-match': '"1"',
      },
    )
    const second = await server.admin.send(
      'PATCH',
      `${orgs}/${id}`,
      { description: 'second' },
      {
        'if-match': '"1"',
      },
    )
    expect([first.status, second.status]).toEqual([200, 412])
    expect((await stored(id)).description).toBe('first')
  })

  test('403: who reads it may not change it; 404: who does not read it', async () => {
    const id = await server.organization('Kept')
    const reader = await server.person('site-member', {
      organizations: { [id]: 'organization-super-manager' },
    })
    const member = await server.person('site-member', {
      organizations: { [id]: 'organization-member' },
    })
    const before = await stored(id)
    const refused = await reader.send('PATCH', `${orgs}/${id}`, { name: 'Taken' })
    const hidden = await member.send('PATCH', `${orgs}/${id}`, { name: 'Taken' })
    expect([refused.status, hidden.status]).toEqual([403, 404])
    expect(refused.body.missing).toMatchObject({
      mark: 'Ua',
      roles: ['site-admin', 'site-manager'],
    })
    expect(await stored(id)).toEqual(before)
    expect((await entriesOf(id)).map((entry) => entry.outcome)).toEqual(['denied', 'denied'])
  })

  test('409: a name that another organization has; its own in another case is fine', async () => {
    const id = await server.organization('Renamed')
    await server.organization('Occupied')
    expect((await manager.send('PATCH', `${orgs}/${id}`, { name: 'OCCUPIED' })).status).toBe(409)
    expect((await stored(id)).name).toBe('Renamed')
    expect((await manager.send('PATCH', `${orgs}/${id}`, { name: 'RENAMED' })).status).toBe(200)
  })

  test('409: the last default organization stays default', async () => {
    const answer = await manager.send('PATCH', `${orgs}/${server.organizationId}`, {
      default: false,
      description: 'not even this',
    })
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.last_default'])
    expect(await stored(server.organizationId)).toMatchObject({ is_default: true, description: '' })
    const { body } = await manager.send('GET', `${orgs}/${server.organizationId}`)
    expect(body.can).toMatchObject({ update: true, unset_default: false, delete: false })
    expect(Object.keys(body.cannot).sort()).toEqual(['delete', 'unset_default'])
  })
})

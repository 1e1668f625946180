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
const directoryFields = ['can', 'cannot', 'default', 'description', 'id', 'members', 'name']
const memberDirectoryFields = [
  'avatar_hash',
  'can',
  'cannot',
  'id',
  'name',
  'organization_role',
  'organization_roles',
  'roles_updated_at',
  'username',
]

function one(body: any[], id: string) {
  return body.find((row) => row.id === id)
}

describe('GET /api/v0/orgs', () => {
  test('200: who reads organizations gets full records, members included', async () => {
    const id = await server.organization('Readers')
    const member = await server.person('site-member', {
      organizations: { [id]: 'organization-importer' },
    })

    const answer = await manager.send('GET', orgs)

    expect(answer.status).toBe(200)
    expect(one(answer.body, id)).toMatchObject({
      name: 'Readers',
      description: '',
      default: false,
      default_role: 'organization-member',
      member_count: 1,
      workspace_count: 0,
      resource_namespace: '',
      auto_off_threshold: 0,
      cpu_provisioning_rate: 1,
      memory_provisioning_rate: 1,
      can: { read: true, update: true, delete: true, list_members: true, add_members: true },
    })
    expect(one(answer.body, id).members).toHaveLength(1)
    expect(one(answer.body, id).members[0]).toMatchObject({
      id: member.id,
      email: member.email,
      role: 'site-member',
      roles: ['site-member'],
      organization_role: 'organization-importer',
      organization_roles: ['organization-importer'],
      can: { read: true, change_role: true, remove: true },
    })
    expect(answer.text).not.toMatch(/password_hash|ssh_private|search/)
  })

  test('200: who only lists gets the directory of their own organizations', async () => {
    const [mine, other] = [await server.organization('Mine'), await server.organization('Other')]
    const roles = { [mine]: 'organization-image-manager' as const }
    const member = await server.person('site-member', { organizations: roles })
    const colleague = await server.person('site-member', { organizations: roles })
    await server.person('site-member', { organizations: { [other]: 'organization-member' } })

    const { body } = await member.send('GET', orgs)

    expect(body.map((row: { id: string }) => row.id)).toEqual([mine])
    expect(Object.keys(body[0]).sort()).toEqual(directoryFields)
    expect(body[0].can).toMatchObject({ read: false, update: false, delete: false })
    const [self, second] = [one(body[0].members, member.id), one(body[0].members, colleague.id)]
    expect(self).toMatchObject({ email: member.email, can: { read: true, change_role: false } })
    expect(Object.keys(second).sort()).toEqual(memberDirectoryFields)
    expect(second).toMatchObject({ can: { read: false, change_role: false, remove: false } })
  })

  test('200: a manager of one organization reads that one and only lists the other', async () => {
    const [managed, joined] = [
      await server.organization('Managed'),
      await server.organization('Joined'),
    ]
    const person = await server.person('site-member', {
      organizations: { [managed]: 'organization-manager', [joined]: 'organization-member' },
    })
    const inManaged = await server.person('site-member', {
      organizations: { [managed]: 'organization-member' },
    })
    const inJoined = await server.person('site-member', {
      organizations: { [joined]: 'organization-member' },
    })

    const { body } = await person.send('GET', orgs)

    expect(body).toHaveLength(2)
    expect(one(body, managed)).toMatchObject({
      member_count: 2,
      can: { read: true, update: false },
    })
    expect(one(one(body, managed).members, inManaged.id)).toHaveProperty('email', inManaged.email)
    expect(Object.keys(one(body, joined)).sort()).toEqual(directoryFields)
    expect(Object.keys(one(one(body, joined).members, inJoined.id)).sort()).toEqual(
      memberDirectoryFields,
    )
  })

  test('200: a site member and an auditor without organizations get an empty list', async () => {
    for (const role of ['site-member', 'site-auditor'] as const) {
      const person = await server.person(role, { organizations: {} })
      const [whole, page] = [
        await person.send('GET', orgs),
        await person.send('GET', `${orgs}?limit=5`),
      ]
      expect([whole.status, whole.body, page.status, page.body]).toEqual([200, [], 200, []])
      expect(page.headers.get('x-total-count')).toBe('0')
    }
  })

  test('200: pages by name, whole and in parts, with as many members as asked for', async () => {
    for (const name of ['paging c', 'Paging A', 'paging B']) {
      const id = await server.organization(name)
      for (let i = 0; i < 6; i++) {
        await server.person('site-member', { organizations: { [id]: 'organization-member' } })
      }
    }
    const first = await manager.send('GET', `${orgs}?q=paging&limit=2&members=first`)
    expect(first.body.map((row: any) => row.name)).toEqual(['Paging A', 'paging B'])
    expect(first.body.map((row: any) => row.members.length)).toEqual([5, 5])
    expect(first.headers.get('x-total-count')).toBe('3')
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await manager.send('GET', next)
    expect(second.body.map((row: any) => row.name)).toEqual(['paging c'])
    expect(second.headers.get('link')).toBeNull()
    const all = await manager.send('GET', `${orgs}?q=PAGING&members=false`)
    expect(all.body.map((row: any) => row.members)).toEqual([[], [], []])
    expect(
      (await manager.send('GET', `${orgs}?q=paging&members=true`)).body[2].members,
    ).toHaveLength(6)
  })

  test('400: a cursor that the server did not give, and unknown parameters', async () => {
    const forged = Buffer.from('["a","b"]').toString('base64url')
    for (const query of [`after=${forged}&limit=2`, 'after=x', 'limit=0', 'members=some', 'x=1']) {
      expect((await manager.send('GET', `${orgs}?${query}`)).status, query).toBe(400)
    }
  })

  test('people who are being deleted are in no organization any more', async () => {
    const id = await server.organization('Leaving')
    const leaving = await server.person('site-member', {
      organizations: { [id]: 'organization-member' },
    })
    await server.sql(`update users set status = 'deleting' where id = $1`, [leaving.id])
    const { body } = await manager.send('GET', `${orgs}/${id}`)
    expect(body).toMatchObject({ member_count: 0, members: [] })
    expect((await manager.send('GET', `${orgs}/${id}/members`)).body).toEqual([])
  })
})

describe('GET /api/v0/orgs/:organization', () => {
  test('200: who may read it; 404 alike for who may not, and for ids of nothing', async () => {
    const id = await server.organization()
    const reader = await server.person('site-member', {
      organizations: { [id]: 'organization-manager' },
    })
    const member = await server.person('site-member', {
      organizations: { [id]: 'organization-member' },
    })
    const answer = await reader.send('GET', `${orgs}/${id}`)
    expect(answer.status).toBe(200)
    expect(answer.body.members).toHaveLength(2)
    expect(answer.headers.get('etag')).toBe('"1"')
    const hidden = await member.send('GET', `${orgs}/${id}`)
    expect([hidden.status, hidden.body.code]).toEqual([404, 'resource.not_found'])
    for (const unknown of ['nothing', '0192f0c1-0000-7000-8000-000000000000']) {
      const missing = await manager.send('GET', `${orgs}/${unknown}`)
      expect([missing.status, missing.body.title]).toEqual([404, hidden.body.title])
    }
  })
})

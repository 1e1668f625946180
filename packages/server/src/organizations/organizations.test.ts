import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const orgs = '/api/v0/orgs'

describe('GET /api/v0/orgs', () => {
  test('200: who reads organizations gets full records, members included', async () => {
    const id = await server.organization('Readers')
    const member = await server.person('site-member', {
      organizations: { [id]: 'organization-importer' },
    })
    const manager = await server.person('site-manager', { organizations: {} })

    const answer = await manager.send('GET', orgs)

    expect(answer.status).toBe(200)
    const found = answer.body.find((one: { id: string }) => one.id === id)
    expect(found).toMatchObject({
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
    expect(found.members).toHaveLength(1)
    expect(found.members[0]).toMatchObject({
      id: member.id,
      email: member.email,
      role: 'site-member',
      roles: ['site-member'],
      organization_role: 'organization-importer',
      organization_roles: ['organization-importer'],
      can: { read: true, change_role: true, remove: true },
    })
  })

  test('200: who only lists gets the directory of their own organizations', async () => {
    const [mine, other] = [await server.organization('Mine'), await server.organization('Other')]
    const roles = { [mine]: 'organization-image-manager' as const }
    const member = await server.person('site-member', { organizations: roles })
    const colleague = await server.person('site-member', { organizations: roles })
    await server.person('site-member', { organizations: { [other]: 'organization-member' } })

    const { body } = await member.send('GET', orgs)

    expect(body).toHaveLength(1)
    expect(Object.keys(body[0]).sort()).toEqual(
      ['can', 'cannot', 'default', 'description', 'id', 'members', 'name'].sort(),
    )
    const self = body[0].members.find((one: { id: string }) => one.id === member.id)
    const second = body[0].members.find((one: { id: string }) => one.id === colleague.id)
    expect(self).toMatchObject({ email: member.email, can: { read: true, change_role: false } })
    expect(Object.keys(second).sort()).toEqual([
      'avatar_hash',
      'can',
      'cannot',
      'id',
      'name',
      'organization_role',
      'organization_roles',
      'roles_updated_at',
      'username',
    ])
    expect(second).toMatchObject({ can: { read: false, change_role: false, remove: false } })
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let manager: Person
beforeAll(async () => {
  server = await startServer()
  manager = await server.person('site-manager', { organizations: {} })
})
beforeEach(async () => {
  // One default organization, as after setup.
  await server.sql('update organizations set is_default = (id = $1)', [server.organizationId])
})
afterAll(() => server.stop())

const orgs = '/api/v0/orgs'

async function organizationsOf(userId: string): Promise<Record<string, string>> {
  const rows = await server.sql(
    'select organization_id, role from organization_members where user_id = $1',
    [userId],
  )
  return Object.fromEntries(rows.map((row) => [row.organization_id, row.role]))
}

async function exists(id: string): Promise<boolean> {
  return (await server.sql('select 1 from organizations where id = $1', [id])).length === 1
}

async function makeDefault(id: string): Promise<void> {
  await server.sql('update organizations set is_default = true where id = $1', [id])
}

async function defaults(): Promise<number> {
  return (await server.sql('select 1 from organizations where is_default')).length
}

function memberOf(...ids: string[]) {
  return server.person('site-member', {
    organizations: Object.fromEntries(ids.map((id) => [id, 'organization-manager' as const])),
  })
}

describe('DELETE /api/v0/orgs/:organization', () => {
  test('204: people who are in no default organization move to one; one entry counts them', async () => {
    const id = await server.organization('Dissolved')
    const moving = await memberOf(id)
    const suspended = await memberOf(id)
    const staying = await memberOf(id, server.organizationId)
    await server.sql(`update users set status = 'suspended' where id = $1`, [suspended.id])
    await server.sql('update organizations set default_role = $2 where id = $1', [
      server.organizationId,
      'organization-importer',
    ])

    const removal = await manager.send('GET', `${orgs}/${id}/removal`)
    const answer = await manager.send('DELETE', `${orgs}/${id}`)

    expect(removal.body).toEqual({
      members: 3,
      moving: 2,
      to: {
        id: server.organizationId,
        name: 'Default',
        default_role: 'organization-importer',
      },
      allowed: true,
      reason: null,
    })
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await exists(id)).toBe(false)
    const moved = { [server.organizationId]: 'organization-importer' }
    expect(await organizationsOf(moving.id)).toEqual(moved)
    expect(await organizationsOf(suspended.id)).toEqual(moved)
    expect(await organizationsOf(staying.id)).toEqual({
      [server.organizationId]: 'organization-manager',
    })
    expect(await server.sql('select * from audit_log where resource_id = $1', [id])).toMatchObject([
      {
        actor_id: manager.id,
        action: 'delete',
        resource_type: 'organization',
        target: 'Dissolved',
        outcome: 'success',
        allowed_by: 'site-manager: organizations Da',
        diff: {
          name: { before: 'Dissolved', after: null },
          members: { before: 3, after: 0 },
          moved: {
            after: { members: 2, to: 'Default', role: 'organization-importer' },
          },
        },
      },
    ])
  })

  test('204: what the membership gave is gone in the very next request', async () => {
    const id = await server.organization()
    const boss = await memberOf(id)
    const other = await memberOf(id)
    expect((await boss.send('GET', `/api/v0/users/${other.id}`)).status).toBe(200)
    expect((await manager.send('DELETE', `${orgs}/${id}`)).status).toBe(204)
    expect((await boss.send('GET', `/api/v0/users/${other.id}`)).status).toBe(404)
    const { body } = await boss.send('GET', orgs)
    expect(body.map((row: { id: string }) => row.id)).toEqual([server.organizationId])
  })

  test('403: an organization role deletes nothing; 404: nor does who cannot read it', async () => {
    const id = await server.organization()
    const [boss, outsider] = [await memberOf(id), await server.person()]
    const [refused, hidden] = [
      await boss.send('DELETE', `${orgs}/${id}`),
      await outsider.send('DELETE', `${orgs}/${id}`),
    ]
    expect([refused.status, hidden.status]).toEqual([403, 404])
    expect(await exists(id)).toBe(true)
    expect(await organizationsOf(boss.id)).toEqual({ [id]: 'organization-manager' })
    const previews = [
      await boss.send('GET', `${orgs}/${id}/removal`),
      await outsider.send('GET', `${orgs}/${id}/removal`),
    ]
    expect(previews.map((answer) => answer.status)).toEqual([403, 404])
  })

  test('404: ids of nothing', async () => {
    for (const id of ['nothing', '0192f0c1-0000-7000-8000-000000000000']) {
      expect((await manager.send('DELETE', `${orgs}/${id}`)).status).toBe(404)
      expect((await manager.send('GET', `${orgs}/${id}/removal`)).status).toBe(404)
    }
  })

  test('409: the last default organization stays, with everybody in it', async () => {
    const person = await memberOf(server.organizationId)
    const removal = await manager.send('GET', `${orgs}/${server.organizationId}/removal`)
    const answer = await server.admin.send('DELETE', `${orgs}/${server.organizationId}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'organization.last_default'])
    expect(removal.body).toMatchObject({ allowed: false, to: null, reason: answer.body.title })
    expect(await exists(server.organizationId)).toBe(true)
    expect(await organizationsOf(person.id)).not.toEqual({})
  })

  test('of two deletions of the last two default organizations at once, one is refused', async () => {
    const [first, second] = [await server.organization(), await server.organization()]
    await server.sql('update organizations set is_default = (id = any($1))', [[first, second]])
    const hold = await server.hold('select 1 from organizations where is_default for update')
    const answers = Promise.all([
      manager.send('DELETE', `${orgs}/${first}`),
      server.admin.send('DELETE', `${orgs}/${second}`),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    expect((await answers).map((answer) => answer.status).sort()).toEqual([204, 409])
    expect(await defaults()).toBe(1)
  })

  test('of a deletion and a flag taken away at once, one is refused', async () => {
    const [first, second] = [await server.organization(), await server.organization()]
    await server.sql('update organizations set is_default = (id = any($1))', [[first, second]])
    const hold = await server.hold('select 1 from organizations where is_default for update')
    const answers = Promise.all([
      manager.send('DELETE', `${orgs}/${second}`),
      server.admin.send('PATCH', `${orgs}/${first}`, { default: false }),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    const statuses = (await answers).map((answer) => answer.status)
    expect(statuses.filter((status) => status === 409)).toHaveLength(1)
    expect(await defaults()).toBe(1)
  })

  test('of two flags taken away at once from the last two, one is refused', async () => {
    const [first, second] = [await server.organization(), await server.organization()]
    await server.sql('update organizations set is_default = (id = any($1))', [[first, second]])
    const hold = await server.hold('select 1 from organizations where is_default for update')
    const answers = Promise.all([
      manager.send('PATCH', `${orgs}/${first}`, { default: false }),
      server.admin.send('PATCH', `${orgs}/${second}`, { default: false }),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    expect((await answers).map((answer) => answer.status).sort()).toEqual([200, 409])
    expect(await defaults()).toBe(1)
  })

  test('somebody who joins while the organization is being deleted moves too', async () => {
    const id = await server.organization()
    const late = await server.person('site-member', { organizations: {} })
    // The deletion has read who is in it and waits for its caller's row.
    const hold = await server.hold('select 1 from users where id = $1 for update', [manager.id])
    const deletion = manager.send('DELETE', `${orgs}/${id}`)
    await hold.untilWaiting(1)
    const joined = await server.admin.send('POST', `${orgs}/${id}/members`, { user_id: late.id })
    expect(joined.status).toBe(201)
    // It begins again, so that whoever joined is locked like the others.
    const lateHold = await server.hold('select 1 from users where id = $1 for no key update', [
      late.id,
    ])
    await hold.release()
    await lateHold.untilWaiting(1)
    await lateHold.release()
    expect((await deletion).status).toBe(204)
    expect(Object.keys(await organizationsOf(late.id))).toEqual([server.organizationId])
  })

  test('a default organization may go while another one is left', async () => {
    const id = await server.organization()
    await makeDefault(id)
    const person = await memberOf(id)
    expect((await manager.send('DELETE', `${orgs}/${id}`)).status).toBe(204)
    expect(Object.keys(await organizationsOf(person.id))).toEqual([server.organizationId])
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

async function roleOf(id: string): Promise<unknown> {
  const [row] = await server.sql('select site_role from users where id = $1', [id])
  return row?.site_role
}

describe('PUT /api/v0/users/:user/role', () => {
  test('200: a site manager makes a member an auditor, and the audit log says who, what and why', async () => {
    const manager = await server.person('site-manager')
    const member = await server.person()

    const answer = await manager.send('PUT', `/api/v0/users/${member.id}/role`, {
      role: 'site-auditor',
    })

    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      id: member.id,
      role: 'site-auditor',
      roles: ['site-member', 'site-auditor'],
    })
    const entries = await server.sql('select * from audit_log where resource_id = $1', [member.id])
    expect(entries).toMatchObject([
      {
        actor_id: manager.id,
        action: 'write',
        resource_type: 'user',
        outcome: 'success',
        allowed_by: 'site-manager: users Ua',
        diff: { role: { before: 'site-member', after: 'site-auditor' } },
        request_id: answer.headers.get('x-request-id'),
      },
    ])
  })

  test('409: only the site admin makes site managers; the refusal is recorded', async () => {
    const manager = await server.person('site-manager')
    const member = await server.person()

    const answer = await manager.send('PUT', `/api/v0/users/${member.id}/role`, {
      role: 'site-manager',
    })

    expect(answer.status).toBe(409)
    expect(answer.body).toMatchObject({
      code: 'user.role_by_site_admin_only',
      error: { code: 'user.role_by_site_admin_only' },
    })
    expect(await roleOf(member.id)).toBe('site-member')
    const entries = await server.sql(
      'select outcome, refusal_code from audit_log where resource_id = $1',
      [member.id],
    )
    expect(entries).toEqual([{ outcome: 'denied', refusal_code: 'user.role_by_site_admin_only' }])
  })

  test('403: a member may read and update themselves, but not promote themselves', async () => {
    const member = await server.person()
    const answer = await member.send('PUT', `/api/v0/users/${member.id}/role`, {
      role: 'site-manager',
    })
    expect(answer.status).toBe(403)
    expect(answer.body.missing).toMatchObject({
      resource: 'users',
      operation: 'update',
      scope: 'all',
      roles: ['site-admin', 'site-manager'],
    })
    expect(await roleOf(member.id)).toBe('site-member')
  })

  test('412: the version that an answer carried is its ETag; with an older one nothing changes', async () => {
    const member = await server.person()
    const path = `/api/v0/users/${member.id}`
    const seen = await server.admin.send('GET', path)
    expect(seen.headers.get('etag')).toBe(`"${seen.body.version}"`)
    const ifMatch = { 'if-match': `"${seen.body.version}"` }

    const first = await server.admin.send('PUT', `${path}/role`, { role: 'site-auditor' }, ifMatch)
    expect([first.status, first.body.version]).toEqual([200, Number(seen.body.version) + 1])
    const second = await server.admin.send('PUT', `${path}/role`, { role: 'site-manager' }, ifMatch)
    expect(second.status).toBe(412)
    expect(await roleOf(member.id)).toBe('site-auditor')
  })

  test('404: a member may not even read another user', async () => {
    const [member, other] = [await server.person(), await server.person()]
    const answer = await member.send('PUT', `/api/v0/users/${other.id}/role`, {
      role: 'site-auditor',
    })
    expect(answer.status).toBe(404)
    expect(await roleOf(other.id)).toBe('site-member')
  })

  test('a changed role counts in the very next request', async () => {
    const member = await server.person()
    expect((await member.send('GET', '/api/v0/users?role=site-admin')).body).toEqual([])
    await server.admin.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-manager' })
    expect((await member.send('GET', '/api/v0/users?role=site-admin')).body).toHaveLength(1)
    await server.admin.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-member' })
    expect((await member.send('GET', '/api/v0/users?role=site-admin')).body).toEqual([])
  })

  test('a changed role counts in the very next request to another server process', async () => {
    const second = await server.second()
    const member = await server.person('site-manager')
    const ask = async () =>
      (
        await fetch(`${second.url}/api/v0/users/${server.admin.id}`, {
          headers: { 'session-token': member.token },
        })
      ).status
    for (let i = 0; i < 5; i++) {
      expect(await ask()).toBe(200)
      await server.admin.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-member' })
      expect(await ask()).toBe(404)
      await server.admin.send('PUT', `/api/v0/users/${member.id}/role`, { role: 'site-manager' })
    }
  })
})

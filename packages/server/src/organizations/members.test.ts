import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
let manager: Person
/** A super manager of `id` who is a mere member of the site. */
let boss: Person
let id: string
let members: string
beforeAll(async () => {
  server = await startServer()
  manager = await server.person('site-manager', { organizations: {} })
})
beforeEach(async () => {
  id = await server.organization()
  members = `/api/v0/orgs/${id}/members`
  boss = await personIn('organization-super-manager')
})
afterAll(() => server.stop())

function personIn(
  role: 'organization-super-manager' | 'organization-manager' | 'organization-member',
  siteRole: 'site-member' | 'site-auditor' | 'site-manager' = 'site-member',
  name?: string,
) {
  return server.person(siteRole, {
    organizations: { [id]: role },
    ...(name === undefined ? {} : { name }),
  })
}

function nobody(siteRole: 'site-member' | 'site-auditor' | 'site-manager' = 'site-member') {
  return server.person(siteRole, { organizations: {} })
}

async function roleOf(userId: string): Promise<unknown> {
  const [row] = await server.sql(
    'select role from organization_members where organization_id = $1 and user_id = $2',
    [id, userId],
  )
  return row?.role
}

async function entriesOf(userId: string) {
  return server.sql('select * from audit_log where resource_id = $1 order by id', [userId])
}

describe('GET /api/v0/orgs/:organization/members', () => {
  test('200: pages by name, with search and role filter; e-mail for who may read it', async () => {
    const ann = await personIn('organization-member', 'site-member', 'Ann Zeta')
    const bob = await personIn('organization-manager', 'site-member', 'bob zeta')

    const page = await boss.send('GET', `${members}?q=ZETA&limit=1`)
    expect(page.body).toMatchObject([{ id: ann.id, email: ann.email }])
    expect(page.headers.get('x-total-count')).toBe('2')
    const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1] ?? ''
    expect((await boss.send('GET', next)).body).toMatchObject([{ id: bob.id }])

    const managers = await boss.send('GET', `${members}?role=organization-manager`)
    expect(managers.body.map((row: any) => row.id)).toEqual([bob.id])
    const older = await boss.send('GET', `${members}?role=organization-admin`)
    expect(older.body.map((row: any) => row.id)).toEqual([boss.id])
  })

  test('200: a plain member sees the directory, and cannot search e-mail addresses', async () => {
    const member = await personIn('organization-member')
    const { body } = await member.send('GET', members)
    expect(body.map((row: any) => row.id).sort()).toEqual([boss.id, member.id].sort())
    expect(body.find((row: any) => row.id === boss.id)).not.toHaveProperty('email')
    expect(body.find((row: any) => row.id === member.id)).toHaveProperty('email', member.email)
    expect((await member.send('GET', `${members}?q=example.com`)).body).toEqual([])
    expect((await boss.send('GET', `${members}?q=example.com`)).body).toHaveLength(2)
  })

  test('404: an outsider learns nothing, not even from how it is refused', async () => {
    const outsider = await server.person('site-auditor')
    const unknown = members.replace(id, '0192f0c1-0000-7000-8000-000000000000')
    const answers = [await outsider.send('GET', members), await outsider.send('GET', unknown)]
    expect(answers.map((answer) => answer.status)).toEqual([404, 404])
    expect(answers[0]?.body.title).toBe(answers[1]?.body.title)
  })
})

describe('POST /api/v0/orgs/:organization/members', () => {
  test('201: a super manager adds a user with the default role of the organization', async () => {
    const [user] = [await nobody()]
    await server.sql('update organizations set default_role = $2 where id = $1', [
      id,
      'organization-importer',
    ])
    const answer = await boss.send('POST', members, { user_id: user.id })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      id: user.id,
      organization_role: 'organization-importer',
      can: { read: true, change_role: true, remove: true },
    })
    expect(await roleOf(user.id)).toBe('organization-importer')
    expect(await entriesOf(user.id)).toMatchObject([
      {
        actor_id: boss.id,
        action: 'create',
        resource_type: 'org_member',
        allowed_by: 'organization-super-manager: org_members C',
        diff: { role: { after: 'organization-importer' } },
      },
    ])
    expect((await entriesOf(user.id))[0].target).toMatch(new RegExp(`^${user.username} in `))
  })

  test('201: with a chosen role, also by its older name, in the very next request', async () => {
    const user = await nobody()
    expect((await user.send('GET', `/api/v0/orgs/${id}`)).status).toBe(404)
    const answer = await boss.send('POST', members, {
      user_id: user.id,
      role: 'organization-admin',
    })
    expect(answer.body.organization_role).toBe('organization-super-manager')
    expect((await user.send('GET', `/api/v0/orgs/${id}`)).status).toBe(200)
  })

  test('409: a member of the organization already', async () => {
    const user = await personIn('organization-manager')
    const answer = await boss.send('POST', members, { user_id: user.id })
    expect([answer.status, answer.body.code]).toEqual([409, 'member.exists'])
    expect(await roleOf(user.id)).toBe('organization-manager')
  })

  test('409: a suspended user; 404: one who is being deleted, or never was', async () => {
    const [suspended, deleting] = [await nobody(), await nobody()]
    await server.sql(`update users set status = 'suspended' where id = $1`, [suspended.id])
    await server.sql(`update users set status = 'deleting' where id = $1`, [deleting.id])
    const answer = await boss.send('POST', members, { user_id: suspended.id })
    expect([answer.status, answer.body.code]).toEqual([409, 'user.not_active'])
    for (const user of [deleting.id, 'nothing', '0192f0c1-0000-7000-8000-000000000000']) {
      expect((await boss.send('POST', members, { user_id: user })).status).toBe(404)
    }
    expect([await roleOf(suspended.id), await roleOf(deleting.id)]).toEqual([undefined, undefined])
  })

  test('403: managers and plain members of the organization add nobody', async () => {
    const user = await nobody()
    for (const role of ['organization-manager', 'organization-member'] as const) {
      const person = await personIn(role, 'site-auditor')
      const answer = await person.send('POST', members, { user_id: user.id })
      expect(answer.status).toBe(403)
      expect(answer.body.missing.roles).toEqual([
        'site-admin',
        'site-manager',
        'organization-super-manager',
      ])
    }
    expect(await roleOf(user.id)).toBeUndefined()
    expect((await entriesOf(user.id)).map((entry) => entry.outcome)).toEqual(['denied', 'denied'])
  })

  test('403: nobody draws somebody of higher rank into their organization', async () => {
    const higher = await nobody('site-manager')
    const answer = await boss.send('POST', members, { user_id: higher.id })
    expect([answer.status, answer.body.code]).toEqual([403, 'access.outranked'])
    expect(await roleOf(higher.id)).toBeUndefined()
    expect((await manager.send('POST', members, { user_id: higher.id })).status).toBe(201)
  })

  test('400: strict bodies', async () => {
    const user = await nobody()
    for (const body of [
      {},
      { user_id: [user.id] },
      { user_id: user.id, role: 'site-admin' },
      { user_id: user.id, role: ['organization-member'] },
      { user_id: user.id, organization_id: server.organizationId },
    ]) {
      expect((await boss.send('POST', members, body)).status).toBe(400)
    }
    expect(await roleOf(user.id)).toBeUndefined()
  })
})

describe('PUT /api/v0/orgs/:organization/members/:user/role', () => {
  test('200: a super manager gives each of the five; the entry holds before and after', async () => {
    const user = await personIn('organization-member')
    for (const role of [
      'organization-super-manager',
      'organization-manager',
      'organization-image-manager',
      'organization-importer',
      'organization-member',
    ]) {
      const answer = await boss.send('PUT', `${members}/${user.id}/role`, { role })
      expect([answer.status, answer.body.organization_role]).toEqual([200, role])
    }
    expect((await entriesOf(user.id))[0]).toMatchObject({
      action: 'write',
      resource_type: 'org_member',
      allowed_by: 'organization-super-manager: org_members Ua',
      diff: { role: { before: 'organization-member', after: 'organization-super-manager' } },
    })
  })

  test('409: nobody changes their own by a right that it gives; a site manager may', async () => {
    const own = await boss.send('PUT', `${members}/${boss.id}/role`, {
      role: 'organization-member',
    })
    const me = await boss.send('PUT', `${members}/me/role`, { role: 'organization-member' })
    expect([own.status, own.body.code, me.status]).toEqual([409, 'member.own_role', 409])
    expect(await roleOf(boss.id)).toBe('organization-super-manager')
    const listed = await boss.send('GET', `${members}?q=${boss.username}`)
    expect(listed.body[0].can).toMatchObject({ change_role: false, remove: true })
    expect(listed.body[0].cannot.change_role).toBe(own.body.title)

    const both = await personIn('organization-member', 'site-manager')
    const answer = await both.send('PUT', `${members}/${both.id}/role`, {
      role: 'organization-super-manager',
    })
    expect(answer.status).toBe(200)
    expect((await entriesOf(both.id))[0].allowed_by).toBe('site-manager: org_members Ua')
  })

  test('403: a super manager leaves the role of a user of higher rank alone', async () => {
    for (const siteRole of ['site-manager', 'site-auditor'] as const) {
      const higher = await personIn('organization-member', siteRole)
      const path = `${members}/${higher.id}`
      const role = await boss.send('PUT', `${path}/role`, { role: 'organization-importer' })
      const removal = await boss.send('DELETE', path)
      expect([role.body.code, removal.body.code]).toEqual(['access.outranked', 'access.outranked'])
      expect([role.status, removal.status]).toEqual([403, 403])
      expect(await roleOf(higher.id)).toBe('organization-member')
      const [listed] = (await boss.send('GET', `${members}?q=${higher.username}`)).body
      expect(listed).toMatchObject({ can: { change_role: false, remove: false } })
      expect(Object.keys(listed.cannot).sort()).toEqual(['change_role', 'remove'])
    }
  })

  test('404: who only lists members, a user who is none, and strangers', async () => {
    const user = await personIn('organization-member')
    const lister = await personIn('organization-manager')
    const outsider = await nobody()
    for (const [person, target] of [
      [lister, user],
      [outsider, user],
      [boss, outsider],
    ] as const) {
      const answer = await person.send('PUT', `${members}/${target.id}/role`, {
        role: 'organization-super-manager',
      })
      expect(answer.status).toBe(404)
    }
    expect(await roleOf(user.id)).toBe('organization-member')
    expect(await roleOf(outsider.id)).toBeUndefined()
  })

  test('400: only organization roles, exactly one', async () => {
    const user = await personIn('organization-member')
    for (const role of ['site-admin', 'superuser', '', null, ['organization-manager']]) {
      expect((await boss.send('PUT', `${members}/${user.id}/role`, { role })).status).toBe(400)
    }
    expect(await roleOf(user.id)).toBe('organization-member')
  })
})

describe('DELETE /api/v0/orgs/:organization/members/:user', () => {
  test('204: removes a member, who is told apart from a deleted account', async () => {
    const user = await personIn('organization-manager')
    const answer = await boss.send('DELETE', `${members}/${user.id}?delete_workspaces=true`)
    expect([answer.status, answer.text]).toEqual([204, ''])
    expect(await roleOf(user.id)).toBeUndefined()
    expect((await user.send('GET', '/api/v0/users/me')).body.organizations).toEqual([])
    expect((await entriesOf(user.id))[0]).toMatchObject({
      action: 'delete',
      resource_type: 'org_member',
      allowed_by: 'organization-super-manager: org_members Da',
      diff: { role: { before: 'organization-manager', after: null } },
    })
    expect((await boss.send('DELETE', `${members}/${user.id}`)).status).toBe(404)
  })

  test('404: plain members and managers remove nobody, not even themselves', async () => {
    const member = await personIn('organization-member')
    const lister = await personIn('organization-manager')
    for (const [person, target] of [
      [member, member],
      [lister, member],
      [lister, lister],
      [await nobody(), member],
    ] as const) {
      expect((await person.send('DELETE', `${members}/${target.id}`)).status).toBe(404)
    }
    expect([await roleOf(member.id), await roleOf(lister.id)]).toEqual([
      'organization-member',
      'organization-manager',
    ])
  })
})

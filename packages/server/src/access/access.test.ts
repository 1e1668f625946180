import {
  decide,
  effectiveMarks,
  marks,
  operations,
  organizationRoles,
  publishedMarks,
  resources,
  siteRoles,
} from '@atelier/access'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const check = (query: Record<string, string>) =>
  `/api/v0/access/check?${new URLSearchParams(query).toString()}`

describe('GET /api/v0/access/roles', () => {
  test('200: both tables, cell by cell, published and inherited marks apart', async () => {
    const { body } = await (await server.person()).send('GET', '/api/v0/access/roles')
    expect(body.resources).toEqual(resources)
    expect(body.marks.map((mark: any) => mark.code)).toEqual(marks)
    expect(body.site.map((column: any) => column.role)).toEqual(siteRoles)
    expect(body.organization.map((column: any) => column.role)).toEqual(organizationRoles)
    const inherited: string[] = []
    for (const column of [...body.site, ...body.organization]) {
      for (const resource of resources) {
        const cell = column.marks[resource]
        expect(Object.keys(cell)).toEqual(effectiveMarks(column.role, resource))
        const published = Object.keys(cell).filter((mark) => cell[mark] === 'published')
        expect(published).toEqual(publishedMarks(column.role, resource))
        for (const mark of Object.keys(cell).filter((one) => cell[one] === 'inherited')) {
          inherited.push(`${column.role} ${resource} ${mark}`)
        }
      }
    }
    expect(inherited).toEqual(['site-auditor dev_urls Ro'])
  })

  test('401: strangers are asked to sign in', async () => {
    expect((await server.send('GET', '/api/v0/access/roles')).status).toBe(401)
  })
})

describe('GET /api/v0/access/check', () => {
  test('200: every question about oneself is answered as the engine answers it', async () => {
    const organization = await server.organization()
    const person = await server.person('site-auditor', {
      organizations: { [organization]: 'organization-manager' },
    })
    const subject = {
      id: person.id,
      siteRole: 'site-auditor' as const,
      organizationRoles: { [organization]: 'organization-manager' as const },
    }
    for (const resource of resources) {
      for (const operation of operations.filter((one) => one !== 'create')) {
        for (const scope of ['all', 'own'] as const) {
          for (const org of [undefined, organization]) {
            const { body } = await person.send(
              'GET',
              check({ resource, operation, scope, ...(org && { org }) }),
            )
            const decision = decide(subject, operation, {
              resource,
              ownerId: scope === 'own' ? person.id : undefined,
              organizationIds: org === undefined ? undefined : [org],
            })
            expect([resource, operation, scope, org, body.allowed]).toEqual([
              resource,
              operation,
              scope,
              org,
              decision.allowed,
            ])
            expect(body.missing === null).toBe(decision.allowed)
          }
        }
      }
    }
  })

  test('200: an allowed question names the role and the mark', async () => {
    const manager = await server.person('site-manager')
    const { body } = await manager.send('GET', check({ resource: 'users', operation: 'update' }))
    expect(body).toEqual({
      user_id: manager.id,
      allowed: true,
      because: 'site-manager: users Ua',
      grant: { role: 'site-manager', resource: 'users', mark: 'Ua', inherited: false },
      missing: null,
      sentence: 'You may update all users: Site manager holds Ua (update all) on users.',
    })
  })

  test('200: an inherited mark is called so', async () => {
    const auditor = await server.person('site-auditor')
    const { body } = await auditor.send(
      'GET',
      check({ resource: 'dev_urls', operation: 'read', scope: 'own' }),
    )
    expect(body).toMatchObject({
      allowed: true,
      because: 'site-auditor: dev_urls Ro (inherited)',
      sentence:
        'You may read own dev URLs: Auditor holds Ro (read own) on dev URLs, inherited from a lower role.',
    })
  })

  test('200: a denied question names the missing mark and who holds it', async () => {
    const member = await server.person('site-member', { name: 'Mia' })
    const { body } = await server.admin.send(
      'GET',
      check({ user: member.id, resource: 'audit_logs', operation: 'read' }),
    )
    expect(body).toMatchObject({
      user_id: member.id,
      allowed: false,
      because: null,
      grant: null,
      missing: { resource: 'audit_logs', mark: 'Ra', scope: 'all' },
      sentence:
        'Mia may not read all audit logs: that takes Ra (read all) on audit logs, which Site admin, Site manager, and Auditor hold.',
    })
  })

  test('200: an organization role counts in its organization only', async () => {
    const [mine, other] = [await server.organization('Mine'), await server.organization('Other')]
    const person = await server.person('site-member', {
      organizations: { [mine]: 'organization-super-manager' },
    })
    const ask = async (org?: string) =>
      (
        await person.send(
          'GET',
          check({ resource: 'images', operation: 'delete', ...(org && { org }) }),
        )
      ).body
    expect(await ask(mine)).toMatchObject({
      allowed: true,
      because: 'organization-super-manager: images Da',
    })
    expect((await ask(mine)).sentence).toContain('You may delete all images in Mine')
    expect(await ask(other)).toMatchObject({ allowed: false })
    expect(await ask()).toMatchObject({ allowed: false })
    // An organization that exists and one that does not are answered alike.
    expect(await ask('00000000-0000-7000-8000-000000000000')).toEqual(await ask(other))
  })

  test('200: creating is for oneself unless it is asked for others', async () => {
    const member = await server.person()
    const ask = async (scope?: string) =>
      (
        await member.send(
          'GET',
          check({ resource: 'api_keys', operation: 'create', ...(scope && { scope }) }),
        )
      ).body
    expect(await ask()).toMatchObject({ allowed: true, because: 'site-member: api_keys C' })
    expect(await ask('own')).toMatchObject({ allowed: true })
    expect(await ask('all')).toMatchObject({
      allowed: false,
      missing: { mark: 'Ua', roles: ['site-admin'] },
    })
    expect((await ask('all')).sentence).toContain('You may not create API keys for others')
    const manager = await server.person('site-manager')
    const banner = check({ resource: 'extensions', operation: 'create', scope: 'all' })
    expect((await manager.send('GET', banner)).body).toMatchObject({ allowed: true })
  })

  test('200: a suspended user may nothing, whatever the role', async () => {
    const manager = await server.person('site-manager', { name: 'Sam' })
    await server.admin.send('POST', `/api/v0/users/${manager.id}/suspend`)
    const { body } = await server.admin.send(
      'GET',
      check({ user: manager.id, resource: 'users', operation: 'update' }),
    )
    expect(body).toMatchObject({ allowed: false, because: null, missing: null })
    expect(body.sentence).toContain('Sam is suspended')
  })

  test('200: one’s own question through an API key says when only the scope is lacking', async () => {
    const key = 'aaaaaaaaaa'
    const secret = 'abcdefghijklmnopqrstuv'
    await server.sql(
      `insert into api_keys (id, user_id, name, secret_hash, scopes, secret_at, created_at)
       values ($1, $2, 'narrow', sha256($3::bytea), '{users:read}', now(), now())`,
      [key, server.admin.id, secret],
    )
    const { body } = await server.send(
      'GET',
      check({ resource: 'images', operation: 'delete' }),
      undefined,
      { 'session-token': `${key}-${secret}` },
    )
    expect(body).toMatchObject({ allowed: false, missing: { key_scope: 'images:delete' } })
  })

  test('404: a member asks about nobody else; nobody learns who exists', async () => {
    const [member, other] = [await server.person(), await server.person()]
    const ask = (user: string) =>
      member.send('GET', check({ user, resource: 'users', operation: 'read' }))
    const [someone, nobody] = [await ask(other.id), await ask('nobody')]
    expect([someone.status, nobody.status]).toEqual([404, 404])
    expect(someone.body.title).toBe(nobody.body.title)
    expect((await ask(member.id)).status).toBe(200)
    expect((await ask('me')).status).toBe(200)
  })

  test('200: an organization manager asks about the members of the organization', async () => {
    const organization = await server.organization()
    const organizations = { [organization]: 'organization-manager' } as const
    const manager = await server.person('site-member', { organizations })
    const member = await server.person('site-member', {
      organizations: { [organization]: 'organization-member' },
    })
    const stranger = await server.person()
    const ask = async (user: string) =>
      (await manager.send('GET', check({ user, resource: 'users', operation: 'read' }))).status
    expect([await ask(member.id), await ask(stranger.id)]).toEqual([200, 404])
  })

  test.each([
    ['an unknown resource', { resource: 'secrets', operation: 'read' }],
    ['an unknown operation', { resource: 'users', operation: 'own' }],
    ['no operation', { resource: 'users' }],
    ['an unknown scope', { resource: 'users', operation: 'read', scope: 'any' }],
    ['an unknown field', { resource: 'users', operation: 'read', role: 'site-admin' }],
  ])('400: %s', async (_, query) => {
    expect((await server.admin.send('GET', check(query as never))).status).toBe(400)
  })
})

describe('GET /api/v0/access/holders', () => {
  test('200: the roles that hold a mark, and how many users and members have each', async () => {
    const [before] = await server.sql(`select
      (select count(*)::int from users where site_role = 'site-manager') as managers,
      (select count(*)::int from organization_members where role = 'organization-importer') as importers`)
    await server.person('site-manager')
    await server.person('site-member', {
      organizations: { [server.organizationId]: 'organization-importer' },
    })
    const { status, body } = await server.admin.send(
      'GET',
      '/api/v0/access/holders?resource=images&mark=C',
    )
    expect(status).toBe(200)
    expect(body.site).toEqual([
      { role: 'site-admin', users: 1 },
      { role: 'site-manager', users: Number(before.managers) + 1 },
    ])
    expect(body.organization.map((one: any) => one.role)).toEqual(organizationRoles.slice(0, 4))
    expect(body.organization.at(-1)).toEqual({
      role: 'organization-importer',
      members: Number(before.importers) + 1,
    })
  })

  test('200: a mark that no role holds', async () => {
    const { body } = await server.admin.send(
      'GET',
      '/api/v0/access/holders?resource=audit_logs&mark=Da',
    )
    expect(body).toEqual({ site: [], organization: [] })
  })

  test('200: whoever is being deleted is not counted', async () => {
    const auditor = await server.person('site-auditor')
    const count = async () =>
      (
        await server.admin.send('GET', '/api/v0/access/holders?resource=audit_logs&mark=Ra')
      ).body.site.at(-1).users
    const before = await count()
    await server.sql(`update users set status = 'deleting' where id = $1`, [auditor.id])
    expect(await count()).toBe(Number(before) - 1)
  })

  test('403: who does not read all users counts nobody', async () => {
    for (const person of [
      await server.person(),
      await server.person('site-member', {
        organizations: { [server.organizationId]: 'organization-super-manager' },
      }),
    ]) {
      const answer = await person.send('GET', '/api/v0/access/holders?resource=users&mark=Ra')
      expect(answer.status).toBe(403)
      expect(answer.body.missing).toMatchObject({ resource: 'users', mark: 'Ra', scope: 'all' })
    }
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addWorkspace } from '../../test/workspace-rows.ts'

let server: TestServer
let owner: Person
let workspace: string
let path: string
beforeAll(async () => {
  server = await startServer()
  owner = await server.person('site-member', { username: 'Ann' })
})
afterAll(() => server.stop())
beforeEach(async () => {
  await server.sql('delete from workspaces')
  await server.sql('delete from settings')
  await server.platform.settings.reload()
  workspace = await addWorkspace(server, {
    owner: owner.id,
    organization: server.organizationId,
    name: 'dev',
  })
  path = `/api/v0/workspaces/${workspace}/devurls`
})

const stored = () =>
  server.sql('select port, name, access, scheme, label from dev_urls order by port')
/** A site manager who is in no organization. */
const outsider = () => server.person('site-manager', { organizations: {} })
const lastEntry = async () =>
  (
    await server.sql(
      `select action, target, diff, allowed_by, outcome, refusal_code from audit_log
       where resource_type = 'dev_url' order by at desc, id desc limit 1`,
    )
  )[0]

describe('POST /api/v0/workspaces/:workspace/devurls', () => {
  test('201: with the fields of the existing command line, in its spelling', async () => {
    const answer = await owner.send('POST', path, {
      workspace_id: workspace,
      port: 3000,
      access: 'ORG',
      name: 'Web',
      scheme: 'https',
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({
      workspace_id: workspace,
      port: 3000,
      access: 'ORG',
      effective_access: 'ORG',
      name: 'Web',
      scheme: 'https',
      url: `http://web--ann.localhost:${new URL(server.url).port}`,
      can: { read: true, update: true, delete: true, open: true },
    })
    expect(await lastEntry()).toMatchObject({
      action: 'create',
      target: 'dev',
      allowed_by: 'site-member: dev_urls C',
      diff: {
        workspace: { after: 'dev' },
        owner: { after: 'Ann' },
        port: { after: 3000 },
        access: { after: 'org' },
      },
    })
  })

  test('201: private, without a name and over http where nothing else is said', async () => {
    expect((await owner.send('POST', path, { port: 8080 })).status).toBe(201)
    expect(await stored()).toEqual([
      { port: 8080, name: '', access: 'private', scheme: 'http', label: '8080--dev-ann' },
    ])
  })

  test('409: one for each port, and one of each name whatever its case', async () => {
    await owner.send('POST', path, { port: 8080, name: 'web' })
    const samePort = await owner.send('POST', path, { port: 8080 })
    expect([samePort.status, samePort.body.code]).toEqual([409, 'dev_url.exists'])
    const sameName = await owner.send('POST', path, { port: 8081, name: 'WEB' })
    expect([sameName.status, sameName.body.code]).toEqual([409, 'dev_url.name_taken'])
    expect(await stored()).toHaveLength(1)
  })

  test('409: a level above the site’s maximum', async () => {
    await server.admin.send('PATCH', '/api/v0/config', { dev_url_max_access: 'org' })
    const answer = await owner.send('POST', path, { port: 8080, access: 'AUTHED' })
    expect([answer.status, answer.body.code]).toEqual([409, 'dev_url.level'])
    expect(answer.body.title).toContain('shared with the organization at most')
    expect(await lastEntry()).toMatchObject({ outcome: 'denied', refusal_code: 'dev_url.level' })
    expect(await stored()).toEqual([])
  })

  test('400: a host that would be longer than DNS allows; a short name helps', async () => {
    const long = await server.person('site-member', { username: `u${'x'.repeat(38)}` })
    const theirs = await addWorkspace(server, {
      owner: long.id,
      organization: server.organizationId,
      name: `w${'y'.repeat(39)}`,
    })
    const answer = await long.send('POST', `/api/v0/workspaces/${theirs}/devurls`, { port: 8080 })
    expect(answer.status).toBe(400)
    expect(answer.body.title).toContain('give the dev URL a short name')
    const named = { port: 8080, name: 'web' }
    expect((await long.send('POST', `/api/v0/workspaces/${theirs}/devurls`, named)).status).toBe(
      201,
    )
    await server.admin.send('PATCH', '/api/v0/config', {
      access_url: 'https://at.example.com',
      dev_url_host: `*-${'s'.repeat(18)}.example.com`,
    })
    const suffixed = { port: 8081, name: 'other' }
    expect((await long.send('POST', `/api/v0/workspaces/${theirs}/devurls`, suffixed)).status).toBe(
      400,
    )
  })

  test.each([
    ['no port', {}],
    ['port 0', { port: 0 }],
    ['port 65536', { port: 65_536 }],
    ['a port as text', { port: '8080' }],
    ['two hyphens in a name', { port: 1, name: 'a--b' }],
    ['a dot in a name', { port: 1, name: 'a.b' }],
    ['a name that begins with a digit', { port: 1, name: '1a' }],
    ['a name of 44 characters', { port: 1, name: 'a'.repeat(44) }],
    ['a level of another spelling', { port: 1, access: 'private' }],
    ['a level that is none', { port: 1, access: 'EVERYBODY' }],
    ['an unknown field', { port: 1, uncached: true }],
  ])('400: %s', async (_, body) => {
    expect((await owner.send('POST', path, body)).status).toBe(400)
    expect(await stored()).toEqual([])
  })

  test('403, 404: for somebody else nobody creates, whoever sees the workspace', async () => {
    const boss = await server.person('site-member', {
      organizations: { [server.organizationId]: 'organization-super-manager' },
    })
    const member = await server.person()
    expect((await server.admin.send('POST', path, { port: 1 })).status).toBe(403)
    expect((await boss.send('POST', path, { port: 1 })).status).toBe(403)
    expect((await member.send('POST', path, { port: 1 })).status).toBe(404)
    expect(await stored()).toEqual([])
  })
})

describe('GET /api/v0/workspaces/:workspace/devurls', () => {
  test('200: everybody sees what is shared with them, and nobody else’s private ones', async () => {
    for (const [port, access] of [
      [1, 'PRIVATE'],
      [2, 'ORG'],
      [3, 'AUTHED'],
      [4, 'PUBLIC'],
    ] as const) {
      await owner.send('POST', path, { port, access })
    }
    const member = await server.person()
    const stranger = await server.person('site-member', { organizations: {} })
    const portsOf = async (person: Person) => {
      const { status, body } = await person.send('GET', path)
      return status === 200 ? body.map((one: { port: number }) => one.port) : status
    }
    expect(await portsOf(owner)).toEqual([1, 2, 3, 4])
    expect(await portsOf(member)).toEqual([2, 3, 4])
    // Site roles have no `Ra` here: they see the workspace, and none of its dev URLs.
    expect(await portsOf(await outsider())).toEqual([])
    expect(await portsOf(stranger)).toBe(404)
    const [shared] = (await member.send('GET', path)).body
    expect(shared.can).toEqual({ read: true, update: false, delete: false, open: true })

    await server.admin.send('PATCH', '/api/v0/config', { dev_url_max_access: 'private' })
    expect(await portsOf(member)).toBe(404)
    const own = (await owner.send('GET', path)).body
    expect(own.at(-1)).toMatchObject({ access: 'PUBLIC', effective_access: 'PRIVATE' })
  })
})

describe('PUT and DELETE /api/v0/workspaces/:workspace/devurls/:devUrl', () => {
  test('200: everything is replaced; the entry has what was before', async () => {
    const { id } = (await owner.send('POST', path, { port: 1, name: 'web', access: 'ORG' })).body
    const answer = await owner.send('PUT', `${path}/${id}`, {
      port: 2,
      name: '',
      access: 'PRIVATE',
    })
    expect(answer.status).toBe(200)
    expect(await stored()).toEqual([
      { port: 2, name: '', access: 'private', scheme: 'http', label: '2--dev-ann' },
    ])
    expect(await lastEntry()).toMatchObject({
      action: 'write',
      target: 'web--ann',
      diff: {
        port: { before: 1, after: 2 },
        name: { before: 'web', after: '' },
        access: { before: 'org', after: 'private' },
      },
    })
  })

  test('412: a version that somebody has changed meanwhile', async () => {
    const { id } = (await owner.send('POST', path, { port: 1 })).body
    const late = { 'if-match': '"1"' }
    await owner.send('PUT', `${path}/${id}`, { port: 2 }, late)
    expect((await owner.send('PUT', `${path}/${id}`, { port: 3 }, late)).status).toBe(412)
    expect((await owner.send('DELETE', `${path}/${id}`, {}, late)).status).toBe(412)
  })

  test('a level that was allowed once may stay, and never grow', async () => {
    const { id } = (await owner.send('POST', path, { port: 1, access: 'AUTHED' })).body
    await server.admin.send('PATCH', '/api/v0/config', { dev_url_max_access: 'org' })
    const put = (access: string) =>
      owner.send('PUT', `${path}/${id}`, { port: 1, access, name: 'n' })
    expect((await put('AUTHED')).body).toMatchObject({ effective_access: 'ORG' })
    expect((await put('PUBLIC')).status).toBe(409)
    expect((await put('ORG')).status).toBe(200)
    expect((await put('AUTHED')).status).toBe(409)
  })

  test('403, 404: others change and delete nothing', async () => {
    const { id } = (await owner.send('POST', path, { port: 1, access: 'ORG' })).body
    const hidden = (await owner.send('POST', path, { port: 2 })).body
    const [member, manager] = [await server.person(), await outsider()]
    for (const [method, body] of [
      ['PUT', { port: 9 }],
      ['DELETE', {}],
    ] as const) {
      expect((await member.send(method, `${path}/${id}`, body)).status).toBe(403)
      expect((await member.send(method, `${path}/${hidden.id}`, body)).status).toBe(404)
      expect((await manager.send(method, `${path}/${id}`, body)).status).toBe(404)
    }
    expect(await stored()).toHaveLength(2)
  })

  test('404: under another workspace there is no such dev URL', async () => {
    const { id } = (await owner.send('POST', path, { port: 1 })).body
    const other = await addWorkspace(server, {
      owner: owner.id,
      organization: server.organizationId,
    })
    const wrong = `/api/v0/workspaces/${other}/devurls/${String(id)}`
    expect((await owner.send('DELETE', wrong, {})).status).toBe(404)
  })

  test('204: with the body of the existing command line', async () => {
    const { id } = (await owner.send('POST', path, { port: 1 })).body
    const body = { workspace_id: workspace, url_id: id }
    expect((await owner.send('DELETE', `${path}/${id}`, body)).status).toBe(204)
    expect(await stored()).toEqual([])
    expect(await lastEntry()).toMatchObject({ action: 'delete', target: '1--dev-ann' })
  })
})

test('hosts follow a username that changes', async () => {
  await owner.send('POST', path, { port: 1 })
  await owner.send('POST', path, { port: 2, name: 'Web' })
  expect((await owner.send('PATCH', '/api/v0/users/me', { username: 'Annie' })).status).toBe(200)
  expect((await stored()).map(({ label }) => label)).toEqual(['1--dev-annie', 'web--annie'])
  await owner.send('PATCH', '/api/v0/users/me', { username: 'Ann' })
})

describe('/api/private/devurls/config', () => {
  const config = '/api/private/devurls/config'

  test('200: four booleans, each of which includes those before it', async () => {
    const all = { private: true, org: true, authed: true, public: true }
    expect((await owner.send('GET', config)).body).toEqual(all)
    const narrow = { ...all, authed: false, public: false }
    expect((await server.admin.send('PUT', config, narrow)).body).toEqual(narrow)
    expect((await owner.send('GET', config)).body).toEqual(narrow)
    expect(server.platform.settings.current().dev_url_max_access).toBe('org')
  })

  test('400: a gap, or nothing at all', async () => {
    const all = { private: true, org: true, authed: true, public: true }
    for (const bad of [
      { ...all, org: false },
      { ...all, private: false },
      { private: false, org: false, authed: false, public: false },
    ]) {
      expect((await server.admin.send('PUT', config, bad)).status).toBe(400)
    }
    expect((await owner.send('PUT', config, all)).status).toBe(403)
  })

  test('400: a dev URL host without an access URL, or of another form', async () => {
    const patch = (changes: object) => server.admin.send('PATCH', '/api/v0/config', changes)
    const alone = await patch({ dev_url_host: '*.dev.example.com' })
    expect([alone.status, alone.body.errors[0].path]).toEqual([400, 'dev_url_host'])
    const access_url = 'https://at.example.com'
    for (const dev_url_host of [
      'dev.example.com',
      '*.*.example.com',
      'x-*.example.com',
      '*',
      '*.example.com/path',
      '*.example.com:port',
    ]) {
      const answer = await patch({ access_url, dev_url_host })
      expect([dev_url_host, answer.status]).toEqual([dev_url_host, 400])
    }
    expect((await patch({ access_url, dev_url_host: '*-Dev.Example.com' })).status).toBe(200)
    expect(server.platform.settings.current().dev_url_host).toBe('*-dev.example.com')
    await owner.send('POST', path, { port: 1 })
    const [devUrl] = (await owner.send('GET', path)).body
    expect(devUrl.url).toBe('https://1--dev-ann-dev.example.com')
    expect((await patch({ access_url: null })).status).toBe(400)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addImage, addProvider, untilBuilt } from '../../test/workspace-world.ts'

// What the API says and decides, on a provider where nothing listens: builds fail there, readably.

let server: TestServer
let provider: string
let image: string
let ann: Person
beforeAll(async () => {
  server = await startServer()
  provider = await addProvider(server)
  image = await addImage(server)
})
afterAll(() => server.stop())
beforeEach(async () => {
  ann = await server.person()
})

const path = '/api/v0/workspaces'
let count = 0

function create(fields: object = {}, by: Pick<Person, 'send'> = ann) {
  const name = `w${++count}`
  return by.send('POST', path, {
    name,
    org_id: server.organizationId,
    image_id: image,
    ...fields,
  })
}

async function made(fields: object = {}, by: Pick<Person, 'send'> = ann) {
  const answer = await create(fields, by)
  expect(answer.status, answer.text).toBe(201)
  return answer.body as { id: string; name: string; build: { id: string } }
}

/** One whose build has ended, in a status that the test wants. */
async function settled(status = 'off', fields: object = {}) {
  const workspace = await made(fields)
  await untilBuilt(ann, workspace.id)
  await server.sql('update workspaces set status = $2 where id = $1', [workspace.id, status])
  return { ...workspace, path: `${path}/${workspace.id}` }
}

const audit = (id: string) =>
  server.sql(
    `select action, outcome, actor_id, allowed_by, diff from audit_log
     where resource_id = $1 order by id`,
    [id],
  )

test('201: a member creates a workspace with what the image recommends; the build is there at once', async () => {
  const answer = await create({ name: 'first', image_tag: '', cpu_cores: 0, resource_pool_id: '' })
  expect(answer.status, answer.text).toBe(201)
  expect(answer.headers.get('etag')).toBe('"1"')
  expect(answer.body).toMatchObject({
    name: 'first',
    user_id: ann.id,
    owner: { username: ann.username },
    image_tag: 'made',
    cpu_cores: 1,
    memory_gb: 0.5,
    disk_gb: 1,
    resource_pool_id: provider,
    status: 'queued',
    updating: true,
    latest_stat: { container_status: 'CREATING' },
    build: { kind: 'start', status: 'queued', initiator: { id: ann.id } },
    can: { read: true, start: false, cancel: true, delete: true, open: false, share: true },
  })
  const { id, build } = answer.body
  const after = await untilBuilt(ann, id)
  expect(after).toMatchObject({ status: 'failed', latest_stat: { container_status: 'FAILED' } })
  expect(after.status_reason).not.toBe('')
  expect(after.latest_stat.stat_error).toBe(after.status_reason)

  const { body: log } = await ann.send('GET', `${path}/${id}/log`)
  const types = log.map((line: { type: string }) => line.type)
  expect([types[0], types.at(-1)]).toEqual(['start', 'done'])
  expect(log.find((line: { type: string }) => line.type === 'error').msg).toBe(after.status_reason)
  expect(new Set(log.map((line: { build_id: string }) => line.build_id))).toEqual(
    new Set([build.id]),
  )
  const member = 'organization-member: workspaces C'
  expect(await audit(id)).toMatchObject([
    { action: 'create', outcome: 'success', actor_id: ann.id, allowed_by: member },
    { action: 'enqueue', outcome: 'failed', actor_id: ann.id, allowed_by: member },
  ])
})

describe('creating', () => {
  type Wrong = [string, () => object | Promise<object>, number, string?]
  const wrong: Wrong[] = [
    ['another organization’s image', async () => ({ image_id: await foreignImage() }), 400],
    ['an unknown image', () => ({ image_id: 'none' }), 400],
    ['an unknown tag', () => ({ image_tag: 'none' }), 400],
    ['an unknown provider', () => ({ resource_pool_id: 'none' }), 409, 'provider.not_allowed'],
    ['a name with capitals', () => ({ name: 'First' }), 400],
    ['a GPU', () => ({ gpus: 1 }), 400],
  ]
  const foreignImage = async () => addImage(server, { organization: await server.organization() })

  test.each(wrong)('refuses %s', async (_what, fields, status, code = 'request.invalid') => {
    const answer = await create(await fields())
    expect([answer.status, answer.body.code], answer.text).toEqual([status, code])
    const [row] = await server.sql('select count(*)::int as n from workspaces where user_id = $1', [
      ann.id,
    ])
    expect(row.n).toBe(0)
  })

  test('409: a deprecated image, a decommissioned tag', async () => {
    const other = await addImage(server)
    await server.sql(
      "update image_tags set decommissioned = true where image_id = $1 and tag = 'old'",
      [other],
    )
    const tag = await create({ image_id: other, image_tag: 'old' })
    expect([tag.status, tag.body.code]).toEqual([409, 'image_tag.decommissioned'])
    await server.sql('update images set deprecated = true where id = $1', [other])
    const deprecated = await create({ image_id: other })
    expect([deprecated.status, deprecated.body.code]).toEqual([409, 'image.deprecated'])
  })

  test('409: a provider that is not allowed, cordoned or not ready', async () => {
    const organization = await server.organization()
    const bob = await server.person('site-member', {
      organizations: { [organization]: 'organization-member' },
    })
    const foreign = {
      org_id: organization,
      image_id: await addImage(server, { organization }),
    }
    const none = await create(foreign, bob)
    expect([none.status, none.body.code]).toEqual([409, 'provider.none'])
    const own = await addProvider(server, undefined, [organization])
    const notAllowed = await create({ ...foreign, resource_pool_id: provider }, bob)
    expect([notAllowed.status, notAllowed.body.code]).toEqual([409, 'provider.not_allowed'])

    await server.sql("update workspace_providers set status = 'error' where id = $1", [own])
    const notReady = await create(foreign, bob)
    expect([notReady.status, notReady.body.code]).toEqual([422, 'provider.failed'])
    await server.sql("update workspace_providers set status = 'ready', cordoned_at = now()")
    const cordoned = await create(foreign, bob)
    expect([cordoned.status, cordoned.body.code]).toEqual([409, 'provider.cordoned'])
    await server.sql('update workspace_providers set cordoned_at = null')
    expect((await create(foreign, bob)).status).toBe(201)
  })

  test('409: a name twice; another user may have it', async () => {
    await made({ name: 'same' })
    const again = await create({ name: 'same' })
    expect([again.status, again.body.code]).toEqual([409, 'workspace.name_taken'])
    expect(again.body.errors[0].path).toBe('name')
    await made({ name: 'same' }, await server.person())
  })

  test('a repeated Idempotency-Key makes one workspace', async () => {
    const body = { name: 'once', org_id: server.organizationId, image_id: image }
    const key = { 'idempotency-key': `k${++count}` }
    const first = await ann.send('POST', path, body, key)
    const second = await ann.send('POST', path, body, key)
    expect([first.status, second.status]).toEqual([201, 201])
    expect(second.body.id).toBe(first.body.id)
  })

  test('for another user: 403 to a member, 201 to who may update all workspaces there', async () => {
    const bob = await server.person()
    const refused = await create({ for_user_id: bob.id })
    expect([refused.status, refused.body.code]).toEqual([403, 'access.denied'])
    const boss = await server.person('site-member', {
      organizations: { [server.organizationId]: 'organization-super-manager' },
    })
    const workspace = await made({ for_user_id: bob.id }, boss)
    expect((await bob.send('GET', `${path}/${workspace.id}`)).body).toMatchObject({
      user_id: bob.id,
      build: { initiator: { id: boss.id } },
      can: { update: true, delete: true },
    })
    const outsider = await server.person('site-member', { organizations: {} })
    const notIn = await create({ for_user_id: outsider.id }, boss)
    expect([notIn.status, notIn.body.errors?.[0].path]).toEqual([400, 'for_user_id'])
    await server.sql("update users set status = 'suspended' where id = $1", [bob.id])
    const suspended = await create({ for_user_id: bob.id }, boss)
    expect([suspended.status, suspended.body.code]).toEqual([409, 'user.not_active'])
  })
})

describe('building again', () => {
  test('PATCH with nothing: a new build before the answer, recorded as one', async () => {
    const workspace = await settled()
    for (const body of [{}, { image_id: null, image_tag: null, cpu_cores: null, disk_gb: null }]) {
      const answer = await ann.send('PATCH', workspace.path, body)
      expect(answer.status, answer.text).toBe(200)
      expect(answer.body).toMatchObject({ status: 'queued', version: 1 })
      expect(answer.body.build.id).not.toBe(workspace.build.id)
      await untilBuilt(ann, workspace.id)
    }
    const actions = (await audit(workspace.id)).map((entry) => [entry.action, entry.outcome])
    expect(actions.slice(2)).toEqual([
      ['enqueue', 'success'],
      ['enqueue', 'failed'],
      ['enqueue', 'success'],
      ['enqueue', 'failed'],
    ])
  })

  test('PATCH with sizes: an edit; 409: the disk never shrinks; 412: not of that version', async () => {
    const workspace = await settled()
    const shrunk = await settled('off', { disk_gb: 3 })
    const smaller = await ann.send('PATCH', shrunk.path, { disk_gb: 2 })
    expect([smaller.status, smaller.body.code]).toEqual([409, 'workspace.disk_shrinks'])
    const stale = await ann.send('PATCH', workspace.path, { cpu_cores: 2 }, { 'if-match': '"7"' })
    expect(stale.status).toBe(412)
    const fields = { cpu_cores: 2, memory_gb: 1, disk_gb: 2 }
    const answer = await ann.send('PATCH', workspace.path, fields, { 'if-match': '"1"' })
    expect(answer.body, answer.text).toMatchObject({ ...fields, version: 2, status: 'queued' })
    const [, , edit] = await audit(workspace.id)
    expect(edit).toMatchObject({
      action: 'write',
      diff: { cpu_cores: { before: 1, after: 2 }, disk_gb: { before: 1, after: 2 } },
    })
  })

  test('a decommissioned tag falls back to the default one; a deprecated image goes on', async () => {
    const other = await addImage(server)
    const workspace = await settled('off', { image_id: other, image_tag: 'old' })
    await server.sql('update images set deprecated = true where id = $1', [other])
    const same = await ann.send('PATCH', workspace.path, {})
    expect([same.status, same.body.image_tag]).toEqual([200, 'old'])
    await untilBuilt(ann, workspace.id)
    await server.sql(
      "update image_tags set decommissioned = true where image_id = $1 and tag = 'old'",
      [other],
    )
    const { body } = await ann.send('GET', workspace.path)
    expect(body.rebuild_messages).toMatchObject([
      { text: expect.stringContaining('decommissioned') },
    ])
    const moved = await ann.send('PATCH', workspace.path, {})
    expect([moved.status, moved.body.image_tag]).toEqual([200, 'made'])
  })

  test('409 while one is under way, stopping, or the owner is suspended', async () => {
    for (const status of ['queued', 'building', 'stopping', 'deleting']) {
      const workspace = await settled(status)
      const answer = await ann.send('PATCH', workspace.path, {})
      expect([answer.status, answer.body.code]).toEqual([409, 'workspace.status'])
    }
    const workspace = await settled()
    await server.sql("update users set status = 'suspended' where id = $1", [ann.id])
    const answer = await server.admin.send('PATCH', workspace.path, {})
    expect([answer.status, answer.body.code]).toEqual([409, 'user.not_active'])
  })
})

test('stop, cancel: 409 with the reason where there is nothing to do', async () => {
  const off = await settled()
  for (const action of ['stop', 'cancel']) {
    const answer = await ann.send('PUT', `${off.path}/${action}`)
    expect([answer.status, answer.body.code]).toEqual([409, 'workspace.status'])
  }
  const { body } = await ann.send('GET', off.path)
  expect(body.cannot.stop).toContain('off already')
  expect(body.can).toMatchObject({ start: true, stop: false, cancel: false, delete: true })
})

test('the schedule is kept without a build, and shows the organization’s where it has none', async () => {
  const workspace = await settled()
  await server.sql('update organizations set auto_off_threshold = 28800000 where id = $1', [
    server.organizationId,
  ])
  expect((await ann.send('GET', workspace.path)).body.auto_off_threshold).toBe(28_800_000)
  const answer = await ann.send('PUT', `${workspace.path}/schedule`, {
    autostart_enabled: true,
    auto_off_threshold: 0,
  })
  expect(answer.body, answer.text).toMatchObject({
    autostart_enabled: true,
    auto_off_threshold: 0,
    version: 2,
    status: 'off',
  })
})

describe('the list', () => {
  test('has what the caller may read, by organization, user, status and name, in pages', async () => {
    const organization = await server.organization()
    await addProvider(server, undefined, [organization])
    const there = await addImage(server, { organization })
    const inIt = (role: 'organization-member' | 'organization-manager') =>
      server.person('site-member', { organizations: { [organization]: role } })
    const [bob, eve, boss] = [
      await inIt('organization-member'),
      await inIt('organization-member'),
      await inIt('organization-manager'),
    ]
    const fields = { org_id: organization, image_id: there }
    for (const name of ['alpha', 'beta', 'gamma']) await made({ ...fields, name }, bob)
    await made({ ...fields, name: 'delta' }, eve)
    await made({ name: 'elsewhere' })

    const names = async (person: Person, query = '') => {
      const { body, text } = await person.send('GET', path + query)
      expect(Array.isArray(body), text).toBe(true)
      return body.map((workspace: { name: string }) => workspace.name)
    }
    expect(await names(bob)).toEqual(['alpha', 'beta', 'gamma'])
    expect(await names(boss)).toEqual(['alpha', 'beta', 'delta', 'gamma'])
    expect(await names(boss, `?users=${eve.id}`)).toEqual(['delta'])
    expect(await names(boss, `?orgs=${organization}&users=${bob.id},${eve.id}`)).toHaveLength(4)
    expect(await names(boss, `?orgs=${server.organizationId}`)).toEqual([])
    expect(await names(bob, '?users=me&q=ET')).toEqual(['beta'])
    expect(await names(bob, '?status=running')).toEqual([])
    expect(await names(bob, '?orgs=nonsense')).toEqual([])
    expect(await names(await server.person('site-member', { organizations: {} }))).toEqual([])
    expect(await names(server.admin, `?orgs=${organization}`)).toHaveLength(4)

    const first = await boss.send('GET', `${path}?limit=3`)
    expect(first.body).toHaveLength(3)
    expect(first.headers.get('x-total-count')).toBe('4')
    const next = /<([^>]+)>/.exec(first.headers.get('link') ?? '')?.[1] ?? ''
    const second = await boss.send('GET', next)
    expect(second.body.map((one: { name: string }) => one.name)).toEqual(['gamma'])

    const { body: pool } = await boss.send(
      'GET',
      `/api/private/resource-pools/${second.body[0].resource_pool_id as string}/workspaces`,
    )
    expect(pool).toHaveLength(4)
  })
})

test('404 to who may not read it; 403 to who may not change it', async () => {
  const workspace = await settled()
  const member = await server.person()
  const manager = await server.person('site-member', {
    organizations: { [server.organizationId]: 'organization-manager' },
  })
  const calls = [
    ['GET', ''],
    ['PATCH', ''],
    ['PUT', '/stop'],
    ['PUT', '/cancel'],
    ['DELETE', ''],
  ] as const
  for (const [method, action] of calls) {
    const body = method === 'PATCH' ? { cpu_cores: 2 } : undefined
    const hidden = await member.send(method, workspace.path + action, body)
    expect([method, action, hidden.status]).toEqual([method, action, 404])
    const refused = await manager.send(method, workspace.path + action, body)
    expect([method, action, refused.status]).toEqual([method, action, method === 'GET' ? 200 : 403])
  }
  const [row] = await server.sql('select status from workspaces where id = $1', [workspace.id])
  expect(row.status).toBe('off')
})

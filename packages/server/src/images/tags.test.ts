import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { debian, pushImage } from '../../test/oci-image.ts'
import { type Running, startRegistry } from '../../test/registry.ts'
import { refreshDue } from './refresh.ts'

let server: TestServer
let registry: Running
let keeper: Person
let importer: Person
beforeAll(async () => {
  ;[server, registry] = await Promise.all([startServer(), startRegistry()])
  await server.admin.send('PATCH', '/api/v0/config', { registry_allowed_networks: ['127.0.0.1'] })
  const inIt = (role: 'organization-importer' | 'organization-image-manager') =>
    server.person('site-member', { organizations: { [server.organizationId]: role } })
  keeper = await inIt('organization-image-manager')
  importer = await inIt('organization-importer')
})
afterAll(async () => {
  await registry.stop()
  await server.stop()
})

const hour = 3_600_000
let number = 0
let repository: string
/** The address of an image with the default tag `one`; its registry has `two` and `three` as well. */
let image: string
beforeEach(async () => {
  repository = `team/image${++number}`
  for (const tag of ['one', 'two', 'three']) push(tag, tag)
  const added = await server.admin.send('POST', '/api/v0/registries', {
    org_id: server.organizationId,
    friendly_name: `Registry ${number}`,
    registry: `http://${registry.host}`,
  })
  const answer = await importer.send('POST', '/api/v0/images', {
    org_id: server.organizationId,
    registry_id: added.body.id,
    repository,
    tag: 'one',
    default_cpu_cores: 1,
    default_memory_gb: 1,
    default_disk_gb: 1,
  })
  expect(answer.status, answer.text).toBe(201)
  image = `/api/v0/images/${answer.body.id as string}`
})

function push(tag: string, content: string): string {
  const layers = [{ 'etc/os-release': `${debian}VERSION=${content}\n` }]
  return pushImage(registry, `${repository}:${tag}`, [{ layers }])
}

interface Tag {
  readonly tag: string
  readonly default: boolean
  readonly latest_hash: string
  readonly failure: string | null
  readonly [field: string]: unknown
}

const all = async (): Promise<Tag[]> => (await keeper.send('GET', `${image}/tags`)).body
const add = (tag: string, by = importer, fields: object = {}) =>
  by.send('POST', `${image}/tags`, { tag, ...fields })
const state = async () => (await all()).map(({ tag, default: is }) => (is ? `${tag}*` : tag))
const entries = () =>
  server.sql(
    "select action, target, diff, outcome, actor_id from audit_log where resource_id = $1 and resource_type = 'image_tag' order by id",
    [image.split('/').at(-1)],
  )

describe('adding a tag', () => {
  test('201: an importer adds one; 409: not twice; 422: not one that there is not', async () => {
    const answer = await add('two')
    expect([answer.status, answer.body.tag, answer.body.default]).toEqual([201, 'two', false])
    expect((await keeper.send('GET', `${image}/tags/two`)).body.tag).toBe('two')
    const again = await add('two')
    expect([again.status, again.body.code]).toEqual([409, 'image_tag.exists'])
    const missing = await add('four')
    expect([missing.status, missing.body.error.details.result]).toEqual([422, 'image_not_found'])
    expect(await state()).toEqual(['one*', 'two'])
    expect((await entries())[0]).toMatchObject({ action: 'create', target: `${repository}:two` })
  })

  test('201: as the default one by who may change the image; 403: by an importer', async () => {
    const refused = await add('two', importer, { default: true })
    expect([refused.status, refused.body.missing]).toMatchObject([
      403,
      { resource: 'images', mark: 'Ua' },
    ])
    expect(await state()).toEqual(['one*'])
    expect((await add('two', keeper, { default: true })).status).toBe(201)
    expect(await state()).toEqual(['two*', 'one'])
  })

  test('404: to whom the image is not shown', async () => {
    const outsider = await server.person('site-member', { organizations: {} })
    expect((await add('two', outsider)).status).toBe(404)
  })
})

describe('the default tag', () => {
  test('200: another one takes its place; there is one all the time', async () => {
    await add('two')
    const answer = await keeper.send('PATCH', image, { default_tag: 'two' })
    expect([answer.status, answer.body.default_tag.tag]).toEqual([200, 'two'])
    expect(await state()).toEqual(['two*', 'one'])
    const unknown = await keeper.send('PATCH', image, { default_tag: 'four' })
    expect([unknown.status, unknown.body.errors[0].path]).toEqual([400, 'default_tag'])
  })

  test('409: it is neither decommissioned nor deleted', async () => {
    const refused = [
      await keeper.send('PATCH', `${image}/tags/one`, { decommissioned: true }),
      await keeper.send('DELETE', `${image}/tags/one`),
    ]
    expect(refused.map((answer) => [answer.status, answer.body.code])).toEqual([
      [409, 'image_tag.default'],
      [409, 'image_tag.default'],
    ])
    const [shown] = await all()
    expect(shown).toMatchObject({
      can: { decommission: false, delete: false, make_default: false },
      cannot: { decommission: refused[0]!.body.title, delete: refused[1]!.body.title },
    })
  })

  test('of two tags made the default one at once both get it, one after the other', async () => {
    for (const tag of ['two', 'three']) await add(tag)
    const hold = await server.hold('select 1 from images where id = $1 for update', [
      image.split('/').at(-1),
    ])
    const answers = Promise.all([
      keeper.send('PATCH', image, { default_tag: 'two' }),
      keeper.send('PATCH', image, { default_tag: 'three' }),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    expect((await answers).map((answer) => answer.status)).toEqual([200, 200])
    expect((await all()).filter((tag) => tag.default)).toHaveLength(1)
  })

  test('of a tag decommissioned and made the default one at once, one is refused', async () => {
    await add('two')
    const hold = await server.hold('select 1 from images where id = $1 for update', [
      image.split('/').at(-1),
    ])
    const answers = Promise.all([
      keeper.send('PATCH', image, { default_tag: 'two' }),
      keeper.send('PATCH', `${image}/tags/two`, { decommissioned: true }),
    ])
    await hold.untilWaiting(2)
    await hold.release()
    expect((await answers).map((answer) => answer.status).sort()).toEqual([200, 409])
  })
})

describe('decommissioning', () => {
  test('200: and back; a decommissioned tag does not become the default one', async () => {
    await add('two')
    const set = (decommissioned: boolean, by = keeper) =>
      by.send('PATCH', `${image}/tags/two`, { decommissioned })
    expect((await set(true, importer)).status).toBe(403)
    expect((await set(true)).body).toMatchObject({
      decommissioned: true,
      can: { recommission: true, decommission: false, make_default: false },
    })
    const chosen = await keeper.send('PATCH', image, { default_tag: 'two' })
    expect([chosen.status, chosen.body.code]).toEqual([409, 'image_tag.decommissioned'])
    expect((await set(false)).body.decommissioned).toBe(false)
    expect((await keeper.send('PATCH', image, { default_tag: 'two' })).status).toBe(200)
    const changes = (await entries()).filter(
      ({ action, outcome }) => action === 'write' && outcome === 'success',
    )
    expect(changes.map(({ diff }) => diff)).toEqual([
      { decommissioned: { before: false, after: true } },
      { decommissioned: { before: true, after: false } },
    ])
  })

  test('204: a tag is deleted here, and stays in the registry', async () => {
    await add('two')
    expect((await importer.send('DELETE', `${image}/tags/two`)).status).toBe(403)
    expect((await keeper.send('DELETE', `${image}/tags/two`)).status).toBe(204)
    expect((await keeper.send('DELETE', `${image}/tags/two`)).status).toBe(404)
    expect((await add('two')).status).toBe(201)
  })
})

describe('looking tags up again', () => {
  test.each(['', '/tags/update'])(
    'POST …%s: what moved is taken over, what is gone says so',
    async (end) => {
      await add('two')
      const [one, two] = await all()
      const moved = push('one', 'moved')
      await fetch(`http://${registry.host}/v2/${repository}/manifests/${two!.latest_hash}`, {
        method: 'DELETE',
      })
      expect((await importer.send('POST', image + end)).status).toBe(403)
      const answer = await keeper.send('POST', image + end)
      expect(answer.status).toBe(200)
      const [after, kept] = answer.body as [Tag, Tag]
      expect(after).toMatchObject({ latest_hash: moved, failure: null })
      expect(kept.latest_hash).toBe(two!.latest_hash)
      expect(kept.failure).toContain(`There is no ${repository}:two on `)
      const success = (await entries()).filter(({ outcome }) => outcome === 'success')
      expect(success.at(-1)).toMatchObject({
        action: 'write',
        target: repository,
        diff: { one: { before: one!.latest_hash, after: moved } },
      })
    },
  )

  test('a registry that is away leaves what was known, with the reason', async () => {
    const [before] = await all()
    const away = await startRegistry()
    await away.stop()
    await server.sql('update registries set registry = $1 where friendly_name = $2', [
      `http://${away.host}`,
      `Registry ${number}`,
    ])
    const answer = await keeper.send('POST', `${image}/tags/update`)
    expect(answer.body).toMatchObject([
      {
        latest_hash: before!.latest_hash,
        os_release: before!['os_release'],
        failure: expect.stringMatching(/refused the connection/),
      },
    ])
  })

  test('hourly, without anybody asking: due images only, each by one process', async () => {
    await server.sql("update images set refresh_at = now() + interval '1 year' where id <> $1", [
      image.split('/').at(-1),
    ])
    const [before] = await all()
    const moved = push('one', 'moved')
    expect(await refreshDue(server.platform)).toBe(false)
    server.clock.advance(hour + 1)
    // What another process has taken is passed by, not waited for.
    const hold = await server.hold('select 1 from images where id = $1 for update', [
      image.split('/').at(-1),
    ])
    expect(await refreshDue(server.platform)).toBe(false)
    await hold.release()
    const second = await server.second()
    const taken = await Promise.all([refreshDue(server.platform), refreshDue(second.platform)])
    expect(taken.sort()).toEqual([false, true])
    expect(await all()).toMatchObject([{ latest_hash: moved, failure: null }])
    expect((await entries()).at(-1)).toMatchObject({
      actor_id: null,
      diff: { one: { before: before!.latest_hash, after: moved } },
    })
    // Nothing new leaves no entry.
    const known = (await entries()).length
    server.clock.advance(hour + 1)
    expect(await refreshDue(server.platform)).toBe(true)
    expect(await entries()).toHaveLength(known)
  })
})

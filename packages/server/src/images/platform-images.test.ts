import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import { offerPlatformImage, type PlatformImage } from './platform-images.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const first: PlatformImage = {
  source: 'local',
  repository: 'atelier-base',
  tag: '1',
  digest: 'sha256:one',
  size: 1000,
  osRelease: { id: 'debian', pretty_name: 'Debian', home_url: 'https://www.debian.org/' },
}

async function imageOf(organization: string) {
  const { body } = await server.admin.send('GET', `/api/v0/images?org=${organization}`)
  return body[0]
}

test('a platform image reaches every organization once, and its new tag those that kept it', async () => {
  const other = await server.organization()
  // As when two servers start at once.
  await Promise.all([
    offerPlatformImage(server.platform, first),
    offerPlatformImage(server.platform, first),
  ])
  const mine = await imageOf(server.organizationId)
  expect(mine).toMatchObject({
    repository: 'atelier-base',
    source: 'local',
    registry: null,
    default_tag: { tag: '1', os_release: { id: 'debian' } },
    can: { add_tags: false, refresh: false, delete: true },
  })
  const theirs = await imageOf(other)
  expect(theirs.default_tag.tag).toBe('1')

  expect((await server.admin.send('DELETE', `/api/v0/images/${theirs.id}`)).status).toBe(204)
  await offerPlatformImage(server.platform, { ...first, tag: '2', digest: 'sha256:two' })
  expect(await imageOf(other)).toBeUndefined()
  const renewed = await imageOf(server.organizationId)
  expect([renewed.default_tag.tag, renewed.tag_count]).toEqual(['2', 2])

  const { body: made } = await server.admin.send('POST', '/api/v0/orgs', { name: 'Later' })
  expect((await imageOf(made.id)).default_tag.tag).toBe('2')
  const entries = await server.sql(
    "select target, allowed_by from audit_log where resource_type = 'image' and actor_id is null",
  )
  expect(entries.map(({ target }) => target)).toEqual(
    expect.arrayContaining(['atelier-base:1', 'atelier-base:2']),
  )
})

test('409: its tags are not looked up in a registry', async () => {
  await offerPlatformImage(server.platform, { ...first, source: 'host', repository: 'host' })
  const { body } = await server.admin.send(
    'GET',
    `/api/v0/images?org=${server.organizationId}&q=host`,
  )
  const path = `/api/v0/images/${body[0].id}/tags`
  for (const answer of [
    await server.admin.send('POST', `${path}/update`),
    await server.admin.send('POST', path, { tag: 'any' }),
  ]) {
    expect([answer.status, answer.body.code]).toEqual([409, 'image.of_platform'])
  }
  const { body: tags } = await server.admin.send('GET', path)
  expect(tags).toHaveLength(1)
})

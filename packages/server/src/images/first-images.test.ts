import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import { debian, pushImage } from '../../test/oci-image.ts'
import { type Running, startRegistry } from '../../test/registry.ts'
import { importPackaged, packaged } from './packaged.ts'

let server: TestServer
let registry: Running
beforeAll(async () => {
  server = await startServer()
  registry = await startRegistry()
  const { repository, tag } = packaged
  pushImage(registry, `${repository}:${tag}`, [{ layers: [{ 'etc/os-release': debian }] }])
  const allowed = { registry_allowed_networks: ['127.0.0.1'] }
  await server.admin.send('PATCH', '/api/v0/config', allowed)
})
afterAll(async () => {
  await registry.stop()
  await server.stop()
})

const imagesOf = async (organization: string) =>
  (await server.admin.send('GET', `/api/v0/images?org=${organization}`)).body

test('without the registry, or with one that does not have it, nothing is imported', async () => {
  expect(await importPackaged(server.platform, `http://${registry.host}`)).toBe(false)
  const org_id = await server.organization()
  const away = { org_id, friendly_name: 'Away', registry: 'http://127.0.0.1:1' }
  await server.admin.send('POST', '/api/v0/registries', away)
  await server.sql('update organizations set is_default = true where id = $1', [org_id])
  expect(await importPackaged(server.platform, 'http://127.0.0.1:1')).toBe(false)
  expect(await imagesOf(org_id)).toEqual([])
})

test('the packaged image reaches the default organization once', async () => {
  const at = `http://${registry.host}`
  const added = { org_id: server.organizationId, friendly_name: 'Hub', registry: at }
  expect((await server.admin.send('POST', '/api/v0/registries', added)).status).toBe(201)
  expect(await importPackaged(server.platform, at)).toBe(true)
  expect(await importPackaged(server.platform, at)).toBe(true)
  const found = await imagesOf(server.organizationId)
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    repository: packaged.repository,
    default_tag: { tag: packaged.tag, os_release: { id: 'debian' } },
    registry: { friendly_name: 'Hub' },
  })
})

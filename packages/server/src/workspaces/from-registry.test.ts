import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Running, registryUser, startRegistry } from '../../test/registry.ts'
import { startWorld, untilBuilt, type World } from '../../test/workspace-world.ts'

// From an image in a registry with passwords to a running workspace: what members do every day.

// A real engine pushes and pulls hundreds of megabytes, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let world: World
let registry: Running
beforeAll(async () => {
  world = await startWorld()
  registry = await startRegistry({ auth: 'password' })
})
afterAll(async () => {
  await registry.stop()
  await world.server.stop()
})

async function push(tag: string): Promise<void> {
  const { username, password } = registryUser
  const { image } = world.engine
  if (image.kind !== 'local') throw new Error('the engine has its image')
  const options = ['--tls-verify=false', '--creds', `${username}:${password}`, '--quiet']
  await world.engine.podman(
    'push',
    ...options,
    image.reference,
    `${registry.host}/team/base:${tag}`,
  )
}

test('a member runs what an importer imported, and is told when the tag has moved', async () => {
  await push('1')
  const { server } = world
  const manager = await server.person('site-member', {
    organizations: { [server.organizationId]: 'organization-manager' },
  })
  const member = await server.person()
  await server.admin.send('PATCH', '/api/v0/config', { registry_allowed_networks: ['127.0.0.1'] })
  const { body: image, text } = await manager.send('POST', '/api/v0/images', {
    org_id: server.organizationId,
    new_registry: { friendly_name: 'Ours', registry: `http://${registry.host}`, ...registryUser },
    repository: 'team/base',
    tag: '1',
    default_cpu_cores: 1,
    default_memory_gb: 0.5,
    default_disk_gb: 1,
  })
  expect(image.default_tag?.os_release?.id, text).toBe('debian')

  const { id } = await world.create(member, { image_id: image.id })
  const built = await untilBuilt(member, id)
  expect([built.status, built.status_reason]).toEqual(['running', ''])
  expect(await world.inside(id, 'id -un')).toBe('coder')
  const { body: log } = await member.send('GET', `/api/v0/workspaces/${id}/log`)
  const printed = JSON.stringify(log)
  expect(printed).toContain(`${registry.host}/team/base`)
  expect(printed).not.toContain(registryUser.password)

  await server.sql("update image_tags set latest_hash = 'sha256:moved' where image_id = $1", [
    image.id,
  ])
  const { body: now } = await member.send('GET', `/api/v0/workspaces/${id}`)
  expect(now.rebuild_messages).toHaveLength(1)
  // Whoever deletes what is used would take the ground from under it.
  for (const path of [`/api/v0/images/${image.id}`, `/api/v0/registries/${image.registry.id}`]) {
    expect((await manager.send('DELETE', path)).status).toBe(409)
  }
  await member.send('DELETE', `/api/v0/workspaces/${id}`)
  await world.untilGone(id)
})

import type { Client, Image, Workspace } from '@atelier/api'
import { vi } from 'vitest'
import { useEngine } from '../../server/test/engine.ts'
import type { Stage } from './stage.ts'

/**
 * Gives a stage an engine that runs workspaces; answers its address, and the image that the server has
 * found there for an organization. No registry is asked: that of the default organization is taken away first.
 */
export async function startEngine(
  stage: Stage,
  organization: string,
): Promise<{ readonly url: string; readonly image: Image }> {
  const { url } = await useEngine()
  const { api, server } = stage
  const { items: homes } = await api.organizations.list({ query: { limit: 200 } })
  for (const home of homes.filter((one) => one.default)) {
    const { items } = await api.registries.list({ query: { org: home.id, limit: 200 } })
    for (const { id } of items) await api.registries.remove({ params: { registry: id } })
  }
  await server.pause()
  await server.resume(url)
  const image = await vi.waitFor(
    async () => {
      const { items } = await api.images.list({ query: { org: organization, limit: 200 } })
      if (items[0] === undefined) throw new Error('the server has found no image')
      return items[0]
    },
    { timeout: 180_000, interval: 200 },
  )
  return { url, image }
}

/** Deletes every workspace, so that the engine keeps nothing of them. */
export async function removeWorkspaces(api: Client): Promise<void> {
  const all = async () => (await api.workspaces.list({ query: { limit: 200 } })).items
  for (const { id } of await all()) await api.workspaces.remove({ params: { workspace: id } })
  await vi.waitFor(
    async () => {
      if ((await all()).length > 0) throw new Error('a workspace is still being deleted')
    },
    { timeout: 180_000, interval: 200 },
  )
}

/** A workspace of whoever the client speaks as, once it runs. */
export async function runningWorkspace(
  api: Client,
  image: Image,
  name: string,
): Promise<Workspace> {
  const { id } = await api.workspaces.create({
    body: {
      name,
      org_id: image.organization_id,
      image_id: image.id,
      cpu_cores: 1,
      memory_gb: 0.5,
      disk_gb: 1,
    },
  })
  return vi.waitFor(
    async () => {
      const workspace = await api.workspaces.get({ params: { workspace: id } })
      if (workspace.status !== 'running') {
        throw new Error(`it is ${workspace.status}: ${workspace.status_reason}`)
      }
      return workspace
    },
    { timeout: 90_000, interval: 200 },
  )
}

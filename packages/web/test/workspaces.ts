import type { Client, Image } from '@atelier/api'
import { vi } from 'vitest'
import { useEngine } from '../../server/test/engine.ts'
import type { Stage } from './stage.ts'

/**
 * Gives a stage an engine that runs workspaces; answers its address, and the image that the server has
 * found there for an organization. No registry is asked: the one that organizations begin with is taken away first.
 */
export async function startEngine(
  stage: Stage,
  organization: string,
): Promise<{ readonly url: string; readonly image: Image }> {
  const { url } = await useEngine()
  const { api, server } = stage
  for (const { id } of (await api.registries.list({ query: { limit: 200 } })).items) {
    await api.registries.remove({ params: { registry: id } })
  }
  await server.pause()
  await server.resume(url)
  const image = await vi.waitFor(
    async () => {
      const { items } = await api.images.list({ query: { org: organization, limit: 200 } })
      if (items[0] === undefined) throw new Error('the server has found no image')
      return items[0]
    },
    { timeout: 60_000, interval: 200 },
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
    { timeout: 60_000, interval: 200 },
  )
}

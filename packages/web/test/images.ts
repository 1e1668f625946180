import type { Client, Image } from '@atelier/api'
import { debian, pushImage } from '../../server/test/oci-image.ts'
import { type Running, startRegistry } from '../../server/test/registry.ts'

export interface ImageStage {
  /** `team/base` with the default tag `12` and a tag `testing`. */
  readonly image: Image
  readonly registry: Running
}

/** Starts a registry, and imports an image from it into an organization. */
export async function importedImage(api: Client, organization: string): Promise<ImageStage> {
  const registry = await startRegistry()
  for (const tag of ['12', 'testing', 'unstable']) {
    pushImage(registry, `team/base:${tag}`, [{ layers: [{ 'etc/os-release': debian, tag }] }])
  }
  await api.configuration.update({ body: { registry_allowed_networks: ['127.0.0.1'] } })
  const added = { friendly_name: 'Local', registry: `http://${registry.host}` }
  const image = await api.images.create({
    body: {
      org_id: organization,
      new_registry: added,
      repository: 'team/base',
      tag: '12',
      description: 'What everybody starts with',
      url: 'https://git.example.com/team/base',
      default_cpu_cores: 2,
      default_memory_gb: 4,
      default_disk_gb: 20,
    },
  })
  await api.imageTags.create({ params: { image: image.id }, body: { tag: 'testing' } })
  return { image, registry }
}

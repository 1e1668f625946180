import type { Db } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import { type ImageSource, ProviderFailure } from '../provider/provider.ts'
import { dockerHub } from '../registries/address.ts'
import { contactOf } from '../registries/contact.ts'
import { findStored } from '../registries/service.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** Where the files of a workspace come from: of its tag, what it led to when it was looked up last. */
export async function imageSourceOf(
  platform: Platform,
  workspace: Pick<WorkspaceRecord, 'image_id' | 'image_tag' | 'image_repository' | 'tag_digest'>,
): Promise<ImageSource> {
  const { db } = platform
  const { image_repository: repository, image_tag: tag } = workspace
  const { source, registry_id: registryId } = await findSource(db, workspace.image_id)
  if (source === 'host') return { kind: 'host' }
  if (source === 'local') return { kind: 'local', reference: `${repository}:${tag}` }
  const held = await findStored(db, registryId ?? '')
  if (held === undefined) throw new ProviderFailure('image', 'The registry of the image is gone')
  const { address, credentials } = contactOf(platform, held.registry, held.password)
  return {
    kind: 'registry',
    reference: `${hostOf(address.name)}/${repositoryOf(address.name, repository)}:${tag}`,
    digest: workspace.tag_digest,
    plainHttp: address.url.protocol === 'http:',
    credentials,
  }
}

async function findSource(db: Db, imageId: string) {
  return db
    .selectFrom('images')
    .where('id', '=', imageId)
    .select(['source', 'registry_id'])
    .executeTakeFirstOrThrow()
}

/** Engines know Docker Hub by the name that people use. */
function hostOf(name: string): string {
  return name === dockerHub ? 'docker.io' : name.replace(/^http:\/\//, '')
}

/** Docker Hub keeps what is named with one word under `library`. */
function repositoryOf(name: string, repository: string): string {
  return name === dockerHub && !repository.includes('/') ? `library/${repository}` : repository
}

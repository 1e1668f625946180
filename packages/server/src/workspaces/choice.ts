import { type Selectable, sql } from 'kysely'
import type { Tx, WorkspaceProvidersTable } from '../db/schema.ts'
import { invalid, refusal } from '../faults.ts'
import { type HeldImage, holdImage } from '../images/hold.ts'
import type { ImageRecord, TagRecord } from '../images/image.ts'
import { isUuid } from '../platform/ids.ts'

export type Provider = Selectable<WorkspaceProvidersTable>

/** Holds the image that somebody chose for something new. */
export async function chooseImage(
  tx: Tx,
  organizationId: string,
  imageId: string,
): Promise<HeldImage> {
  const held = await holdImage(tx, organizationId, imageId)
  if (held === undefined) throw invalid('image_id', 'Choose an image of the organization')
  if (held.image.deprecated) {
    throw refusal(
      'image.deprecated',
      `${held.image.repository} is deprecated: choose another image for new workspaces`,
    )
  }
  return held
}

/** The tag that somebody chose; without a name the default one. */
export function chooseTag({ image, tags }: HeldImage, name: string | null | undefined): TagRecord {
  const wanted = name == null || name === '' ? tags.find((tag) => tag.is_default) : undefined
  const tag = wanted ?? tags.find((one) => one.tag === name)
  if (tag === undefined) {
    throw invalid('image_tag', `${image.repository} has no such tag here: choose one that it has`)
  }
  if (tag.decommissioned) {
    throw refusal(
      'image_tag.decommissioned',
      `${image.repository}:${tag.tag} is decommissioned: choose another tag`,
    )
  }
  return tag
}

/** The tag that a workspace is built of again: its own, or the default one where that is out of use. */
export function keepTag({ tags }: HeldImage, name: string): TagRecord {
  const own = tags.find((tag) => tag.tag === name && !tag.decommissioned)
  const tag = own ?? tags.find((one) => one.is_default)
  if (tag === undefined) throw new Error('the image has no default tag')
  return tag
}

/**
 * Holds the provider that somebody chose for something new: one that the organization may use, and that
 * can run such an image. Without an id it is one that is ready, the built-in one before the oldest.
 */
export async function chooseProvider(
  tx: Tx,
  organization: { readonly id: string; readonly name: string },
  image: Pick<ImageRecord, 'source'>,
  id: string | null | undefined,
): Promise<Provider> {
  const allowed = await tx
    .selectFrom('workspace_providers as provider')
    .innerJoin('workspace_provider_organizations as allowed', 'allowed.provider_id', 'provider.id')
    .where('allowed.organization_id', '=', organization.id)
    .where('provider.kind', '=', kindFor(image))
    .$if(id != null && id !== '', (query) =>
      isUuid(id ?? '')
        ? query.where('provider.id', '=', id ?? '')
        : query.where('provider.id', 'is', null),
    )
    .selectAll('provider')
    .orderBy(sql`provider.status = 'ready' and provider.cordoned_at is null`, 'desc')
    .orderBy('provider.built_in', 'desc')
    .orderBy('provider.id')
    .limit(1)
    .forShare('provider')
    .executeTakeFirst()
  if (allowed === undefined) throw noProvider(organization.name, id)
  if (allowed.cordoned_at !== null) {
    const why = allowed.cordon_reason === '' ? '' : ` (${allowed.cordon_reason})`
    throw refusal(
      'provider.cordoned',
      `${allowed.name} takes no new workspaces${why}: choose another workspace provider, or try again later`,
    )
  }
  if (allowed.status !== 'ready') {
    const why = allowed.status_reason === '' ? '' : `: ${allowed.status_reason}`
    throw refusal('provider.failed', `${allowed.name} is not ready${why}`)
  }
  return allowed
}

/** A sandbox has the files of its own machine and no others. */
function kindFor({ source }: Pick<ImageRecord, 'source'>): Provider['kind'] {
  return source === 'host' ? 'sandbox' : 'engine'
}

/** Throws for another image that the provider of a workspace cannot run. */
export function demandSameKind(former: ImageRecord, wanted: ImageRecord): void {
  if (kindFor(former) === kindFor(wanted)) return
  throw invalid(
    'image_id',
    `The workspace provider cannot run ${wanted.repository}: create another workspace for it`,
  )
}

function noProvider(organization: string, id: string | null | undefined) {
  if (id == null || id === '') {
    return refusal(
      'provider.none',
      `${organization} has no workspace provider for this image: ask an administrator to allow one for it`,
    )
  }
  return refusal(
    'provider.not_allowed',
    `${organization} has no such workspace provider: choose one that it may use`,
  )
}

/** Throws for sizes that no workspace there could have. */
export function demandCapacity(
  provider: Provider,
  { cpu_cores: cores, memory_gb: memory }: { cpu_cores: number; memory_gb: number },
): void {
  if (provider.cpu_cores !== null && cores > provider.cpu_cores) {
    throw invalid('cpu_cores', `${provider.name} has ${provider.cpu_cores} cores`)
  }
  const most = provider.memory_bytes === null ? Infinity : provider.memory_bytes / 2 ** 30
  if (memory > most) {
    throw invalid('memory_gb', `${provider.name} has ${Math.floor(most * 10) / 10} GB`)
  }
}

import { filterFor } from '@atelier/access'
import { diffOf, recordAudit } from '../audit/record.ts'
import {
  authorize,
  authorizeAlso,
  change,
  type Context,
  decideFirst,
  denied,
  subjectOf,
  type Work,
} from '../context.ts'
import type { Tx } from '../db/schema.ts'
import { demandVersion, invalid, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { lockAround } from '../organizations/inside.ts'
import type { InsideQuery } from '../organizations/inside-filter.ts'
import { newId } from '../platform/ids.ts'
import { contactOf } from '../registries/contact.ts'
import { registriesIn } from '../registries/registry.ts'
import { demandAddress, demandCredentials } from '../registries/rules.ts'
import { addRegistry, holdRegistry, type NewRegistry } from '../registries/service.ts'
import { demandNo } from '../users/rules.ts'
import { imagesIn, type ImageRecord, type WholeImage } from './image.ts'
import { lookUp } from './look-up.ts'
import { nextRefresh, tagColumns } from './refresh.ts'
import * as rules from './rules.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'
import { whole, wholeOne } from './whole.ts'

/** One page of the images that the caller may read. */
export async function listImages(
  context: Context,
  query: InsideQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<WholeImage>> {
  const { db } = context.platform
  const page = await images.listImages(db, filterOf(context), query, limit, after)
  return { items: await whole(db, page.items), next: page.next }
}

/** How many images the caller may read, capped. */
export async function countImages(context: Context, query: InsideQuery): Promise<number> {
  return images.countImages(context.platform.db, filterOf(context), query)
}

function filterOf(context: Context) {
  const filter = filterFor(subjectOf(context), 'read', 'images')
  // Somebody without organizations sees an empty list; a key without the scope is refused.
  if (filter.kind === 'none' && filter.missing.keyScope !== undefined) {
    throw denied(filter.missing, 'list of images')
  }
  return filter
}

/** One image. */
export async function getImage(context: Context, id: string): Promise<WholeImage> {
  const { db } = context.platform
  const image = await images.findImage(db, id)
  if (image === undefined) throw notFound('image')
  authorize(context, 'read', imagesIn(image.organization_id), 'image')
  return wholeOne(db, image)
}

interface Recommended {
  readonly default_cpu_cores: number
  readonly default_memory_gb: number
  readonly default_disk_gb: number
}

export interface NewImage extends Recommended {
  readonly registry_id?: string | null | undefined
  readonly new_registry?: NewRegistry | null | undefined
  readonly repository: string
  readonly tag: string
  readonly description?: string | null | undefined
  readonly url?: string | null | undefined
}

/**
 * Imports a repository with one tag. The registry is asked for it in between, outside of any
 * transaction, and only for who may import.
 */
export async function importImage(
  context: Context,
  organizationId: string,
  input: NewImage,
): Promise<WholeImage> {
  const attempt = {
    action: 'create' as const,
    resourceType: 'image' as const,
    resourceId: '',
    target: `${input.repository}:${input.tag}`,
  }
  const source = await decideFirst(context, attempt, async (work) => {
    await lockAround(work, organizationId)
    authorize(work, 'create', imagesIn(organizationId), 'image')
    if (input.new_registry != null) demandNewRegistry(work, organizationId)
    return sourceOf(work, organizationId, input)
  })
  const { platform } = context
  const facts = await lookUp(platform, source.contact, input.repository, input.tag)

  return change(context, attempt, [], async (work) => {
    const organization = await lockAround(work, organizationId)
    const { new_registry: added } = input
    if (added != null) demandNewRegistry(work, organizationId)
    const registry =
      added == null
        ? await sameRegistry(work, organizationId, source.registry)
        : await addRegistry(work, organization, added)
    authorize(work, 'create', imagesIn(organizationId), 'image')
    const now = platform.clock.now()
    const id = newId(now)
    await images.insertImage(work.tx, {
      id,
      organization_id: organizationId,
      registry_id: registry.id,
      repository: input.repository,
      description: input.description ?? '',
      url: input.url ?? '',
      default_cpu_cores: input.default_cpu_cores,
      default_memory_gb: input.default_memory_gb,
      default_disk_gb: input.default_disk_gb,
      refresh_at: nextRefresh(now),
      created_at: now,
      updated_at: now,
    })
    await tags.insertTag(work.tx, {
      image_id: id,
      tag: input.tag,
      is_default: true,
      ...tagColumns(facts, now),
      created_at: now,
      updated_at: now,
    })
    attempt.resourceId = id
    const image = await find(work.tx, id)
    const registered = { organization: organization.name, registry: registry.friendly_name }
    const diff = diffOf({}, { ...registered, ...fieldsOf(image), default_tag: input.tag })
    await recordAudit(work, { ...attempt, diff })
    return wholeOne(work.tx, image)
  })
}

function demandNewRegistry(work: Work, organizationId: string): void {
  authorizeAlso(
    work,
    'create',
    registriesIn(organizationId),
    'You may not add registries here: choose one that the organization has',
  )
}

/** How to contact the registry that an import names: one that is kept, or one that comes with it. */
async function sourceOf(work: Work, organizationId: string, input: NewImage) {
  const { registry_id: id, new_registry: added } = input
  if (id != null && added != null) throw invalid('new_registry', 'Name one registry, not two')
  if (added != null) {
    const address = demandAddress(added.registry)
    const { username, password } = demandCredentials(undefined, address.name, added)
    const credentials = password == null ? undefined : { username, password }
    return { registry: undefined, contact: { address, credentials } }
  }
  const held = id == null ? undefined : await holdRegistry(work.tx, organizationId, id)
  if (held === undefined) throw invalid('registry_id', 'Choose a registry of the organization')
  const contact = contactOf(work.platform, held.registry, held.password)
  return { registry: held.registry, contact }
}

/** The registry that was asked, provided that it is still the one that it was then. */
async function sameRegistry(
  work: Work,
  organizationId: string,
  asked: { readonly id: string; readonly version: number } | undefined,
) {
  const held = asked && (await holdRegistry(work.tx, organizationId, asked.id))
  if (held?.registry.version === asked?.version && held !== undefined) return held.registry
  throw invalid('registry_id', 'Somebody changed the registry meanwhile: import again')
}

export type ImageChanges = { readonly [K in keyof Recommended]?: number | null | undefined } & {
  readonly description?: string | null | undefined
  readonly url?: string | null | undefined
  readonly deprecated?: boolean | null | undefined
  readonly default_tag?: string | null | undefined
}

/** Changes an image; what is null stays. */
export async function updateImage(
  context: Context,
  id: string,
  changes: ImageChanges,
  ifMatch?: number,
): Promise<WholeImage> {
  const attempt = imageAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const image = await lockTarget(work, attempt, id)
    authorize(work, 'update', imagesIn(image.organization_id), 'image')
    demandVersion(image.version, ifMatch)
    const [before] = await tags.tagsOf(work.tx, id)
    const now = work.platform.clock.now()
    const { default_tag: chosen, ...given } = changes
    if (chosen != null && chosen !== before?.tag) {
      const tag = await tags.findTag(work.tx, id, chosen)
      if (tag === undefined) throw invalid('default_tag', 'The image has no such tag: add it first')
      demandNo(rules.notForNewWorkspaces(tag))
      await tags.setDefault(work.tx, id, chosen, now)
    }
    const columns = Object.fromEntries(
      Object.entries(given).filter(([, value]) => value != null),
    ) as Partial<ImageRecord>
    const diff = diffOf(
      { ...fieldsOf(image), default_tag: before?.tag },
      { ...fieldsOf({ ...image, ...columns }), default_tag: chosen ?? before?.tag },
    )
    if (Object.keys(diff).length > 0) {
      await images.updateImage(work.tx, id, { ...columns, updated_at: now })
    }
    await recordAudit(work, { ...attempt, diff })
    return wholeOne(work.tx, await find(work.tx, id))
  })
}

/** Deletes an image with its tags. */
export async function deleteImage(context: Context, id: string, ifMatch?: number): Promise<void> {
  const attempt = imageAttempt('delete', id)
  await change(context, attempt, [], async (work) => {
    const image = await lockTarget(work, attempt, id)
    authorize(work, 'delete', imagesIn(image.organization_id), 'image')
    demandVersion(image.version, ifMatch)
    demandNo(rules.imageInUse(image))
    const names = (await tags.tagsOf(work.tx, id)).map(({ tag }) => tag)
    await images.deleteImage(work.tx, id)
    const lost = Object.entries({ ...fieldsOf(image), tags: names }).map(
      ([field, value]) => [field, { before: value, after: null }] as const,
    )
    await recordAudit(work, { ...attempt, diff: Object.fromEntries(lost) })
  })
}

function imageAttempt(action: 'write' | 'delete', id: string) {
  return { action, resourceType: 'image' as const, resourceId: id, target: '' }
}

async function lockTarget(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<ImageRecord> {
  const image = await images.lockImage(work.tx, id)
  if (image === undefined) throw notFound('image')
  attempt.target = image.repository
  return image
}

/** An image as the audit log keeps it. */
function fieldsOf(image: ImageRecord) {
  const { repository, description, url, deprecated } = image
  const { default_cpu_cores, default_memory_gb, default_disk_gb } = image
  return {
    repository,
    description,
    url,
    default_cpu_cores,
    default_memory_gb,
    default_disk_gb,
    deprecated,
  }
}

async function find(tx: Tx, id: string): Promise<ImageRecord> {
  const image = await images.findImage(tx, id)
  if (image === undefined) throw new Error('the image is gone')
  return image
}

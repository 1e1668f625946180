import { decide } from '@atelier/access'
import { diffOf, recordAudit } from '../audit/record.ts'
import {
  authorize,
  authorizeAlso,
  change,
  type Context,
  decideFirst,
  subjectOf,
  type Work,
} from '../context.ts'
import { Fault, notFound } from '../faults.ts'
import { contactOf } from '../registries/contact.ts'
import { findStored } from '../registries/service.ts'
import { demandNo } from '../users/rules.ts'
import { imagesIn, type ImageRecord, type TagRecord } from './image.ts'
import { lookUp, lookUpAgain } from './look-up.ts'
import { applyLookUp, tagColumns } from './refresh.ts'
import * as rules from './rules.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'

/** Tags, and the organization that their image is of. */
export interface Tags {
  readonly organization: string
  readonly tags: readonly TagRecord[]
}

/** The tags of an image, the default one first. */
export async function listTags(context: Context, imageId: string): Promise<Tags> {
  const { db } = context.platform
  const image = await images.findImage(db, imageId)
  if (image === undefined) throw notFound('image')
  const { organization_id: organization } = image
  authorize(context, 'read', imagesIn(organization, 'image_tags'), 'image')
  return { organization, tags: await tags.tagsOf(db, imageId) }
}

/** One tag of an image. */
export async function getTag(context: Context, imageId: string, name: string): Promise<Tags> {
  const { organization, tags: all } = await listTags(context, imageId)
  const tag = all.find((one) => one.tag === name)
  if (tag === undefined) throw notFound('image tag')
  return { organization, tags: [tag] }
}

/** Adds a tag of the repository, which is asked for in the registry in between. */
export async function addTag(
  context: Context,
  imageId: string,
  name: string,
  makeDefault: boolean,
): Promise<Tags> {
  const attempt = tagAttempt('create', imageId)
  const { platform } = context
  const open = async (work: Work): Promise<ImageRecord> => {
    const image = await lockVisible(work, attempt, imageId, name)
    if (makeDefault) {
      authorizeAlso(
        work,
        'update',
        imagesIn(image.organization_id),
        'You may add tags, but not make one the default: leave that out',
      )
    }
    authorize(work, 'create', imagesIn(image.organization_id, 'image_tags'), 'image tag')
    return image
  }
  const { repository, contact } = await decideFirst(context, attempt, async (work) => {
    const image = await open(work)
    return { repository: image.repository, contact: await contactFor(work, image) }
  })
  const facts = await lookUp(platform, contact, repository, name)

  return change(context, attempt, [], async (work) => {
    const image = await open(work)
    const now = platform.clock.now()
    await tags.insertTag(work.tx, {
      image_id: imageId,
      tag: name,
      ...tagColumns(facts, now),
      created_at: now,
      updated_at: now,
    })
    if (makeDefault) await tags.setDefault(work.tx, imageId, name, now)
    const diff = diffOf({}, { tag: name, digest: facts.digest, default: makeDefault })
    await recordAudit(work, { ...attempt, diff })
    return found(work, image, name)
  })
}

/** Keeps a tag from new workspaces, or takes that back. */
export async function decommissionTag(
  context: Context,
  imageId: string,
  name: string,
  decommissioned: boolean,
): Promise<Tags> {
  const attempt = tagAttempt('write', imageId)
  return change(context, attempt, [], async (work) => {
    const { image, tag } = await lockTag(work, attempt, imageId, name)
    authorize(work, 'update', imagesIn(image.organization_id, 'image_tags'), 'image tag')
    const existing = demandTag(tag)
    if (decommissioned) demandNo(rules.defaultTag(existing, 'decommissioned'))
    const now = work.platform.clock.now()
    await tags.updateTag(work.tx, imageId, name, { decommissioned, updated_at: now })
    await recordAudit(work, { ...attempt, diff: diffOf(existing, { decommissioned }) })
    return found(work, image, name)
  })
}

/** Deletes a tag here; the registry keeps it. */
export async function deleteTag(context: Context, imageId: string, name: string): Promise<void> {
  const attempt = tagAttempt('delete', imageId)
  await change(context, attempt, [], async (work) => {
    const { image, tag } = await lockTag(work, attempt, imageId, name)
    authorize(work, 'delete', imagesIn(image.organization_id, 'image_tags'), 'image tag')
    const existing = demandTag(tag)
    demandNo(rules.defaultTag(existing, 'deleted') ?? rules.tagInUse(existing))
    await tags.deleteTag(work.tx, imageId, name)
    const diff = {
      tag: { before: name, after: null },
      digest: { before: existing.latest_hash, after: null },
    }
    await recordAudit(work, { ...attempt, diff })
  })
}

/** Looks all tags of an image up in its registry; a tag that fails keeps what was known of it. */
export async function refreshTags(context: Context, imageId: string): Promise<Tags> {
  const attempt = tagAttempt('write', imageId)
  const open = async (work: Work): Promise<ImageRecord> => {
    const image = await lockVisible(work, attempt, imageId)
    authorize(work, 'update', imagesIn(image.organization_id, 'image_tags'), 'image tag')
    return image
  }
  const { image, contact, known } = await decideFirst(context, attempt, async (work) => {
    const opened = await open(work)
    return {
      image: opened,
      contact: await contactFor(work, opened),
      known: await tags.tagsOf(work.tx, imageId),
    }
  })
  const results = await lookUpAgain(context.platform, contact, image.repository, known)

  return change(context, attempt, [], async (work) => {
    const { organization_id: organization } = await open(work)
    const diff = await applyLookUp(work.tx, imageId, results, work.platform.clock.now())
    await recordAudit(work, { ...attempt, diff })
    return { organization, tags: await tags.tagsOf(work.tx, imageId) }
  })
}

function tagAttempt(action: 'create' | 'write' | 'delete', imageId: string) {
  return { action, resourceType: 'image_tag' as const, resourceId: imageId, target: '' }
}

/** Locks an image with its tags; 404 to whom it is not shown, also where adding is asked. */
async function lockVisible(
  work: Work,
  attempt: { target: string },
  imageId: string,
  tag?: string,
): Promise<ImageRecord> {
  const image = await images.lockImage(work.tx, imageId)
  if (image === undefined) throw notFound('image')
  attempt.target = tag === undefined ? image.repository : `${image.repository}:${tag}`
  // The scopes of a key do not count here; they are asked about with the action.
  const owner = { ...subjectOf(work), scopes: undefined }
  if (decide(owner, 'read', imagesIn(image.organization_id)).allowed) return image
  const hidden = notFound('image')
  throw new Fault(hidden.code, hidden.message, { denied: true })
}

async function lockTag(work: Work, attempt: { target: string }, imageId: string, name: string) {
  const image = await lockVisible(work, attempt, imageId, name)
  return { image, tag: await tags.findTag(work.tx, imageId, name) }
}

function demandTag(tag: TagRecord | undefined): TagRecord {
  if (tag === undefined) throw notFound('image tag')
  return tag
}

async function contactFor(work: Work, image: ImageRecord) {
  demandNo(rules.ofRegistry(image))
  // Not locked: deleting an organization takes its registries before its images.
  const held = await findStored(work.tx, image.registry_id ?? '')
  if (held === undefined) throw new Error('the image has no registry')
  return contactOf(work.platform, held.registry, held.password)
}

async function found(work: Work, image: ImageRecord, name: string): Promise<Tags> {
  const tag = demandTag(await tags.findTag(work.tx, image.id, name))
  return { organization: image.organization_id, tags: [tag] }
}

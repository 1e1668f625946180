import { recordVisit } from '../audit/record.ts'
import type { AuditDiff, Tx } from '../db/schema.ts'
import { repeat, type Repeating } from '../jobs/repeat.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { contactOf } from '../registries/contact.ts'
import type { TagFacts } from '../registries/inspect.ts'
import { findStored } from '../registries/service.ts'
import { type LookedUp, lookUpAgain } from './look-up.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'

const hour = 3_600_000

/** When the tags of an image are looked up again. */
export function nextRefresh(now: Date): Date {
  return new Date(now.getTime() + hour)
}

/** What is known of a tag, as its columns. */
export function tagColumns({ digest, size, osRelease }: TagFacts, now: Date) {
  return {
    latest_hash: digest,
    size,
    os_release: JSON.stringify(osRelease),
    hash_last_updated_at: now,
    checked_at: now,
    failure: null,
  }
}

/** Keeps what looking tags up has brought; answers the digests that changed. */
export async function applyLookUp(
  tx: Tx,
  imageId: string,
  results: readonly LookedUp[],
  now: Date,
): Promise<AuditDiff> {
  const known = new Map((await tags.tagsOf(tx, imageId)).map((tag) => [tag.tag, tag]))
  const diff: AuditDiff = {}
  for (const result of results) {
    const before = known.get(result.tag)
    if (before === undefined) continue
    if ('failure' in result) {
      await tags.updateTag(tx, imageId, result.tag, { failure: result.failure, checked_at: now })
    } else if ('same' in result || result.facts.digest === before.latest_hash) {
      await tags.updateTag(tx, imageId, result.tag, { failure: null, checked_at: now })
    } else {
      const columns = { ...tagColumns(result.facts, now), updated_at: now }
      await tags.updateTag(tx, imageId, result.tag, columns)
      diff[result.tag] = { before: before.latest_hash, after: result.facts.digest }
    }
  }
  await images.setRefreshAt(tx, imageId, nextRefresh(now))
  return diff
}

/** Looks the tags of one image up that is due; false when there is none. */
export async function refreshDue(platform: Platform): Promise<boolean> {
  const { db, clock } = platform
  const now = clock.now()
  // Due again in an hour also where this process ends before it is done.
  const id = await images.takeDue(db, now, nextRefresh(now))
  if (id === undefined) return false
  const due = await db.transaction().execute(async (tx) => {
    const image = await images.findImage(tx, id)
    const held = image && (await findStored(tx, image.registry_id ?? ''))
    return held === undefined ? undefined : { image, held, known: await tags.tagsOf(tx, id) }
  })
  if (due?.image === undefined) return true
  const { image, held, known } = due
  const contact = contactOf(platform, held.registry, held.password)
  const results = await lookUpAgain(platform, contact, image.repository, known)
  await db.transaction().execute(async (tx) => {
    if ((await images.lockImage(tx, id)) === undefined) return
    const diff = await applyLookUp(tx, id, results, clock.now())
    if (Object.keys(diff).length === 0) return
    const request = { id: newId(now), ip: '', userAgent: 'hourly look-up' }
    await recordVisit(
      tx,
      { platform, request },
      {
        action: 'write',
        resourceType: 'image_tag',
        resourceId: id,
        target: image.repository,
        outcome: 'success',
        actor: null,
        allowedBy: 'hourly look-up',
        diff,
      },
    )
  })
  return true
}

const pauseMilliseconds = 30_000

/** Looks up what is due for as long as the server runs; several processes share the work. */
export function startImageRefresh(platform: Platform): Repeating {
  return repeat(platform.log, 'images.refresh_failed', pauseMilliseconds, async (isStopped) => {
    while (!isStopped() && (await refreshDue(platform)));
  })
}

import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import { recordVisit } from '../audit/record.ts'
import { newId } from '../platform/ids.ts'
import { contactOf } from '../registries/contact.ts'
import { dockerHub } from '../registries/address.ts'
import { findStored } from '../registries/service.ts'
import { lookUp } from './look-up.ts'
import { nextRefresh, tagColumns } from './refresh.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'

/** What the people of the original know as its packaged image: tools, an editor and the user `coder`. */
export const packaged = { repository: 'codercom/enterprise-base', tag: 'ubuntu' }

const recommended = { default_cpu_cores: 2, default_memory_gb: 4, default_disk_gb: 20 }

/**
 * Imports the packaged image into the default organizations from their registry `at`; false where it
 * cannot be had there, or where an administrator has taken that registry away.
 */
export async function importPackaged(platform: Platform, at = dockerHub): Promise<boolean> {
  const homes = await platform.db
    .selectFrom('registries')
    .innerJoin('organizations', 'organizations.id', 'registries.organization_id')
    .where('organizations.is_default', '=', true)
    .where('registries.registry', '=', at)
    .select('registries.id')
    .execute()
  let imported = false
  for (const { id } of homes) imported = (await importFrom(platform, id)) || imported
  return imported
}

async function importFrom(platform: Platform, registryId: string): Promise<boolean> {
  const { db, clock, log } = platform
  const held = await findStored(db, registryId)
  if (held === undefined) return false
  const contact = contactOf(platform, held.registry, held.password)
  let facts
  try {
    facts = await lookUp(platform, contact, packaged.repository, packaged.tag)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    log.info({ reason: error.message }, 'images.no_packaged_image')
    return false
  }
  const now = clock.now()
  const id = newId(now)
  return db.transaction().execute(async (tx) => {
    const { organization_id: organization } = held.registry
    const exists = await tx
      .selectFrom('images')
      .where('registry_id', '=', registryId)
      .where('repository', '=', packaged.repository)
      .select('id')
      .executeTakeFirst()
    if (exists !== undefined) return true
    await images.insertImage(tx, {
      id,
      organization_id: organization,
      registry_id: registryId,
      repository: packaged.repository,
      description: 'Ubuntu with the tools of a developer',
      ...recommended,
      refresh_at: nextRefresh(now),
      created_at: now,
      updated_at: now,
    })
    await tags.insertTag(tx, {
      image_id: id,
      tag: packaged.tag,
      is_default: true,
      ...tagColumns(facts, now),
      created_at: now,
      updated_at: now,
    })
    await recordVisit(
      tx,
      { platform, request: { id: newId(now), ip: '', userAgent: 'first start' } },
      {
        action: 'create',
        resourceType: 'image',
        resourceId: id,
        target: `${packaged.repository}:${packaged.tag}`,
        outcome: 'success',
        actor: null,
        allowedBy: 'first start',
        diff: { registry: { before: null, after: held.registry.friendly_name } },
      },
    )
    return true
  })
}

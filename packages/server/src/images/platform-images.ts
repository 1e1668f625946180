import { type Insertable, sql } from 'kysely'
import { recordVisit } from '../audit/record.ts'
import type { PlatformImagesTable, Tx } from '../db/schema.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { nextRefresh, tagColumns } from './refresh.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'

/** An image that no registry has, as the server found or built it. */
export interface PlatformImage {
  readonly source: 'local' | 'host'
  readonly repository: string
  readonly tag: string
  readonly digest: string
  readonly size: number
  readonly osRelease: { id: string; pretty_name: string; home_url: string } | null
}

const recommended = { default_cpu_cores: 2, default_memory_gb: 4, default_disk_gb: 10 }

const descriptions = {
  local: 'Built on this machine: git, curl, sudo and an editor',
  host: 'The programs of the machine that Atelier runs on',
} as const

/**
 * Gives an image to every organization when it appears for the first time, and its new tag to those
 * that have kept it; later calls with the same tag and digest change nothing.
 */
export async function offerPlatformImage(platform: Platform, image: PlatformImage): Promise<void> {
  await platform.db.transaction().execute(async (tx) => {
    const now = platform.clock.now()
    const { source, repository, tag } = image
    // Two servers at once: the second waits here and finds it known.
    await sql`lock table platform_images in share row exclusive mode`.execute(tx)
    const known = await tx
      .selectFrom('platform_images')
      .where('source', '=', source)
      .where('repository', '=', repository)
      .selectAll()
      .executeTakeFirst()
    if (known?.tag === tag && known.latest_hash === image.digest) return
    const row = {
      source,
      repository,
      tag,
      latest_hash: image.digest,
      size: image.size,
      os_release: JSON.stringify(image.osRelease),
      created_at: now,
    }
    await tx
      .insertInto('platform_images')
      .values(row)
      .onConflict((conflict) => conflict.columns(['source', 'repository']).doUpdateSet(row))
      .execute()
    const holders = await tx
      .selectFrom('organizations')
      .leftJoin('images', (join) =>
        join
          .onRef('images.organization_id', '=', 'organizations.id')
          .on('images.source', '=', source)
          .on('images.repository', '=', repository),
      )
      .select(['organizations.id', 'organizations.name', 'images.id as image'])
      .execute()
    for (const { id, name, image: existing } of holders) {
      if (existing !== null) await renewTag(tx, existing, image, now)
      // Whoever deleted it does not want it back.
      else if (known === undefined) await insertInto(tx, id, row, now)
      else continue
      await recordVisit(
        tx,
        { platform, request: { id: newId(now), ip: '', userAgent: 'server' } },
        {
          action: existing === null ? 'create' : 'write',
          resourceType: 'image',
          resourceId: existing ?? '',
          target: `${repository}:${tag}`,
          outcome: 'success',
          actor: null,
          allowedBy: 'server',
          diff: { organization: { before: null, after: name } },
        },
      )
    }
  })
}

/** Gives a new organization the images that no registry has; answers their names for its audit entry. */
export async function addPlatformImages(
  tx: Tx,
  platform: Platform,
  organizationId: string,
): Promise<readonly string[]> {
  const offered = await tx.selectFrom('platform_images').selectAll().orderBy('repository').execute()
  for (const image of offered) {
    const row = { ...image, os_release: JSON.stringify(image.os_release) }
    await insertInto(tx, organizationId, row, platform.clock.now())
  }
  return offered.map(({ repository, tag }) => `${repository}:${tag}`)
}

type Row = Insertable<PlatformImagesTable>

async function insertInto(tx: Tx, organizationId: string, row: Row, now: Date): Promise<void> {
  const id = newId(now)
  await images.insertImage(tx, {
    id,
    organization_id: organizationId,
    source: row.source,
    registry_id: null,
    repository: row.repository,
    description: descriptions[row.source],
    ...recommended,
    refresh_at: nextRefresh(now),
    created_at: now,
    updated_at: now,
  })
  await tags.insertTag(tx, {
    image_id: id,
    tag: row.tag,
    is_default: true,
    latest_hash: row.latest_hash,
    size: row.size,
    os_release: row.os_release,
    hash_last_updated_at: now,
    checked_at: now,
    created_at: now,
    updated_at: now,
  })
}

/** The new tag becomes the default one; workspaces that have the old one keep it. */
async function renewTag(tx: Tx, id: string, image: PlatformImage, now: Date): Promise<void> {
  await images.lockImage(tx, id)
  const columns = { ...tagColumns(image, now), updated_at: now }
  if ((await tags.findTag(tx, id, image.tag)) === undefined) {
    await tags.insertTag(tx, { image_id: id, tag: image.tag, ...columns, created_at: now })
  } else {
    await tags.updateTag(tx, id, image.tag, columns)
  }
  await tags.setDefault(tx, id, image.tag, now)
}

import { type Insertable, sql, type Updateable } from 'kysely'
import type { Db, ImageTagsTable, Tx } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import type { TagRecord } from './image.ts'

function selectTags(db: Db | Tx) {
  const workspaces = sql<number>`(select count(*)::int from workspaces w
    where w.image_id = image_tags.image_id and w.image_tag = image_tags.tag)`
  return db.selectFrom('image_tags').selectAll().select(workspaces.as('workspace_count'))
}

/** The tags of an image, the default one first. */
export async function tagsOf(db: Db | Tx, imageId: string): Promise<TagRecord[]> {
  return selectTags(db)
    .where('image_id', '=', imageId)
    .orderBy('is_default', 'desc')
    .orderBy('tag')
    .execute()
}

/** One tag of an image. */
export async function findTag(
  db: Db | Tx,
  imageId: string,
  tag: string,
): Promise<TagRecord | undefined> {
  return selectTags(db).where('image_id', '=', imageId).where('tag', '=', tag).executeTakeFirst()
}

/** The default tags of several images. */
export async function defaultTagsOf(
  db: Db | Tx,
  imageIds: readonly string[],
): Promise<TagRecord[]> {
  if (imageIds.length === 0) return []
  return selectTags(db).where('image_id', 'in', imageIds).where('is_default', '=', true).execute()
}

export async function insertTag(tx: Tx, tag: Insertable<ImageTagsTable>): Promise<void> {
  await withUniqueNames(() => tx.insertInto('image_tags').values(tag).execute())
}

export async function updateTag(
  tx: Tx,
  imageId: string,
  tag: string,
  values: Updateable<ImageTagsTable>,
): Promise<void> {
  await tx
    .updateTable('image_tags')
    .set(values)
    .where('image_id', '=', imageId)
    .where('tag', '=', tag)
    .execute()
}

/** Makes a tag the default one, in place of the one before. */
export async function setDefault(tx: Tx, imageId: string, tag: string, now: Date): Promise<void> {
  await tx
    .updateTable('image_tags')
    .set({ is_default: false, updated_at: now })
    .where('image_id', '=', imageId)
    .where('is_default', '=', true)
    .execute()
  await updateTag(tx, imageId, tag, { is_default: true, updated_at: now })
}

export async function deleteTag(tx: Tx, imageId: string, tag: string): Promise<void> {
  await tx.deleteFrom('image_tags').where('image_id', '=', imageId).where('tag', '=', tag).execute()
}

import type { ListFilter } from '@atelier/access'
import { type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { Db, ImagesTable, Tx } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { type InsideQuery, visibleInside } from '../organizations/inside-filter.ts'
import { isUuid } from '../platform/ids.ts'
import type { ImageRecord } from './image.ts'

function selectImages(db: Db | Tx) {
  return db
    .selectFrom('images')
    .select([
      'images.id',
      'images.organization_id',
      'images.source',
      'images.registry_id',
      'images.repository',
      'images.description',
      'images.url',
      'images.default_cpu_cores',
      'images.default_memory_gb',
      'images.default_disk_gb',
      'images.deprecated',
      sql<number>`(select count(*)::int from image_tags t where t.image_id = images.id)`.as(
        'tag_count',
      ),
      sql<number>`(select count(*)::int from workspaces w where w.image_id = images.id)`.as(
        'workspace_count',
      ),
      'images.version',
      'images.created_at',
      'images.updated_at',
    ])
}

/** One image; undefined for an unknown id. */
export async function findImage(db: Db | Tx, id: string): Promise<ImageRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectImages(db).where('images.id', '=', id).executeTakeFirst()
}

/** Locks an image, and with it all its tags: they are changed under this lock alone. */
export async function lockImage(tx: Tx, id: string): Promise<ImageRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('images').where('id', '=', id).select('id').forUpdate().execute()
  return findImage(tx, id)
}

export async function insertImage(tx: Tx, image: Insertable<ImagesTable>): Promise<void> {
  await withUniqueNames(() => tx.insertInto('images').values(image).execute())
}

/** Changes columns of an image, and raises its version. */
export async function updateImage(
  tx: Tx,
  id: string,
  values: Updateable<ImagesTable>,
): Promise<void> {
  await tx
    .updateTable('images')
    .set({ ...values, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .execute()
}

/** Deletes an image; its tags go with it. */
export async function deleteImage(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('images').where('id', '=', id).execute()
}

/** Says when the tags of an image are to be looked up next. */
export async function setRefreshAt(db: Db | Tx, id: string, at: Date): Promise<void> {
  await db.updateTable('images').set({ refresh_at: at }).where('id', '=', id).execute()
}

/** Takes one image whose tags are due, and makes it due again later; no other process takes it too. */
export async function takeDue(db: Db, now: Date, again: Date): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    update images set refresh_at = ${again}
    where id = (select id from images where refresh_at <= ${now} and source = 'registry'
      order by refresh_at, id limit 1 for update skip locked)
    returning id`.execute(db)
  return rows[0]?.id
}

const columns = {
  organizationId: sql<string>`images.organization_id`,
  text: sql<string>`lower(images.repository || ' ' || images.description)`,
}

/** One page of the images that a filter lets through, by repository. */
export async function listImages(
  db: Db,
  filter: ListFilter,
  query: InsideQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<ImageRecord>> {
  const rows = await selectImages(db)
    .where(visibleInside(filter, query, columns))
    .$if(after !== undefined, (rest) => {
      const [repository, id] = after ?? []
      return rest.where(
        sql<SqlBool>`(images.repository, images.id) > (${repository}::text, ${id}::uuid)`,
      )
    })
    .orderBy('images.repository')
    .orderBy('images.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (last) => [last.repository, last.id])
}

/** How many images there are to list, counted no further than the limit of exact counts. */
export async function countImages(db: Db, filter: ListFilter, query: InsideQuery): Promise<number> {
  const found = db
    .selectFrom('images')
    .where(visibleInside(filter, query, columns))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

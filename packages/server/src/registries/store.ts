import type { ListFilter } from '@atelier/access'
import { type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { Db, RegistriesTable, Tx } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { type InsideQuery, visibleInside } from '../organizations/inside-filter.ts'
import { isUuid } from '../platform/ids.ts'
import type { RegistryRecord } from './registry.ts'

// A registry has few images, found by the index of their names.
const imageCount = sql<number>`(select count(*)::int from images i where i.registry_id = registries.id)`

function selectRegistries(db: Db | Tx) {
  return db
    .selectFrom('registries')
    .select([
      'registries.id',
      'registries.organization_id',
      'registries.friendly_name',
      'registries.registry',
      'registries.username',
      sql<boolean>`registries.password is not null`.as('has_password'),
      imageCount.as('image_count'),
      'registries.version',
      'registries.created_at',
      'registries.updated_at',
    ])
}

/** One registry; undefined for an unknown id. */
export async function findRegistry(db: Db | Tx, id: string): Promise<RegistryRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectRegistries(db).where('registries.id', '=', id).executeTakeFirst()
}

/** Locks one registry for a change. */
export async function lockRegistry(tx: Tx, id: string): Promise<RegistryRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('registries').where('id', '=', id).select('id').forUpdate().execute()
  // Only now, so that images which came while this waited are counted.
  return findRegistry(tx, id)
}

/** Keeps a registry from being changed or deleted while an image of it changes. */
export async function lockForImages(tx: Tx, id: string): Promise<RegistryRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('registries').where('id', '=', id).select('id').forShare().execute()
  return findRegistry(tx, id)
}

/** Registries by their ids. */
export async function findRegistries(
  db: Db | Tx,
  ids: readonly string[],
): Promise<RegistryRecord[]> {
  if (ids.length === 0) return []
  return selectRegistries(db).where('registries.id', 'in', ids).execute()
}

/** The encrypted password of a registry; null for one that is used without. */
export async function findPassword(db: Db | Tx, id: string): Promise<Buffer | null> {
  const row = await db
    .selectFrom('registries')
    .where('id', '=', id)
    .select('password')
    .executeTakeFirst()
  return row?.password ?? null
}

export async function insertRegistry(
  tx: Tx,
  registry: Insertable<RegistriesTable>,
): Promise<RegistryRecord> {
  await withUniqueNames(() => tx.insertInto('registries').values(registry).execute())
  return present(tx, registry.id)
}

/** Changes columns, raises the version, and answers the registry as it is now. */
export async function updateRegistry(
  tx: Tx,
  id: string,
  values: Updateable<RegistriesTable>,
): Promise<RegistryRecord> {
  await withUniqueNames(() =>
    tx
      .updateTable('registries')
      .set({ ...values, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
  return present(tx, id)
}

export async function deleteRegistry(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('registries').where('id', '=', id).execute()
}

const columns = {
  organizationId: sql<string>`registries.organization_id`,
  text: sql<string>`lower(registries.friendly_name || ' ' || registries.registry)`,
}

const sortKey = sql<string>`lower(registries.friendly_name)`

/** One page of the registries that a filter lets through, by name. */
export async function listRegistries(
  db: Db,
  filter: ListFilter,
  query: InsideQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<RegistryRecord>> {
  const rows = await selectRegistries(db)
    .where(visibleInside(filter, query, columns))
    .$if(after !== undefined, (rest) => {
      const [name, id] = after ?? []
      return rest.where(sql<SqlBool>`(${sortKey}, registries.id) > (${name}::text, ${id}::uuid)`)
    })
    .select(sortKey.as('sort_key'))
    .orderBy(sortKey)
    .orderBy('registries.id')
    .limit(limit + 1)
    .execute()
  return pageOf(rows, limit, (last) => [last.sort_key, last.id])
}

/** How many registries there are to list, counted no further than the limit of exact counts. */
export async function countRegistries(
  db: Db,
  filter: ListFilter,
  query: InsideQuery,
): Promise<number> {
  const found = db
    .selectFrom('registries')
    .where(visibleInside(filter, query, columns))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

async function present(tx: Tx, id: string): Promise<RegistryRecord> {
  const registry = await findRegistry(tx, id)
  if (registry === undefined) throw new Error('the registry is gone')
  return registry
}

import { type Insertable, type Selectable, sql, type SqlBool, type Updateable } from 'kysely'
import type { Database, Db, SystemBannersTable, Tx } from '../db/schema.ts'
import { isUuid } from '../platform/ids.ts'

export type BannerRecord = Selectable<SystemBannersTable>

/** Every banner, in the order of their making. */
export async function listBanners(db: Db): Promise<BannerRecord[]> {
  return selectBanners(db).execute()
}

/** The banners that everybody sees at this moment. */
export async function shownBanners(db: Db, now: Date): Promise<BannerRecord[]> {
  return selectBanners(db)
    .where('enabled', '=', true)
    .where(sql<SqlBool>`(starts_at is null or starts_at <= ${now})`)
    .where(sql<SqlBool>`(ends_at is null or ends_at > ${now})`)
    .execute()
}

/** When the next banner begins or ends; undefined when none will. */
export async function nextChange(db: Db, now: Date): Promise<string | undefined> {
  const { rows } = await sql<{ at: string | null }>`
    select min(at) as at
    from system_banners, unnest(array[starts_at, ends_at]) as at
    where enabled and at > ${now}`.execute(db)
  return rows[0]?.at ?? undefined
}

/** One banner; undefined for an unknown id. */
export async function findBanner(db: Db | Tx, id: string): Promise<BannerRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectBanners(db).where('id', '=', id).executeTakeFirst()
}

/** Locks a banner for a change. */
export async function lockBanner(tx: Tx, id: string): Promise<BannerRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectBanners(tx).where('id', '=', id).forUpdate().executeTakeFirst()
}

/** Adds a banner, and answers it as it is kept. */
export async function insertBanner(
  tx: Tx,
  banner: Insertable<Database['system_banners']>,
): Promise<BannerRecord> {
  return tx.insertInto('system_banners').values(banner).returningAll().executeTakeFirstOrThrow()
}

/** Changes columns of a banner, raises its version, and answers it as it is now. */
export async function updateBanner(
  tx: Tx,
  id: string,
  values: Updateable<Database['system_banners']>,
): Promise<BannerRecord> {
  return tx
    .updateTable('system_banners')
    .set({ ...values, version: sql<number>`version + 1` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Deletes a banner that the transaction has locked. */
export async function deleteBanner(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('system_banners').where('id', '=', id).execute()
}

function selectBanners(db: Db | Tx) {
  return db.selectFrom('system_banners').selectAll().orderBy('created_at').orderBy('id')
}

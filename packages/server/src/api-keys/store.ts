import { type ExpressionBuilder, type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import { countCapped } from '../db/count.ts'
import type { ApiKeysTable, Database, Db, Tx } from '../db/schema.ts'
import { anywhere, wordsOf } from '../db/search.ts'
import { withUniqueNames } from '../db/unique.ts'
import { type Cursor, type Page, pageOf } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { KeyOwner, KeyRecord } from './key.ts'

function selectKeys(db: Db | Tx) {
  return db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .where('users.status', '<>', 'deleting')
    .select([
      'api_keys.id',
      'api_keys.name',
      'api_keys.application',
      'api_keys.user_id',
      sql<KeyOwner>`jsonb_build_object('id', users.id, 'username', users.username,
        'name', users.name, 'status', users.status)`.as('user'),
      'api_keys.scopes',
      'api_keys.last_used_at',
      'api_keys.expires_at',
      'api_keys.secret_at',
      'api_keys.version',
      'api_keys.created_at',
    ])
}

/** All keys of a user, newest first: there are at most `maxKeys`. */
export async function keysOf(db: Db | Tx, userId: string): Promise<KeyRecord[]> {
  return selectKeys(db)
    .where('api_keys.user_id', '=', userId)
    .orderBy('api_keys.created_at', 'desc')
    .orderBy('api_keys.id', 'desc')
    .execute()
}

/** One key of a user; undefined also when the key is somebody else's. */
export async function findKey(
  db: Db | Tx,
  userId: string,
  id: string,
): Promise<KeyRecord | undefined> {
  if (!isUuid(userId)) return undefined
  return selectKeys(db)
    .where('api_keys.user_id', '=', userId)
    .where('api_keys.id', '=', id)
    .executeTakeFirst()
}

/** Locks one key of a user for a change. */
export async function lockKey(tx: Tx, userId: string, id: string): Promise<KeyRecord | undefined> {
  if (!isUuid(userId)) return undefined
  return selectKeys(tx)
    .where('api_keys.user_id', '=', userId)
    .where('api_keys.id', '=', id)
    .forNoKeyUpdate('api_keys')
    .executeTakeFirst()
}

/** Whether there is such a user, who is not being deleted. */
export async function hasOwner(db: Db, userId: string): Promise<boolean> {
  if (!isUuid(userId)) return false
  const row = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .where('status', '<>', 'deleting')
    .select('id')
    .executeTakeFirst()
  return row !== undefined
}

/** How many keys a user has made, expired ones included; the tokens of workspaces are not theirs. */
export async function countKeysOf(tx: Tx, userId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('api_keys')
    .where('user_id', '=', userId)
    .where('application', '=', false)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}

export async function insertKey(tx: Tx, key: Insertable<ApiKeysTable>): Promise<void> {
  await withUniqueNames(() => tx.insertInto('api_keys').values(key).execute())
}

/** Changes columns of a key, and raises its version. */
export async function updateKey(
  tx: Tx,
  id: string,
  values: Updateable<ApiKeysTable>,
): Promise<void> {
  await withUniqueNames(() =>
    tx
      .updateTable('api_keys')
      .set({ ...values, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
}

export async function deleteKey(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('api_keys').where('id', '=', id).execute()
}

export type KeySort = 'name' | 'created_at' | 'last_used'

export interface KeyQuery {
  readonly q?: string | undefined
  readonly sort: KeySort
  readonly descending: boolean
}

const sortKeys = {
  name: sql<string>`lower(api_keys.name)`,
  created_at: sql<string>`api_keys.created_at`,
  last_used: sql<string>`coalesce(api_keys.last_used_at, '-infinity')`,
} as const

/** One page of everybody's keys, searched and sorted by the database. */
export async function listKeys(
  db: Db,
  query: KeyQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<KeyRecord>> {
  const key = sortKeys[query.sort]
  const direction = query.descending ? 'desc' : 'asc'
  const terms = await termsOf(db, query)
  const rows = await selectKeys(db)
    .where((is) => matches(is, terms))
    .$if(after !== undefined, (rest) => {
      const [value, id] = after ?? []
      const from = query.sort === 'name' ? sql`${value}::text` : sql`${value}::timestamptz`
      const order = query.descending ? sql`<` : sql`>`
      return rest.where(sql<SqlBool>`(${key}, api_keys.id) ${order} (${from}, ${id}::text)`)
    })
    .select(sql<string>`${key}::text`.as('sort_key'))
    .orderBy(key, direction)
    .orderBy('api_keys.id', direction)
    .limit(limit + 1)
    .execute()

  return pageOf(rows, limit, (last) => [last.sort_key, last.id])
}

/** How many keys a query finds, counted no further than the limit of exact counts. */
export async function countKeys(db: Db, query: KeyQuery): Promise<number> {
  const terms = await termsOf(db, query)
  const found = db
    .selectFrom('api_keys')
    .innerJoin('users', 'users.id', 'api_keys.user_id')
    .where('users.status', '<>', 'deleting')
    .where((is) => matches(is, terms))
    .select(sql<number>`1`.as('one'))
  return countCapped(db, found)
}

interface Term {
  readonly pattern: string
  /** Whose name or username has the word; undefined when they are too many to name. */
  readonly owners: readonly string[] | undefined
}

const maxNamedOwners = 1000

/**
 * The words of a search. Naming the few owners that a rare word finds lets the database use one
 * index for either side; a word that finds many is met soon by going through the keys in order.
 */
async function termsOf(db: Db, query: KeyQuery): Promise<Term[]> {
  const words = wordsOf(query.q)
  return Promise.all(
    words.map(async (word) => {
      const pattern = anywhere(word)
      const owners = await db
        .selectFrom('users')
        .where('directory_search', 'like', pattern)
        .select('id')
        .limit(maxNamedOwners + 1)
        .execute()
      const few = owners.length <= maxNamedOwners
      return { pattern, owners: few ? owners.map((owner) => owner.id) : undefined }
    }),
  )
}

/** Every word is part of the key's name, or of its owner's name or username. */
function matches(is: ExpressionBuilder<Database, 'api_keys' | 'users'>, terms: readonly Term[]) {
  return is.and(
    terms.map(({ pattern, owners }) =>
      is.or([
        is(is.fn<string>('lower', ['api_keys.name']), 'like', pattern),
        owners === undefined
          ? is('users.directory_search', 'like', pattern)
          : is('api_keys.user_id', '=', is.fn.any(is.val(owners))),
      ]),
    ),
  )
}

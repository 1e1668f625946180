import { expressionBuilder, type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Database, Db } from '../db/schema.ts'
import { all, isShort, wordsOf } from '../db/search.ts'
import { countLimit, type Cursor, type Page, pageOf } from '../http/paging.ts'
import { selectUsers } from './store.ts'
import type { UserRecord } from './user.ts'
import { isTimeSort, type UserQuery, type UserScope, visible, type Way } from './visible.ts'

const sortKeys = {
  username: sql<string>`lower(users.username)`,
  name: sql<string>`lower(users.name)`,
  email: sql<string>`lower(users.email)`,
  created_at: sql<string>`users.created_at`,
  last_seen_at: sql<string>`coalesce(users.last_seen_at, '-infinity')`,
} as const

/** Fewer than this are all found and sorted; more are met soon by passing through the order. */
const many = 30 * 64
/** Whoever is not met until here is found otherwise: names of one kind may all come late. */
const passedAtMost = 30_000

/** One page of users, filtered, searched and sorted by the database. */
export async function listUsers(
  db: Db,
  scope: UserScope,
  query: UserQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<UserRecord>> {
  const wanted = { scope, query, after, limit: limit + 1 }
  let rows: UserRow[] = []
  if (isSearchAlone(query)) {
    const few = !(await findsMany(db, scope, query))
    if (!few) rows = await readPage(db, wanted, metInOrder(wanted))
    if (rows.length <= limit) rows = await readPage(db, wanted, allSorted(wanted))
  } else {
    rows = await readPage(db, wanted, bestOf(wanted))
  }
  return pageOf(rows, limit, (last) => [last.sort_key, last.id])
}

/** How many users a query finds, counted no further than the limit of exact counts. */
export async function countUsers(db: Db, scope: UserScope, query: UserQuery): Promise<number> {
  const everyFound = counted(sql`users`, where(scope, query, 'found'), countLimit + 1)
  if (!isSearchAlone(query)) return numberOf(db, everyFound)
  // Whom a common word finds are met at once. Of a frequent one, those in an eighth of everybody are
  // enough to reach the limit. Only what is left has to be found whole.
  return numberOf(
    db,
    sql`case
      when ${matchesIn(somePeople(200), scope, query)} >= 30 then
        case when ${matchesIn(somePeople(10_000), scope, query)} > ${countLimit} then ${countLimit + 1}
          else ${matchesIn(sql`users`, scope, query)} end
      when ${inSample(64, scope, query, 12)} >= 12
        and ${inSample(8, scope, query, countLimit + 1)} > ${countLimit} then ${countLimit + 1}
      else ${everyFound} end`,
  )
}

/** Whether nothing that has an index of its own narrows the search down. */
function isSearchAlone({ q, role, status }: UserQuery): boolean {
  return wordsOf(q).length > 0 && role === undefined && status === undefined
}

async function findsMany(db: Db, scope: UserScope, query: UserQuery): Promise<boolean> {
  const { rows } = await sql<{ many: boolean }>`
    select case when ${matchesIn(somePeople(200), scope, query)} >= 10 then true
      else ${inSample(64, scope, query, many / 64)} >= ${many / 64} end as many`.execute(db)
  return rows[0]?.many === true
}

/** Some people taken at random, of whom the search is asked one by one. */
function somePeople(count: number) {
  return sql`(select * from users where status <> 'deleting' and ${oneIn(8)}
    order by substr(uuid_send(users.id), 9) limit ${count}) as users`
}

/** A part of everybody, taken at random: those whom an index called `sample` holds. */
function oneIn(parts: 8 | 64) {
  return sql<SqlBool>`get_byte(uuid_send(users.id), 15) & ${sql.lit(parts - 1)} = 0`
}

function matchesIn(people: RawBuilder<unknown>, scope: UserScope, query: UserQuery) {
  return counted(people, where(scope, query, 'passed'), countLimit + 1)
}

function inSample(parts: 8 | 64, scope: UserScope, query: UserQuery, limit: number) {
  // Only words that have trigrams have such an index; others are found fast enough without.
  if (wordsOf(query.q).every(isShort)) return sql`0`
  return counted(sql`users`, all([where(scope, query, 'found'), oneIn(parts)]), limit)
}

function counted(from: RawBuilder<unknown>, condition: RawBuilder<SqlBool>, limit: number) {
  return sql<number>`(select count(*)::int from (
    select 1 from ${from} where ${condition} limit ${limit}) as matches)`
}

async function numberOf(db: Db, count: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select ${count} as count`.execute(db)
  return rows[0]?.count ?? 0
}

function where(scope: UserScope, query: UserQuery, way: Way) {
  const is = expressionBuilder<Database, 'users'>()
  return all([is('users.status', '<>', 'deleting'), visible(is, scope, query, way)])
}

interface Wanted {
  readonly scope: UserScope
  readonly query: UserQuery
  readonly after: Cursor | undefined
  readonly limit: number
}

interface UserRow extends UserRecord {
  readonly sort_key: string
}

/** The ids of a page with their sort keys, read where possible from indexes alone. */
type PageOfIds = RawBuilder<unknown>

/** Left to the planner, which knows how few have a role or a state. */
function bestOf({ scope, query, after, limit }: Wanted): PageOfIds {
  return sql`(select users.id, ${sortKeys[query.sort]} as sort_value from users
    where ${where(scope, query, 'found')} and ${beyond(query, after)}
    ${inOrder(query)} limit ${limit})`
}

/** Everybody whom the search finds, sorted: right where they are few. */
function allSorted({ scope, query, after, limit }: Wanted): PageOfIds {
  return sql`(select * from (select users.id, ${sortKeys[query.sort]} as sort_value from users
    where ${where(scope, query, 'found')} and ${beyond(query, after)} offset 0) as users
    ${inOrder(query, sql`sort_value`)} limit ${limit})`
}

/** Whom the search meets in the first part of the order. */
function metInOrder({ scope, query, after, limit }: Wanted): PageOfIds {
  return sql`(select users.id, users.sort_value from (
      select users.id, users.status, users.search, users.directory_search,
        ${sortKeys[query.sort]} as sort_value
      from users where users.status <> 'deleting' and ${beyond(query, after)}
      ${inOrder(query)} limit ${passedAtMost}) as users
    where ${where(scope, query, 'passed')} limit ${limit})`
}

function beyond({ sort, descending }: UserQuery, after: Cursor | undefined) {
  if (after === undefined) return sql<SqlBool>`true`
  const [value, id] = after
  const from = isTimeSort(sort) ? sql`${value}::timestamptz` : sql`${value}::text`
  return sql<SqlBool>`(${sortKeys[sort]}, users.id) ${descending ? sql`<` : sql`>`} (${from}, ${id}::uuid)`
}

function inOrder({ sort, descending }: UserQuery, key: RawBuilder<unknown> = sortKeys[sort]) {
  const direction = descending ? sql`desc` : sql`asc`
  return sql`order by ${key} ${direction}, users.id ${direction}`
}

async function readPage(db: Db, { query }: Wanted, page: PageOfIds): Promise<UserRow[]> {
  const direction = query.descending ? 'desc' : 'asc'
  return selectUsers(db)
    .innerJoin(
      sql<{ id: string; sort_value: string }>`${page}`.as<'page'>(sql.ref('page')),
      'page.id',
      'users.id',
    )
    .select(sql<string>`page.sort_value::text`.as('sort_key'))
    .orderBy('page.sort_value', direction)
    .orderBy('users.id', direction)
    .execute()
}

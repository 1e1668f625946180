import { type RawBuilder, sql, type SqlBool } from 'kysely'
import type { Db } from '../db/schema.ts'
import { all, anywhere, isShort, whereWordsBegin, wordsOf } from '../db/search.ts'
import { countLimit, type Cursor, type Page, pageOf } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { EntryRecord } from './entry.ts'
import { withPlace } from './store.ts'

export interface EntryQuery {
  readonly actor?: ActorQuery | undefined
  readonly action?: string | undefined
  readonly resourceType?: string | undefined
  readonly resourceId?: string | undefined
  /** Words of the target's name. */
  readonly q?: string | undefined
  readonly outcome?: EntryRecord['outcome'] | undefined
  /** Unix seconds; the first moment that counts. */
  readonly from?: number | undefined
  /** Unix seconds; the first moment that no longer counts. */
  readonly until?: number | undefined
}

/** Who did it: these users, and where they were asked for by name, only what is recorded under it. */
export interface ActorQuery {
  readonly ids: readonly string[]
  readonly name?: string | undefined
}

/** Whom a user id, or a username or e-mail address as it was recorded, means in the log. */
export async function findActors(db: Db, user: string): Promise<ActorQuery> {
  if (isUuid(user)) return { ids: [user] }
  const name = nameColumn(user)
  const first = sql`select actor_id from audit_log where ${name} = lower(${user})`
  // A loose index scan: one step for each user who ever had the name, not for each of their entries.
  const { rows } = await sql<{ actor_id: string }>`
    with recursive known as (
      (${first} and actor_id is not null order by actor_id limit 1)
      union all
      select (${first} and actor_id > known.actor_id order by actor_id limit 1)
      from known where known.actor_id is not null)
    select actor_id from known where actor_id is not null`.execute(db)
  return { ids: rows.map((row) => row.actor_id), name: user }
}

function nameColumn(name: string) {
  return name.includes('@')
    ? sql`lower(audit_log.actor_email)`
    : sql`lower(audit_log.actor_username)`
}

/** What is not met until here is found otherwise: a name may have been common long ago only. */
const passedAtMost = 100_000

/** One page of entries, newest first, filtered by the database. */
export async function listEntries(
  db: Db,
  query: EntryQuery,
  limit: number,
  after: Cursor | undefined,
  offset = 0,
): Promise<Page<EntryRecord>> {
  const wanted = { query, after, limit: limit + 1, offset }
  const bound = isNarrowed(query) ? undefined : passedAtMost
  let rows: EntryRecord[] | undefined
  if (await isBetterMet(db, query)) rows = await readPage(db, metPage(wanted, bound))
  const reachedBound = bound !== undefined && rows !== undefined && rows.length <= limit
  if (rows === undefined || reachedBound) rows = await readPage(db, foundPage(wanted))
  return pageOf(rows, limit, (last) => [last.at, last.id])
}

/** How many entries a query finds, counted no further than the limit of exact counts. */
export async function countEntries(db: Db, query: EntryQuery): Promise<number> {
  const words = wordsOf(query.q)
  const everyFound = counted(sql`audit_log`, [...filters(query), ...found(words)])
  if (isNarrowed(query) || words.length === 0) {
    if (!(await isBetterMet(db, query))) return numberOf(db, everyFound)
    return numberOf(db, counted(met(query, undefined, undefined), restOf(query)))
  }
  const rest = restOf(query)
  // Many entries have a common word, and one in 32 of those that have a frequent one are enough to
  // reach the limit: only what is left has to be found whole.
  return numberOf(
    db,
    sql`case
      when ${counted(newest(200), [...passed(words), ...rest])} >= 30
        and ${counted(newest(10_000), [...passed(words), ...rest])} > ${countLimit}
        then ${countLimit + 1}
      when ${counted(sql`audit_log`, [...found(words), ...rest, oneIn(32)])} > ${countLimit}
        then ${countLimit + 1}
      else ${everyFound} end`,
  )
}

/** Whether a filter beside the search has an index that leaves a part of the log only. */
function isNarrowed({ actor, action, resourceType, resourceId, outcome, from, until }: EntryQuery) {
  const inOrder = [actor, action, resourceType, resourceId, from, until]
  return inOrder.some((value) => value !== undefined) || isUncommon(outcome)
}

/** Most entries are successes: only the others have an index. */
function isUncommon(outcome: EntryQuery['outcome']): boolean {
  return outcome !== undefined && outcome !== 'success'
}

/**
 * Whether entries are met sooner by passing through those that one filter leaves than found by all
 * that is asked. So it is with a word in some thousands of targets or more.
 */
async function isBetterMet(db: Db, query: EntryQuery): Promise<boolean> {
  const words = wordsOf(query.q)
  // The index of actors holds the actions: it is enough for these two.
  if (words.length === 0) return query.actor !== undefined && query.action !== undefined
  const { rows } = await sql<{ many: boolean }>`
    select case when ${counted(newest(200), passed(words))} >= 30 then true
      else ${counted(sql`audit_log`, [...found(words), oneIn(128)], 15)} >= 15 end as many`.execute(
    db,
  )
  return rows[0]?.many === true
}

/** A part of the log, taken at random: what an index called `sample` holds. */
function oneIn(parts: 32 | 128) {
  return sql<SqlBool>`get_byte(uuid_send(audit_log.id), 15) & ${sql.lit(parts - 1)} = 0`
}

function newest(count: number) {
  return sql`(select * from audit_log order by at desc, id desc limit ${count}) as audit_log`
}

/**
 * What the search meets in the order of time among the entries that one filter leaves, read from the
 * index of that filter alone. The rest is asked of what it has met.
 */
function met(query: EntryQuery, after: Cursor | undefined, bound: number | undefined) {
  const entries = all([...filters(passing(query)), ...beyond(after)])
  const names = passed(wordsOf(query.q))
  const bounded = sql`(select audit_log.id, audit_log.at, audit_log.target_search from audit_log
    where ${entries} ${newestFirst} limit ${bound}) as audit_log`
  const those =
    bound === undefined
      ? sql`audit_log where ${all([...names, entries])}`
      : sql`${bounded} where ${all(names)}`
  // `offset 0` keeps Postgres from mixing this with the rest.
  const them = sql`(select audit_log.id, audit_log.at from ${those} ${newestFirst} offset 0) as met`
  if (restOf(query).length === 0) return them
  return sql`${them} join audit_log on audit_log.id = met.id`
}

/** The filters that one index answers together: the rest is asked of those whom the search meets. */
function passing({ actor, from, until, ...others }: EntryQuery): EntryQuery {
  const { action, resourceType, resourceId, outcome } = others
  if (actor !== undefined) return { actor, action, from, until }
  const time = { from, until }
  if (resourceId !== undefined) return { resourceId, ...time }
  if (isUncommon(outcome)) return { outcome, ...time }
  return action !== undefined ? { action, ...time } : { resourceType, ...time }
}

function restOf(query: EntryQuery) {
  const { action, resourceType, resourceId, outcome } = query
  const asked = passing(query)
  return filters({
    ...(asked.action === undefined && { action }),
    ...(asked.resourceType === undefined && { resourceType }),
    ...(asked.resourceId === undefined && { resourceId }),
    ...(asked.outcome === undefined && { outcome }),
  })
}

interface Wanted {
  readonly query: EntryQuery
  readonly after: Cursor | undefined
  readonly limit: number
  readonly offset: number
}

/** Left to the planner, which may take the index of words. */
function foundPage({ query, after, limit, offset }: Wanted) {
  const conditions = [...filters(query), ...found(wordsOf(query.q)), ...beyond(after)]
  return sql`(select audit_log.id from audit_log where ${all(conditions)} ${newestFirst}
    limit ${limit} offset ${offset})`
}

function metPage({ query, after, limit, offset }: Wanted, bound: number | undefined) {
  return sql`(select met.id from ${met(query, after, bound)} where ${all(restOf(query))}
    order by met.at desc, met.id desc limit ${limit} offset ${offset})`
}

const newestFirst = sql`order by audit_log.at desc, audit_log.id desc`

function beyond(after: Cursor | undefined) {
  if (after === undefined) return []
  const [at, id] = after
  return [sql<SqlBool>`(audit_log.at, audit_log.id) < (${at}::timestamptz, ${id}::uuid)`]
}

async function readPage(db: Db, ids: RawBuilder<unknown>): Promise<EntryRecord[]> {
  const page = db
    .selectFrom('audit_log')
    .innerJoin(sql<{ id: string }>`${ids}`.as<'page'>(sql.ref('page')), 'page.id', 'audit_log.id')
    .selectAll('audit_log')
  return withPlace(db, page).orderBy('entry.at', 'desc').orderBy('entry.id', 'desc').execute()
}

function counted(
  from: RawBuilder<unknown>,
  conditions: readonly RawBuilder<SqlBool>[],
  limit: number = countLimit + 1,
) {
  return sql<number>`(select count(*)::int from (
    select 1 from ${from} where ${all(conditions)} limit ${limit}) as matches)`
}

async function numberOf(db: Db, count: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select ${count} as count`.execute(db)
  return rows[0]?.count ?? 0
}

/** Words of the target, by their index: short ones are looked for where words begin, as it knows them. */
function found(words: readonly string[]) {
  return words.map((word) => {
    const pattern = isShort(word) ? whereWordsBegin(word) : anywhere(word)
    return sql<SqlBool>`audit_log.target_search like ${pattern}`
  })
}

/** The same asked of each entry, which no index answers. */
function passed(words: readonly string[]) {
  return words.map(
    (word) =>
      sql<SqlBool>`strpos(audit_log.target_search, ${isShort(word) ? ` ${word}` : word}) > 0`,
  )
}

function filters(query: EntryQuery): RawBuilder<SqlBool>[] {
  const { action, resourceType, resourceId, outcome, from, until } = query
  const is = [
    ['action', action],
    ['resource_type', resourceType],
    ['resource_id', resourceId],
    ['outcome', outcome],
  ] as const
  return [
    ...(query.actor === undefined ? [] : byActor(query.actor)),
    ...is.flatMap(([column, value]) =>
      value === undefined ? [] : [sql<SqlBool>`audit_log.${sql.ref(column)} = ${value}`],
    ),
    ...(from === undefined ? [] : [sql<SqlBool>`audit_log.at >= to_timestamp(${from}::float8)`]),
    ...(until === undefined ? [] : [sql<SqlBool>`audit_log.at < to_timestamp(${until}::float8)`]),
  ]
}

function byActor({ ids, name }: ActorQuery) {
  const [first, ...others] = ids
  if (first === undefined) return [sql<SqlBool>`false`]
  return [
    others.length === 0
      ? sql<SqlBool>`audit_log.actor_id = ${first}`
      : sql<SqlBool>`audit_log.actor_id = any(${ids}::uuid[])`,
    // Postgres neither goes to the index of names for this, which knows nothing of time, nor takes a
    // name that nearly all of these entries have for a rare one.
    ...(name === undefined
      ? []
      : [sql<SqlBool>`case when ${nameColumn(name)} = lower(${name}) then true else false end`]),
  ]
}

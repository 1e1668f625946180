import {
  type ExpressionBuilder,
  type Selectable,
  type SelectQueryBuilder,
  sql,
  type SqlBool,
} from 'kysely'
import type { AuditLogTable, Database, Db } from '../db/schema.ts'
import { countLimit, type Cursor, type Page } from '../http/paging.ts'
import { isUuid } from '../platform/ids.ts'
import type { EntryRecord } from './entry.ts'

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
  return name.includes('@') ? sql`lower(actor_email)` : sql`lower(actor_username)`
}

/** One page of entries, newest first, filtered by the database. */
export async function listEntries(
  db: Db,
  query: EntryQuery,
  limit: number,
  after: Cursor | undefined,
  offset = 0,
): Promise<Page<EntryRecord>> {
  const rows = await entriesQuery(db, query, limit + 1, after, offset).execute()
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: rows.length > limit && last !== undefined ? [last.at, last.id] : undefined,
  }
}

/** The statement behind `listEntries`: the page first, then its places in the chain. */
export function entriesQuery(
  db: Db,
  query: EntryQuery,
  limit: number,
  after: Cursor | undefined,
  offset = 0,
) {
  const page = db
    .selectFrom('audit_log')
    .where((is) => matching(is, query))
    .$if(after !== undefined, (rest) => {
      const [at, id] = after ?? []
      return rest.where(sql<SqlBool>`(at, id) < (${at}::timestamptz, ${id}::uuid)`)
    })
    .selectAll()
    .orderBy('at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .$if(offset > 0, (rest) => rest.offset(offset))
  return withPlace(db, page).orderBy('entry.at', 'desc').orderBy('entry.id', 'desc')
}

/** One entry; undefined for an unknown id. */
export async function findEntry(db: Db, id: string): Promise<EntryRecord | undefined> {
  if (!isUuid(id)) return undefined
  const one = db.selectFrom('audit_log').where('id', '=', id).selectAll()
  return withPlace(db, one).executeTakeFirst()
}

/** How many entries a query finds, counted no further than the limit of exact counts. */
export async function countEntries(db: Db, query: EntryQuery): Promise<number> {
  const { count } = await countQuery(db, query).executeTakeFirstOrThrow()
  return count
}

/** The statement behind `countEntries`. */
export function countQuery(db: Db, query: EntryQuery) {
  const found = db
    .selectFrom('audit_log')
    .where((is) => matching(is, query))
    .select(sql<number>`1`.as('one'))
    .limit(countLimit + 1)
  return db.selectFrom(found.as('found')).select(sql<number>`count(*)::int`.as('count'))
}

/** How far the chain reaches: the sealer's position, and what waits beyond it. */
export async function readSealStatus(db: Db) {
  const { rows } = await sql<{
    sealed: number
    hash: Buffer | null
    head_at: string | null
    unsealed: number
    unsealed_since: string | null
  }>`
    select coalesce(seal.sequence, 0) as sealed, seal.hash, head.at as head_at,
      waiting.unsealed, waiting.unsealed_since
    from (select 1) as one
    left join audit_seal as seal on true
    left join audit_chain as chain on chain.sequence = seal.sequence
    left join audit_log as head on head.id = chain.entry_id
    cross join lateral (
      select count(*) as unsealed, min(at) as unsealed_since from audit_log
      where (xid, id) > (coalesce(seal.xid, '0'), coalesce(seal.entry_id, ${nothing}::uuid))
        and xid < pg_snapshot_xmax(pg_current_snapshot())
        and not exists (select from audit_chain where entry_id = audit_log.id)) as waiting`.execute(
    db,
  )
  const [row] = rows
  if (row === undefined) throw new Error('the status of the audit chain is empty')
  return row
}

/** Smaller than every id. */
const nothing = '00000000-0000-0000-0000-000000000000'

function withPlace(
  db: Db,
  page: SelectQueryBuilder<Database, 'audit_log', Selectable<AuditLogTable>>,
) {
  return db
    .selectFrom(page.as('entry'))
    .leftJoin('audit_chain as place', 'place.entry_id', 'entry.id')
    .select([
      'entry.id',
      'entry.at',
      'entry.actor_id',
      'entry.actor_username',
      'entry.actor_email',
      'entry.api_key_id',
      'entry.ip',
      'entry.user_agent',
      'entry.action',
      'entry.resource_type',
      'entry.resource_id',
      'entry.target',
      'entry.outcome',
      'entry.diff',
      'entry.allowed_by',
      'entry.refusal_code',
      'entry.refusal',
      'entry.request_id',
      'place.sequence',
      'place.hash',
    ])
}

function matching(is: ExpressionBuilder<Database, 'audit_log'>, query: EntryQuery) {
  const conditions = []
  if (query.actor !== undefined) conditions.push(...byActor(is, query.actor))
  if (query.action !== undefined) conditions.push(is('action', '=', query.action))
  if (query.resourceType !== undefined) {
    conditions.push(is('resource_type', '=', query.resourceType))
  }
  if (query.resourceId !== undefined) conditions.push(is('resource_id', '=', query.resourceId))
  if (query.outcome !== undefined) conditions.push(is('outcome', '=', query.outcome))
  if (query.from !== undefined) {
    conditions.push(sql<SqlBool>`at >= to_timestamp(${query.from}::float8)`)
  }
  if (query.until !== undefined) {
    conditions.push(sql<SqlBool>`at < to_timestamp(${query.until}::float8)`)
  }
  for (const word of (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)) {
    // The index knows three letters together, where the beginning of a word counts as two: shorter
    // words are looked for where words begin.
    const text = word.replace(/[\\%_]/g, '\\$&')
    const pattern = word.length < 3 ? `% ${text}%` : `%${text}%`
    conditions.push(sql<SqlBool>`(' ' || lower(target)) like ${pattern}`)
  }
  return is.and(conditions)
}

function byActor(is: ExpressionBuilder<Database, 'audit_log'>, { ids, name }: ActorQuery) {
  const [first, ...others] = ids
  if (first === undefined) return [sql<SqlBool>`false`]
  return [
    others.length === 0 ? is('actor_id', '=', first) : is('actor_id', 'in', [...ids]),
    // `is true` keeps Postgres from the index of names, which knows nothing of time.
    ...(name === undefined ? [] : [sql<SqlBool>`(${nameColumn(name)} = lower(${name})) is true`]),
  ]
}

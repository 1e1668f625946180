import { type Selectable, type SelectQueryBuilder, sql } from 'kysely'
import type { AuditLogTable, Database, Db } from '../db/schema.ts'
import { isUuid } from '../platform/ids.ts'
import type { EntryRecord } from './entry.ts'

/** One entry; undefined for an unknown id. */
export async function findEntry(db: Db, id: string): Promise<EntryRecord | undefined> {
  if (!isUuid(id)) return undefined
  const one = db.selectFrom('audit_log').where('id', '=', id).selectAll()
  return withPlace(db, one).executeTakeFirst()
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

/** Entries with their places in the chain. */
export function withPlace(
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

import { sql } from 'kysely'
import type { Db, Tx } from '../db/schema.ts'
import { type ChainedEntry, genesis } from './chain.ts'

/** The sealer's place in the log and in the chain, and what Postgres says of transactions now. */
export interface SealPosition {
  readonly cluster: string
  readonly xid: string
  readonly entry_id: string
  readonly sequence: number
  readonly hash: Buffer
}

export interface SnapshotBounds {
  /** Every transaction below has ended: what it committed is visible, and nothing will be added. */
  readonly xmin: string
  /** No transaction from here on has begun. */
  readonly xmax: string
}

/** Smaller than the id of any entry. */
const beforeAll = '00000000-0000-0000-0000-000000000000'

const entryColumns = sql`e.id, e.at, e.actor_id, e.actor_username, e.actor_email, e.api_key_id, e.ip,
  e.user_agent, e.action, e.resource_type, e.resource_id, e.target, e.outcome, e.diff::text as diff,
  e.allowed_by, e.refusal_code, e.refusal, e.request_id`

/** Makes this transaction the only sealer, unless another one is at it. */
export async function tryBecomeSealer(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{ alone: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('atelier audit sealer', 0)) as alone`.execute(
    tx,
  )
  return rows[0]?.alone === true
}

/** A name that no two clusters share; empty where Postgres does not tell it. */
export async function readCluster(db: Db): Promise<string> {
  const { rows } = await sql<{ cluster: string }>`
    select system_identifier::text as cluster from pg_control_system()`
    .execute(db)
    .catch((error: unknown) => {
      const insufficientPrivilege = '42501'
      if ((error as { code?: string }).code !== insufficientPrivilege) throw error
      return { rows: [] }
    })
  return rows[0]?.cluster ?? ''
}

/**
 * Where the sealer is: at the beginning of `cluster` until it has sealed something. A chain that is
 * longer than it remembers is continued; one that is shorter is left with the gap that tells of it.
 */
export async function readPosition(
  tx: Tx,
  cluster: string,
): Promise<SealPosition & SnapshotBounds> {
  const { rows } = await sql<SealPosition & SnapshotBounds>`
    select coalesce(seal.cluster, ${cluster}) as cluster, coalesce(seal.xid, '0')::text as xid,
      coalesce(seal.entry_id, ${beforeAll}) as entry_id,
      greatest(seal.sequence, head.sequence, 0) as sequence,
      coalesce(case when seal.sequence >= coalesce(head.sequence, 0) then seal.hash end,
        head.hash, ${genesis}) as hash,
      pg_snapshot_xmin(snapshot)::text as xmin, pg_snapshot_xmax(snapshot)::text as xmax
    from pg_current_snapshot() as snapshot
    left join audit_seal as seal on true
    left join (select * from audit_chain order by sequence desc limit 1) as head on true`.execute(
    tx,
  )
  const [row] = rows
  if (row === undefined) throw new Error('Postgres has no snapshot')
  return row
}

/** Whether the position was made in another cluster, where transactions had other ids. */
export function isForeign(position: SealPosition & SnapshotBounds, cluster: string): boolean {
  return position.cluster !== cluster || BigInt(position.xid) >= BigInt(position.xmax)
}

/** The position from which on nothing is sealed that a transaction from `xid` on writes. */
export function positionBefore(xid: string): Pick<SealPosition, 'xid' | 'entry_id'> {
  return { xid, entry_id: beforeAll }
}

export interface SealableEntry extends ChainedEntry {
  readonly xid: string
}

/** The next entries after the position whose transactions have ended, in a fixed order. */
export async function nextEntries(
  tx: Tx,
  position: SealPosition & SnapshotBounds,
  limit: number,
): Promise<SealableEntry[]> {
  const { rows } = await sql<SealableEntry>`
    select e.xid::text as xid, ${entryColumns} from audit_log as e
    where (e.xid, e.id) > (${position.xid}::xid8, ${position.entry_id}::uuid)
      and e.xid < ${position.xmin}::xid8
      and not exists (select from audit_chain as c where c.entry_id = e.id)
    order by e.xid, e.id limit ${limit}`.execute(tx)
  return rows
}

/** Entries that are not in the chain, whatever their transaction: slow on a long log. */
export async function unchainedEntries(tx: Tx, limit: number): Promise<SealableEntry[]> {
  const { rows } = await sql<SealableEntry>`
    select e.xid::text as xid, ${entryColumns} from audit_log as e
    where not exists (select from audit_chain as c where c.entry_id = e.id)
    order by e.at, e.id limit ${limit}`.execute(tx)
  return rows
}

export interface Link {
  readonly sequence: number
  readonly entryId: string
  readonly hash: Buffer
}

/** Adds links to the end of the chain. */
export async function appendLinks(tx: Tx, links: readonly Link[]): Promise<void> {
  await sql`
    insert into audit_chain (sequence, entry_id, hash)
    select * from unnest(${links.map((link) => link.sequence)}::bigint[],
      ${links.map((link) => link.entryId)}::uuid[], ${links.map((link) => link.hash)}::bytea[])`.execute(
    tx,
  )
}

/** A link as it is stored, with its entry; `entry.id` is null where the entry is gone. */
export interface StoredLink extends Omit<ChainedEntry, 'id'>, Omit<Link, 'entryId'> {
  readonly entry_id: string
  readonly id: string | null
}

/** The next links after a place in the chain, with their entries. */
export async function linksAfter(tx: Tx, sequence: number, limit: number): Promise<StoredLink[]> {
  const { rows } = await sql<StoredLink>`
    select c.sequence, c.entry_id, c.hash, ${entryColumns}
    from (select * from audit_chain where sequence > ${sequence} order by sequence limit ${limit}) as c
    left join audit_log as e on e.id = c.entry_id
    order by c.sequence`.execute(tx)
  return rows
}

export interface Outside {
  readonly all: number
  readonly waiting: number
  readonly unreachable: string | null
}

/** Entries outside the chain: how many, and the first that the sealer will not come by any more. */
export async function readOutside(
  tx: Tx,
  position: SealPosition & SnapshotBounds,
): Promise<Outside> {
  const { rows } = await sql<Outside>`
    select count(*) as "all", count(*) filter (where reachable) as waiting,
      (array_agg(id order by at, id) filter (where not reachable))[1] as unreachable
    from (
      select e.id, e.at, (e.xid, e.id) > (${position.xid}::xid8, ${position.entry_id}::uuid)
        and e.xid < ${position.xmax}::xid8 as reachable
      from audit_log as e
      where not exists (select from audit_chain as c where c.entry_id = e.id)) as outside`.execute(
    tx,
  )
  const [row] = rows
  if (row === undefined) throw new Error('a count is empty')
  return row
}

/** Remembers where the sealer is. */
export async function savePosition(tx: Tx, position: SealPosition): Promise<void> {
  const { cluster, xid, entry_id, sequence, hash } = position
  await sql`
    insert into audit_seal (one, cluster, xid, entry_id, sequence, hash)
    values (true, ${cluster}, ${xid}::xid8, ${entry_id}, ${sequence}, ${hash})
    on conflict (one) do update set cluster = excluded.cluster, xid = excluded.xid,
      entry_id = excluded.entry_id, sequence = excluded.sequence, hash = excluded.hash`.execute(tx)
}

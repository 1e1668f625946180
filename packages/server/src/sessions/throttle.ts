import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'
import { Fault } from '../faults.ts'

const windowMilliseconds = 10 * 60 * 1000

/**
 * How many failures within ten minutes stop further tries: from one address at one account, from
 * one address at all accounts, and at one account from all addresses that never signed in to it.
 * The owner's known addresses are exempt from the last, so nobody can lock them out.
 */
export const limits = { pair: 5, address: 50, account: 25 } as const

/** Refuses with 429 when too many sign-ins failed lately. */
export async function refuseWhenThrottled(
  db: Db,
  login: string,
  address: string,
  userId: string | undefined,
  now: Date,
): Promise<void> {
  const known = userId !== undefined && (await isKnown(db, userId, address))
  const buckets = bucketsOf(login, address)
  const rows = await db
    .selectFrom('sign_in_failures')
    .where('bucket', 'in', Object.values(buckets))
    .where('failed_at', '>', sql<string>`${new Date(now.getTime() - windowMilliseconds)}`)
    .groupBy('bucket')
    .select([
      'bucket',
      sql<number>`count(*)::int`.as('failures'),
      sql<string>`min(failed_at)`.as('first'),
    ])
    .execute()

  for (const kind of ['pair', 'address', 'account'] as const) {
    if (kind === 'account' && known) continue
    const row = rows.find((candidate) => candidate.bucket === buckets[kind])
    if (row === undefined || row.failures < limits[kind]) continue
    const ends = Date.parse(row.first) + windowMilliseconds
    const retryAfter = Math.max(1, Math.ceil((ends - now.getTime()) / 1000))
    throw new Fault(
      'request.rate_limited',
      `Too many failed sign-ins. Try again in ${Math.ceil(retryAfter / 60)} minutes.`,
      { retryAfter },
    )
  }
}

/** Counts a failed sign-in. */
export async function countFailure(
  db: Db,
  login: string,
  address: string,
  now: Date,
): Promise<void> {
  await db
    .insertInto('sign_in_failures')
    .values(Object.values(bucketsOf(login, address)).map((bucket) => ({ bucket, failed_at: now })))
    .execute()
  await db
    .deleteFrom('sign_in_failures')
    .where('failed_at', '<', sql<string>`${new Date(now.getTime() - windowMilliseconds)}`)
    .execute()
}

/** A success forgives this address its failures at this account, and makes it a known one. */
export async function forgive(
  db: Db,
  login: string,
  address: string,
  userId: string,
  now: Date,
): Promise<void> {
  await db
    .deleteFrom('sign_in_failures')
    .where('bucket', '=', bucketsOf(login, address).pair)
    .execute()
  // From the user's own row, which a deletion meanwhile has taken away.
  await sql`
    insert into known_addresses (user_id, address, seen_at)
    select id, ${address}, ${now} from users where id = ${userId} for key share
    on conflict (user_id, address) do update set seen_at = excluded.seen_at`.execute(db)
}

async function isKnown(db: Db, userId: string, address: string): Promise<boolean> {
  const row = await db
    .selectFrom('known_addresses')
    .where('user_id', '=', userId)
    .where('address', '=', address)
    .select('address')
    .executeTakeFirst()
  return row !== undefined
}

function bucketsOf(login: string, address: string) {
  const account = login.trim().toLowerCase()
  return { pair: `p ${address} ${account}`, address: `i ${address}`, account: `a ${account}` }
}

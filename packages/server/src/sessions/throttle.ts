import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'

const windowMilliseconds = 10 * 60 * 1000

/**
 * How many failures within ten minutes stop further tries: from one address at one account, from
 * one address at all accounts, and at one account from all addresses that never signed in to it.
 * The owner's known addresses are exempt from the last, so nobody can lock them out.
 */
export const limits = { pair: 5, address: 50, account: 25 } as const

/** The tries of this process whose password is being verified, by bucket. */
export interface TriesInFlight {
  /** Adds a try and says how many were in flight in each bucket before it; `end` takes it out again. */
  begin(buckets: readonly string[]): { readonly ahead: ReadonlyMap<string, number>; end(): void }
}

/** Counts tries before their outcome is known: otherwise guesses sent all at once are not throttled. */
export function createTriesInFlight(): TriesInFlight {
  const counts = new Map<string, number>()
  const countOf = (bucket: string): number => counts.get(bucket) ?? 0
  return {
    begin(buckets) {
      const ahead = new Map(buckets.map((bucket) => [bucket, countOf(bucket)]))
      for (const bucket of buckets) counts.set(bucket, countOf(bucket) + 1)
      return {
        ahead,
        end() {
          for (const bucket of buckets) {
            if (countOf(bucket) > 1) counts.set(bucket, countOf(bucket) - 1)
            else counts.delete(bucket)
          }
        },
      }
    },
  }
}

/** Whose password is tried: the login as it was entered, from which address, and whom it means. */
export interface Try {
  readonly login: string
  readonly address: string
  readonly userId: string | undefined
}

/**
 * Whether a password is the stored one, which `null` never is. A failure is counted; 429 when too many
 * failed lately, or could still fail with those that are being verified right now.
 */
export async function tryPassword(
  platform: Pick<Platform, 'db' | 'clock' | 'passwords' | 'tries'>,
  attempt: Try,
  stored: string | null,
  password: string,
): Promise<boolean> {
  const { db, clock, passwords, tries } = platform
  const inFlight = tries.begin(Object.values(bucketsOf(attempt.login, attempt.address)))
  try {
    await refuseWhenThrottled(db, attempt, inFlight.ahead, clock.now())
    const matches = await passwords.verify(stored, password)
    // Before the try is taken out, so that whoever begins afterwards counts it.
    if (!matches) await countFailure(db, attempt.login, attempt.address, clock.now())
    return matches
  } finally {
    inFlight.end()
  }
}

async function refuseWhenThrottled(
  db: Db,
  { login, address, userId }: Try,
  ahead: ReadonlyMap<string, number>,
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
    if ((row?.failures ?? 0) + (ahead.get(buckets[kind]) ?? 0) < limits[kind]) continue
    if (row === undefined || row.failures < limits[kind]) {
      throw new Fault(
        'request.rate_limited',
        'Too many sign-ins at the same time. Try again in a moment.',
        { retryAfter: 1 },
      )
    }
    const ends = Date.parse(row.first) + windowMilliseconds
    const retryAfter = Math.max(1, Math.ceil((ends - now.getTime()) / 1000))
    throw new Fault(
      'request.rate_limited',
      `Too many failed sign-ins. Try again in ${Math.ceil(retryAfter / 60)} minutes.`,
      { retryAfter },
    )
  }
}

async function countFailure(db: Db, login: string, address: string, now: Date): Promise<void> {
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

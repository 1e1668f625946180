import type { Vault } from '../platform/vault.ts'

/** What the chain protects of an entry: everything that a reader is told. */
export interface ChainedEntry {
  readonly id: string
  /** RFC 3339 in UTC with milliseconds, exactly what is stored. */
  readonly at: string
  readonly actor_id: string | null
  readonly actor_username: string
  readonly actor_email: string
  readonly api_key_id: string | null
  readonly ip: string
  readonly user_agent: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly target: string
  readonly outcome: string
  /** As Postgres prints `jsonb`, so that no number or order of keys changes on the way. */
  readonly diff: string
  readonly allowed_by: string | null
  readonly refusal_code: string | null
  readonly refusal: string | null
  readonly request_id: string
}

/** Before the first entry. */
export const genesis = Buffer.alloc(32)

const version = 1

/** One text for one entry, and never the same for two: a JSON array of its columns in this order. */
export function canonical(entry: ChainedEntry): string {
  return JSON.stringify([
    version,
    entry.id,
    entry.at,
    entry.actor_id,
    entry.actor_username,
    entry.actor_email,
    entry.api_key_id,
    entry.ip,
    entry.user_agent,
    entry.action,
    entry.resource_type,
    entry.resource_id,
    entry.target,
    entry.outcome,
    entry.diff,
    entry.allowed_by,
    entry.refusal_code,
    entry.refusal,
    entry.request_id,
  ])
}

/**
 * The hash of an entry at its place in the chain. It is keyed, so that whoever can write to the
 * database, but does not have the secret key, cannot make a chain that fits what they changed.
 */
export function nextHash(
  vault: Pick<Vault, 'mac'>,
  previous: Buffer,
  sequence: number,
  entry: ChainedEntry,
): Buffer {
  const place = Buffer.alloc(8)
  place.writeBigUInt64BE(BigInt(sequence))
  return vault.mac('audit chain', Buffer.concat([previous, place, Buffer.from(canonical(entry))]))
}

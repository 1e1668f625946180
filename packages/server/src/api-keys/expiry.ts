import { invalid } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import type { KeyRecord } from './key.ts'

const dayMilliseconds = 86_400_000

export interface Expiry {
  readonly expires_at: string | null
  readonly expires_by: 'key' | 'site' | null
}

/** When a key stops to work: by its own expiry or the site's maximum age, whichever comes first. */
export function expiryOf(
  key: Pick<KeyRecord, 'expires_at' | 'secret_at'>,
  maxAgeDays: number | null,
): Expiry {
  const bySite = maxAgeDays === null ? null : latest(Date.parse(key.secret_at), maxAgeDays)
  if (bySite !== null && (key.expires_at === null || Date.parse(key.expires_at) > bySite)) {
    return { expires_at: new Date(bySite).toISOString(), expires_by: 'site' }
  }
  return { expires_at: key.expires_at, expires_by: key.expires_at === null ? null : 'key' }
}

/**
 * The chosen expiry as it is stored. One in the past or beyond the site's maximum age, which counts
 * from when the secret was made, is refused: a key that dies before the time one chose is a trap.
 */
export function demandExpiry(
  platform: Platform,
  chosen: string | null,
  secretAt: string,
): string | null {
  if (chosen === null) return null
  const time = Date.parse(chosen)
  if (!(time > platform.clock.now().getTime())) {
    throw invalid('expires_at', 'Choose a time in the future')
  }
  const { api_key_max_age_days: days } = platform.settings.current()
  if (days !== null && time > latest(Date.parse(secretAt), days)) {
    const last = new Date(latest(Date.parse(secretAt), days)).toISOString()
    throw invalid(
      'expires_at',
      `Keys on this site last ${days === 1 ? 'one day' : `${days} days`} at most: choose a time up to ${last}, or leave the expiry empty`,
    )
  }
  return new Date(time).toISOString()
}

function latest(secretAt: number, days: number): number {
  return secretAt + days * dayMilliseconds
}

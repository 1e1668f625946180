import { ApiError } from '@atelier/api'

/** For the `Idempotency-Key` header; `crypto.randomUUID` is missing where the page came over http. */
export function newAttemptKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Whether it is unknown if the server did what it was asked: then the next attempt carries the same
 * key, so that nothing is created twice.
 */
export function isUncertain(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500)
}

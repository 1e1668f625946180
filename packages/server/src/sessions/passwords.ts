import { hash, verify } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'
import { Fault } from '../faults.ts'
import { randomToken } from '../platform/ids.ts'

/** argon2id off the event loop, with at most as many in flight as there are cores. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** False for a wrong password and, after the same work, for a user without one. */
  verify(stored: string | null, password: string): Promise<boolean>
}

// OWASP's password storage cheat sheet: argon2id with 19 MiB, two passes, one lane.
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Some seconds of work: whoever came after these would wait for an answer that they gave up on. */
const longestQueue = 200

/**
 * A hasher; more than `inFlight` sign-ins at once wait for their turn, and are refused with 503 when
 * too many wait already.
 */
export async function createPasswordHasher(
  inFlight = availableParallelism(),
  queue = longestQueue,
): Promise<PasswordHasher> {
  const waiting: (() => void)[] = []
  let running = 0
  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= inFlight && waiting.length >= queue) {
      throw new Fault('server.unavailable', 'Too many sign-ins at once. Try again in a moment.', {
        retryAfter: 2,
      })
    }
    if (running >= inFlight) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
  const nobody = await hash(randomToken(32), parameters)

  return {
    hash: (password) => bounded(() => hash(password, parameters)),
    verify: (stored, password) =>
      bounded(async () => {
        const matches = await verify(stored ?? nobody, password)
        return stored !== null && matches
      }),
  }
}

/** A temporary password: 20 letters and digits in groups of five, 119 bits. */
export function newTemporaryPassword(): string {
  return [0, 1, 2, 3].map(() => randomToken(5)).join('-')
}

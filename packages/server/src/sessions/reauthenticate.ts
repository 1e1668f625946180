import type { Context } from '../context.ts'
import type { Tx } from '../db/schema.ts'
import { tryPassword } from './throttle.ts'

/** The answer to a password that the caller entered again. */
export interface Reauthentication {
  readonly matches: boolean
  /** Whether the answer still holds: the password was not changed meanwhile. */
  stillHolds(tx: Tx): Promise<boolean>
}

/**
 * Tries the caller's own password, counted and throttled like a sign-in: otherwise a stolen session
 * could guess it.
 */
export async function reauthenticate(
  context: Context,
  password: string,
): Promise<Reauthentication> {
  const { platform, principal, request } = context
  const { id, username } = principal.user
  const { db } = platform
  const read = async (from: Tx | typeof db): Promise<string | null> => {
    const row = await from
      .selectFrom('users')
      .where('id', '=', id)
      .select('password_hash')
      .executeTakeFirst()
    return row?.password_hash ?? null
  }
  const stored = await read(db)
  const attempt = { login: username, address: request.ip, userId: id }
  const matches = await tryPassword(platform, attempt, stored, password)
  return { matches, stillHolds: async (tx) => (await read(tx)) === stored }
}

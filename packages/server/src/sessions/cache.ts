import { hash } from 'node:crypto'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from './principal.ts'
import { findPrincipal, findSessionHolder } from './principals.ts'

const maxEntries = 50_000

/** Principals by token, forgotten in every server process before a revocation is answered. */
export interface PrincipalCache {
  /** The holder of a token, or undefined when it is not good now; at once where it is remembered. */
  find(token: string): Promise<Principal | undefined> | Principal | undefined
  /** The same of a session by its id, for what was derived from that session. */
  findHolder(sessionId: string): Promise<Principal | undefined> | Principal | undefined
}

/**
 * Caches principals while `signals` vouches that every revocation reaches this process; otherwise
 * each request asks the database.
 */
export function createPrincipalCache(platform: Platform): PrincipalCache {
  const { signals, clock } = platform
  const byToken = new Map<string, Principal>()
  const tokensOf = new Map<string, Set<string>>()
  // Raised by each revocation: what was read before one is never kept after it.
  let generation = 0

  const forget = (userIds: readonly string[] | 'all'): void => {
    generation++
    if (userIds === 'all') {
      byToken.clear()
      tokensOf.clear()
      return
    }
    for (const id of userIds) {
      for (const token of tokensOf.get(id) ?? []) byToken.delete(token)
      tokensOf.delete(id)
    }
  }
  signals.on('access', (signal) => {
    forget(signal.users)
  })
  signals.on('settings', () => {
    forget('all')
  })
  signals.onDoubt(() => {
    forget('all')
  })

  const keep = (token: string, principal: Principal): void => {
    if (byToken.size >= maxEntries) forget('all')
    byToken.set(token, principal)
    const tokens = tokensOf.get(principal.user.id)
    if (tokens === undefined) tokensOf.set(principal.user.id, new Set([token]))
    else tokens.add(token)
  }

  const read = async (
    key: string,
    trusted: boolean,
    ask: () => Promise<Principal | undefined>,
  ): Promise<Principal | undefined> => {
    const before = generation
    const principal = await ask()
    if (principal !== undefined && trusted && before === generation) keep(key, principal)
    return principal
  }

  const look = (key: string, ask: () => Promise<Principal | undefined>) => {
    const trusted = signals.trusted()
    const known = trusted ? byToken.get(key) : undefined
    if (known === undefined) return read(key, trusted, ask)
    return known.credential.expiresAt > clock.now().getTime() ? known : undefined
  }

  return {
    find: (token) => look(hash('sha256', token, 'base64'), () => findPrincipal(platform, token)),
    // A hash has 44 characters: no id is one.
    findHolder: (sessionId) => look(sessionId, () => findSessionHolder(platform, sessionId)),
  }
}

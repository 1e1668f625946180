import { hash } from 'node:crypto'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from './principal.ts'
import { findPrincipal } from './principals.ts'

const maxEntries = 50_000

/** Principals by token, forgotten in every server process before a revocation is answered. */
export interface PrincipalCache {
  /** The holder of a token, or undefined when it is not good now; at once where it is remembered. */
  find(token: string): Promise<Principal | undefined> | Principal | undefined
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
    token: string,
    key: string,
    trusted: boolean,
  ): Promise<Principal | undefined> => {
    const before = generation
    const principal = await findPrincipal(platform, token)
    if (principal !== undefined && trusted && before === generation) keep(key, principal)
    return principal
  }

  return {
    find(token) {
      const trusted = signals.trusted()
      const key = hash('sha256', token, 'base64')
      const known = trusted ? byToken.get(key) : undefined
      if (known === undefined) return read(token, key, trusted)
      return known.credential.expiresAt > clock.now().getTime() ? known : undefined
    },
  }
}

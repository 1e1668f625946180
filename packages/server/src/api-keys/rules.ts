import { isKeyScope, type KeyScope, keyScopes } from '@atelier/access'
import { Fault, refusal } from '../faults.ts'
import type { Objection } from '../users/rules.ts'
import type { KeyOwner, KeyRecord, Limits } from './key.ts'

/** The rules of access-control.md 5 on what a key may hand on; undefined: no objection. */

/** How many keys somebody can have: enough for every program, few enough to look through. */
export const maxKeys = 100

/** The chosen scopes in the order of the tables, each once; 400 names one that does not exist. */
export function demandScopes(chosen: readonly string[] | null): readonly KeyScope[] | null {
  if (chosen === null) return null
  const index = chosen.findIndex((scope) => !isKeyScope(scope))
  if (index >= 0) {
    const message = `There is no scope "${chosen[index] ?? ''}"`
    throw new Fault(
      'request.invalid',
      `scopes: ${message}. The scopes are: ${keyScopes.join(', ')}`,
      {
        errors: [{ path: `scopes.${index}`, message }],
        details: { valid_scopes: keyScopes },
      },
    )
  }
  return keyScopes.filter((scope) => chosen.includes(scope))
}

/** What a key would be able to do, and until when. */
type Width = Pick<KeyRecord, 'scopes' | 'expires_at'>

/** A key makes or leaves behind no key that may do more than itself, or lives longer. */
export function wideningObjection(limits: Limits | undefined, wanted: Width): Objection {
  if (limits === undefined) return undefined
  const excess = excessOf(limits, wanted)
  if (excess === undefined) return undefined
  return refusal('api_key.too_wide', `${excess}: choose less, or do it in the browser`)
}

/** A key changes and regenerates no key that may do more than itself, or lives longer. */
export function widerObjection(limits: Limits | undefined, key: KeyRecord): Objection {
  if (limits === undefined || limits.keyId === key.id) return undefined
  if (excessOf(limits, key) === undefined) return undefined
  return refusal(
    'api_key.too_wide',
    `“${key.name}” may do more, or lives longer, than the key in use: do it in the browser`,
  )
}

/** A secret for somebody who is suspended would be one that starts to work unnoticed, later. */
export function ownerObjection(owner: Pick<KeyOwner, 'name'> & { status: string }): Objection {
  if (owner.status === 'active') return undefined
  return refusal('user.not_active', `${owner.name} is suspended: reactivate them first`)
}

/** Whether scopes cover one scope: `read` covers `list`, as everywhere. */
export function covers(scopes: readonly string[], wanted: KeyScope): boolean {
  const [resource = '', operation] = wanted.split(':')
  return scopes.includes(wanted) || (operation === 'list' && scopes.includes(`${resource}:read`))
}

function excessOf(limits: Limits, wanted: Width): string | undefined {
  const { scopes, expiresAt } = limits
  if (scopes !== undefined) {
    if (wanted.scopes === null) return 'This key has scopes, so it cannot make one without'
    const excess = wanted.scopes.filter(isKeyScope).filter((scope) => !covers(scopes, scope))
    if (excess.length > 0) return `This key lacks the scope ${excess.join(', ')} itself`
  }
  if (
    expiresAt !== null &&
    (wanted.expires_at === null || Date.parse(wanted.expires_at) > Date.parse(expiresAt))
  ) {
    return `This key expires at ${expiresAt}, so it cannot make one that lives longer`
  }
  return undefined
}

import { decide, type Subject } from '@atelier/access'
import type { ApiKey } from '@atelier/api'
import { verdictsOf } from '../access/actions.ts'
import { expiryOf } from './expiry.ts'
import type { KeyRecord, Limits } from './key.ts'
import * as rules from './rules.ts'

/** Who is shown a key, and by which limits of the site and of their own key. */
export interface Viewer {
  readonly subject: Subject
  readonly limits: Limits | undefined
  readonly maxAgeDays: number | null
}

/** A key with what the caller may do to it; nothing here helps to guess its secret. */
export function presentKey(key: KeyRecord, { subject, limits, maxAgeDays }: Viewer): ApiKey {
  const target = { resource: 'api_keys', ownerId: key.user_id } as const
  const update = decide(subject, 'update', target).allowed
  const wider = rules.widerObjection(limits, key)
  // No rank guard here: only the site admin reaches the keys of others, and nobody ranks higher.
  const actions = verdictsOf([
    ['read', decide(subject, 'read', target).allowed],
    ['update', update, wider],
    ['regenerate', update, wider ?? rules.ownerObjection(key.user)],
    ['delete', decide(subject, 'delete', target).allowed],
  ])
  return {
    id: key.id,
    name: key.name,
    application: key.application,
    user_id: key.user_id,
    user: key.user,
    scopes: key.scopes === null ? null : [...key.scopes],
    last_used: key.last_used_at,
    ...expiryOf(key, maxAgeDays),
    created_at: key.created_at,
    ...actions,
  }
}

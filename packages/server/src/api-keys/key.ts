import type { KeyScope } from '@atelier/access'

/** An API key as the services know it; the hash of its secret stays in the store. */
export interface KeyRecord {
  readonly id: string
  readonly name: string
  readonly application: boolean
  readonly user_id: string
  readonly user: KeyOwner
  /** `null`: everything that its owner may do. */
  readonly scopes: readonly string[] | null
  readonly last_used_at: string | null
  /** The key's own expiry, whatever the site's maximum age. */
  readonly expires_at: string | null
  /** When the secret was made: the maximum age counts from here. */
  readonly secret_at: string
  readonly version: number
  readonly created_at: string
}

export interface KeyOwner {
  readonly id: string
  readonly username: string
  readonly name: string
  readonly status: 'active' | 'suspended'
}

/** What the API key of a request may hand on at most; a session has no such limits. */
export interface Limits {
  readonly keyId: string
  /** `undefined`: everything that its owner may do. */
  readonly scopes: readonly KeyScope[] | undefined
  /** The key's own expiry: `null` when it has none. */
  readonly expiresAt: string | null
}

/** Whether the text can be the id of a key. */
export function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9]{10}$/.test(text)
}

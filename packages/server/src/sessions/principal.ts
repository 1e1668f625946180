import type { Subject } from '@atelier/access'

/** The caller of a request: who they are, by which credential, and what the engine judges. */
export interface Principal {
  readonly user: {
    readonly id: string
    readonly username: string
    readonly email: string
    readonly name: string
    readonly temporaryPassword: boolean
  }
  readonly subject: Subject
  readonly credential: Credential
}

export interface Credential {
  readonly kind: 'session' | 'api_key'
  readonly id: string
  /** The stored hash of the secret that was shown: a key may have been given another one since. */
  readonly secretHash: Buffer
  readonly expiresAt: number
}

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

export type Credential =
  | { readonly kind: 'session'; readonly id: string; readonly expiresAt: number }
  | { readonly kind: 'api_key'; readonly id: string; readonly expiresAt: number }

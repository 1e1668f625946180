import type { Operation, Resource } from '@atelier/access'
import type { z } from 'zod'

/** Why a route may be called: a permission of the published tables, or a reason to ask for none. */
export type RouteAccess =
  | { readonly permission: readonly [Resource, Operation] }
  | { readonly signedIn: string }
  | { readonly public: string }

/** One route of the public contract: the server registers it, the client calls it, OpenAPI shows it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly summary: string
  readonly access: RouteAccess
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Status of success. */
  readonly ok: 200 | 201 | 202 | 204
  readonly response: z.ZodType
  /** The answer is a bare array with `Link: rel="next"` and `X-Total-Count`. */
  readonly paged?: true
  /** Works while the caller's password is temporary (access-control.md 4.4). */
  readonly duringPasswordChange?: true
  /** The answer is not JSON (an export, an event stream): the client only builds its address. */
  readonly raw?: string
  /**
   * A WebSocket (RFC 6455): admitted and authorized as the GET that asks for the upgrade; a plain GET
   * answers 426. Its frames, in words.
   */
  readonly socket?: string
  /** A repeated request with the same `Idempotency-Key` answers what the first one did. */
  readonly idempotent?: true
}

/** Declares an endpoint and keeps its exact types. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition
}

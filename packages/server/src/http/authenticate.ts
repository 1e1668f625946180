import type { RouteAccess } from '@atelier/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { RequestFacts, Visit } from '../context.ts'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import { sameBytes } from '../platform/vault.ts'
import type { PrincipalCache } from '../sessions/cache.ts'
import type { Principal } from '../sessions/principal.ts'
import { readSessionCookie } from './cookies.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | undefined
    /** The credential came in a cookie, which browsers send by themselves. */
    byCookie: boolean
  }
}

/** Finds out who sends each request: `Session-Token` header first, then the session cookie. */
export function authenticateRequests(
  app: FastifyInstance,
  platform: Platform,
  principals: PrincipalCache,
  noteUse: (principal: Principal) => void,
): void {
  app.decorateRequest('principal', undefined)
  app.decorateRequest('byCookie', false)
  app.addHook('onRequest', (request, _reply, done) => {
    const header = request.headers['session-token']
    const byHeader = typeof header === 'string' && header !== ''
    const token = byHeader
      ? header
      : readSessionCookie(request, platform.settings.current().secure_cookie)
    if (token === undefined) {
      done()
      return
    }
    request.byCookie = !byHeader
    const found = principals.find(token)
    // Nearly always it is known already: a promise would cost more than the look-up.
    const admit = (principal: Principal | undefined): void => {
      request.principal = principal
      if (principal !== undefined) noteUse(principal)
      done()
    }
    if (found instanceof Promise) found.then(admit, done)
    else admit(found)
  })
}

/** The CSRF token of a session: a MAC of its id, so that it needs no storage. */
export function csrfTokenOf(platform: Platform, sessionId: string): string {
  return platform.vault.mac('csrf', sessionId).toString('base64url')
}

/**
 * Refuses a change that a foreign page could have sent: a cookie request must carry the session's
 * CSRF token, and a browser that says where the page comes from must say: from here. What needs no
 * session needs no token either: a sign-in page may have been open since before another tab's.
 */
export function refuseForgery(
  platform: Platform,
  request: FastifyRequest,
  access: RouteAccess,
): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return
  refuseForeignOrigin(request)
  if (!request.byCookie || request.principal === undefined || 'public' in access) return

  const sent = request.headers['x-csrf-token']
  const expected = Buffer.from(csrfTokenOf(platform, request.principal.credential.id))
  if (typeof sent !== 'string' || !sameBytes(Buffer.from(sent), expected)) {
    throw new Fault('session.csrf', 'Reload the page and try again: the CSRF token is missing')
  }
}

/** Sign-in and setup set cookies too, so they too are refused to foreign pages. */
function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  const foreign =
    site === 'cross-site' ||
    site === 'same-site' ||
    (origin !== undefined && origin !== `${request.protocol}://${host ?? ''}`)
  // A program sends no cookie; its own origin header, if any, means nothing.
  if (foreign && request.headers['session-token'] === undefined) {
    throw new Fault('session.foreign_origin', 'This request came from a page of another site')
  }
}

/** What services are told of the request itself. */
export function factsOf(request: FastifyRequest): RequestFacts {
  return {
    id: request.id,
    ip: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, 256) ?? '',
  }
}

/** A visit: the request without a caller. */
export function visitOf(platform: Platform, request: FastifyRequest): Visit {
  return { platform, request: factsOf(request) }
}

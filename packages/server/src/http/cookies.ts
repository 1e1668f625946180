import '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

// A `__Host-` cookie cannot be set by a sibling host or over http (cookie tossing).
const secureName = '__Host-atelier_session'
const plainName = 'atelier_session'

/** The session token of the browser's cookie; over https only the `__Host-` one counts. */
export function readSessionCookie(
  request: FastifyRequest,
  alwaysSecure: boolean,
): string | undefined {
  const name = isSecure(request, alwaysSecure) ? secureName : plainName
  return request.cookies[name]
}

/** Sets the session cookie: HttpOnly, SameSite=Lax, and `__Host-` with Secure over https. */
export function setSessionCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  token: string,
  expires: Date,
  alwaysSecure: boolean,
): void {
  const secure = isSecure(request, alwaysSecure)
  void reply.setCookie(secure ? secureName : plainName, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    expires,
  })
}

/** Takes the session cookie away, whichever form it has. */
export function clearSessionCookie(reply: FastifyReply): void {
  void reply.clearCookie(secureName, { path: '/', secure: true })
  void reply.clearCookie(plainName, { path: '/' })
}

function isSecure(request: FastifyRequest, alwaysSecure: boolean): boolean {
  return alwaysSecure || request.protocol === 'https'
}

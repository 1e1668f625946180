import { siteCan } from '@atelier/access'
import type { CurrentSession } from '@atelier/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type Context, subjectOf } from '../context.ts'
import { csrfTokenOf } from '../http/authenticate.ts'
import { clearSessionCookie, setSessionCookie } from '../http/cookies.ts'
import { registerRoutes } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { presentUser } from '../users/present.ts'
import { getUser } from '../users/service.ts'
import type { EventHub } from './events.ts'
import { findPrincipal, signInAgain } from './principals.ts'
import * as service from './service.ts'

/** Signing in and out, and one's own sessions. */
export function sessionRoutes(app: FastifyInstance, platform: Platform, events: EventHub): void {
  registerRoutes(app, platform, 'sessions', {
    basicLogin: async ({ context, body }) => {
      const { token } = await service.signIn(context, body.email, body.password)
      return { session_token: token }
    },
    signIn: async ({ context, body, request, reply }) => {
      const signedIn = await service.signIn(context, body.login, body.password, body.terms)
      return welcome(platform, request, reply, signedIn)
    },
    current: ({ context, request }) => presentCurrent(context, request),
    signOut: async ({ context, reply }) => {
      await service.signOut(context)
      clearSessionCookie(reply)
      return null
    },
    list: async ({ context }) => {
      const sessions = await service.listSessions(context)
      const { credential } = context.principal
      return sessions.map((session) => ({ ...session, current: session.id === credential.id }))
    },
    revoke: async ({ context, params }) => {
      await service.revokeSession(context, params.session)
      return null
    },
    revokeOthers: async ({ context }) => ({
      sessions: await service.revokeOtherSessions(context),
    }),
    events: ({ context, request, reply }) => events.open(context, request, reply),
  })
}

/** Sets the cookie of a new session and answers what the web needs to begin. */
export async function welcome(
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
  signedIn: service.SignedIn,
): Promise<z.input<typeof CurrentSession>> {
  const { secure_cookie: alwaysSecure } = platform.settings.current()
  setSessionCookie(request, reply, signedIn.token, signedIn.expiresAt, alwaysSecure)
  const principal = await findPrincipal(platform, signedIn.token)
  // Ended by an administrator before it was answered.
  if (principal === undefined) throw signInAgain()
  request.byCookie = true
  const facts = { id: request.id, ip: request.ip, userAgent: '' }
  const declared = { permission: ['users', 'read'] } as const
  return presentCurrent({ platform, principal, request: facts, declared }, request)
}

async function presentCurrent(
  context: Context,
  request: FastifyRequest,
): Promise<z.input<typeof CurrentSession>> {
  const { platform, principal } = context
  const user = await getUser(context, 'me')
  const { credential } = principal
  const can = Object.fromEntries(
    Object.entries(siteCan(subjectOf(context))).map(([resource, marks]) => [
      resource,
      { ...marks },
    ]),
  )
  return {
    user: presentUser(user, subjectOf(context)),
    can,
    csrf_token: request.byCookie ? csrfTokenOf(platform, credential.id) : null,
    expires_at: Number.isFinite(credential.expiresAt)
      ? new Date(credential.expiresAt).toISOString()
      : null,
    version: platform.version,
  }
}

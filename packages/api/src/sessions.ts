import { z } from 'zod'
import { Empty, Id, Password, Time } from './common.ts'
import { endpoint } from './endpoint.ts'
import { User } from './users.ts'

export const Session = z
  .object({
    id: z.string(),
    current: z.boolean(),
    ip: z.string(),
    user_agent: z.string(),
    created_at: Time,
    last_seen_at: Time,
    expires_at: Time,
  })
  .meta({ id: 'Session' })

/** Everything the web needs to know of the caller: itself, its rights, its CSRF token. */
export const CurrentSession = z
  .object({
    user: User,
    /** By resource and mark: whether the caller may do it to at least something. */
    can: z.record(z.string(), z.record(z.string(), z.boolean())),
    csrf_token: z.string().nullable(),
    expires_at: Time.nullable(),
    version: z.string(),
  })
  .meta({ id: 'CurrentSession' })

const own = 'Everybody manages the sessions of their own account'

export const sessions = {
  basicLogin: endpoint({
    method: 'POST',
    path: '/auth/basic/login',
    summary: 'Signs a program in: answers a session token',
    access: { public: 'Signing in is how one becomes known' },
    body: z.strictObject({ email: z.string().min(1).max(254), password: z.string().max(256) }),
    ok: 201,
    response: z.object({ session_token: z.string() }),
  }),
  signIn: endpoint({
    method: 'POST',
    path: '/api/v0/sessions',
    summary: 'Signs a browser in by e-mail or username: sets the session cookie',
    access: { public: 'Signing in is how one becomes known' },
    body: z.strictObject({
      login: z.string().min(1, 'Enter your e-mail address or username').max(254),
      password: Password,
      /** Version of the terms of service that the person has accepted. */
      terms: z.string().max(64).optional(),
    }),
    ok: 201,
    response: CurrentSession,
  }),
  current: endpoint({
    method: 'GET',
    path: '/api/v0/session',
    summary: 'The caller, what they may do, and the CSRF token of the session',
    access: { permission: ['users', 'read'] },
    ok: 200,
    response: CurrentSession,
    duringPasswordChange: true,
  }),
  signOut: endpoint({
    method: 'DELETE',
    path: '/api/v0/session',
    summary: 'Signs out: ends the session of this request',
    access: { signedIn: own },
    ok: 204,
    response: Empty,
    duringPasswordChange: true,
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/v0/sessions',
    summary: "The caller's own sessions",
    access: { permission: ['users', 'read'] },
    ok: 200,
    response: z.array(Session),
  }),
  revoke: endpoint({
    method: 'DELETE',
    path: '/api/v0/sessions/:session',
    summary: "Ends one of the caller's own sessions",
    access: { permission: ['users', 'update'] },
    params: z.strictObject({ session: Id }),
    ok: 204,
    response: Empty,
  }),
  revokeOthers: endpoint({
    method: 'DELETE',
    path: '/api/v0/sessions',
    summary: "Ends all of the caller's own sessions but this one",
    access: { permission: ['users', 'update'] },
    ok: 200,
    response: z.object({ sessions: z.number().int() }),
  }),
  events: endpoint({
    method: 'GET',
    path: '/api/v0/events',
    summary: 'Server-sent events: access_changed, signed_out, banners_changed, workspaces_changed',
    access: {
      signedIn:
        "Tells the caller of changes to the caller's own access, and to what the caller may read",
    },
    ok: 200,
    response: z.string(),
    raw: 'text/event-stream',
    duringPasswordChange: true,
  }),
}

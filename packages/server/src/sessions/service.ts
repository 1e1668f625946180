import { hash, randomBytes } from 'node:crypto'
import { recordAudit, recordVisit } from '../audit/record.ts'
import { authorize, change, type Context, type Visit } from '../context.ts'
import type { Tx } from '../db/schema.ts'
import { Fault, notFound } from '../faults.ts'
import { newId } from '../platform/ids.ts'
import { hashToken, signInAgain } from './principals.ts'
import { deleteSessionsOf, sessionsOf, type StoredSession } from './of-user.ts'
import * as sessions from './store.ts'
import { forgive, tryPassword } from './throttle.ts'

export interface SignedIn {
  readonly token: string
  readonly sessionId: string
  readonly userId: string
  readonly expiresAt: Date
}

/**
 * Signs in by e-mail or username. The answer and its time are the same for an unknown user, a wrong
 * password and a suspended user; each failure is counted and recorded.
 */
export async function signIn(
  visit: Visit,
  login: string,
  password: string,
  terms?: string,
): Promise<SignedIn> {
  const { platform, request } = visit
  const { db, clock } = platform
  const known = await sessions.findSignInUser(db, login)
  const attempt = { login, address: request.ip, userId: known?.id }
  // Nobody signs in to an account that is not active; finding that out takes the same work.
  const stored = known?.status === 'active' ? known.password_hash : null
  const matches = await tryPassword(platform, attempt, stored, password)
  if (known === undefined || !matches) {
    const fault = new Fault(
      'session.sign_in_failed',
      'The e-mail address, username or password is wrong: try again, or ask an administrator for a temporary password',
    )
    await recordVisit(db, visit, {
      action: 'login',
      resourceType: 'user',
      resourceId: known?.id ?? '',
      // As it was entered, but for what would move a terminal or begin a new line.
      target: known?.username ?? login.replace(/\p{Cc}/gu, '�').slice(0, 64),
      outcome: 'failed',
      actor: known ?? null,
      refusal: fault,
    })
    throw fault
  }

  const accepted = demandTerms(visit, known.terms_accepted, terms)
  const signedIn = await db.transaction().execute(async (tx) => {
    const user = await sessions.lockSignInUser(tx, known.id)
    // Changed while the password was being verified: the answer would be about the past.
    if (user?.status !== 'active' || user.password_hash !== known.password_hash) throw signInAgain()
    if (accepted !== undefined) await sessions.acceptTerms(tx, user.id, accepted)
    const begun = await beginSession(tx, visit, user.id)
    await recordVisit(tx, visit, {
      action: 'login',
      resourceType: 'user',
      resourceId: user.id,
      target: user.username,
      outcome: 'success',
      actor: user,
      diff:
        accepted === undefined
          ? {}
          : { terms_of_service: { before: user.terms_accepted, after: accepted } },
    })
    return begun
  })
  await forgive(db, login, request.ip, known.id, clock.now())
  return signedIn
}

/** More than anybody has browsers; a program that signs in for every call fills no table. */
const maxSessions = 100

/** Begins a session, and ends the oldest where there are too many; its token leaves the server once, and only its hash is kept. */
export async function beginSession(tx: Tx, visit: Visit, userId: string): Promise<SignedIn> {
  const now = visit.platform.clock.now()
  const hours = visit.platform.settings.current().session_hours
  const session = {
    token: randomBytes(32).toString('base64url'),
    sessionId: newId(now),
    userId,
    expiresAt: new Date(now.getTime() + hours * 3_600_000),
  }
  await sessions.deleteExpiredOf(tx, userId, now)
  await sessions.insertSession(tx, {
    id: session.sessionId,
    user_id: userId,
    token_hash: hashToken(session.token),
    ip: visit.request.ip,
    user_agent: visit.request.userAgent,
    created_at: now,
    expires_at: session.expiresAt,
  })
  if ((await sessions.endOldestOf(tx, userId, maxSessions)) > 0) {
    await visit.platform.signals.send(tx, 'access', { users: [userId] })
  }
  return session
}

/** Ends the session of this request. */
export async function signOut(context: Context): Promise<void> {
  const { principal, platform } = context
  if (principal.credential.kind !== 'session') {
    throw new Fault('access.denied', 'An API key is not signed in: delete the key instead')
  }
  await platform.db.transaction().execute(async (tx) => {
    if (!(await sessions.deleteSession(tx, principal.user.id, principal.credential.id))) return
    await recordVisit(tx, context, {
      action: 'logout',
      resourceType: 'user',
      resourceId: principal.user.id,
      target: principal.user.username,
      outcome: 'success',
      actor: principal.user,
    })
    await platform.signals.send(tx, 'access', { users: [principal.user.id] })
  })
  await platform.signals.settle()
}

/** The caller's own living sessions. */
export async function listSessions(context: Context): Promise<StoredSession[]> {
  authorizeOwn(context, 'read')
  const { platform, principal } = context
  return sessionsOf(platform.db, principal.user.id, platform.clock.now())
}

/** Ends one of the caller's own sessions. */
export async function revokeSession(context: Context, id: string): Promise<void> {
  const { user } = context.principal
  const attempt = {
    action: 'delete',
    resourceType: 'session',
    resourceId: id,
    target: user.username,
  } as const
  await change(context, attempt, [user.id], async (work) => {
    authorizeOwn(work, 'update')
    if (!(await sessions.deleteSession(work.tx, user.id, id))) throw notFound('session')
    await recordAudit(work, attempt)
    await work.platform.signals.send(work.tx, 'access', { users: [user.id] })
  })
  await context.platform.signals.settle()
}

/** Ends all of the caller's own sessions but the one in use, and says how many. */
export async function revokeOtherSessions(context: Context): Promise<number> {
  const { user, credential } = context.principal
  const attempt = {
    action: 'delete',
    resourceType: 'session',
    resourceId: user.id,
    target: user.username,
  } as const
  const ended = await change(context, attempt, [user.id], async (work) => {
    authorizeOwn(work, 'update')
    const keep = credential.kind === 'session' ? credential.id : undefined
    const count = await deleteSessionsOf(work.tx, user.id, keep)
    await recordAudit(work, { ...attempt, diff: { ended_sessions: { before: count, after: 0 } } })
    await work.platform.signals.send(work.tx, 'access', { users: [user.id] })
    return count
  })
  await context.platform.signals.settle()
  return ended
}

/** The version of a text of the terms of service: people accept a text, not a date. */
export function termsVersion(body: string): string {
  return hash('sha256', body, 'hex').slice(0, 16)
}

function demandTerms(
  visit: Visit,
  accepted: string | null,
  offered: string | undefined,
): string | undefined {
  const settings = visit.platform.settings.current()
  if (!settings.terms_of_service_enabled) return undefined
  const version = termsVersion(settings.terms_of_service_body)
  if (accepted === version) return undefined
  if (offered === version) return version
  throw new Fault('session.terms_required', 'Read and accept the terms of service to sign in', {
    details: { terms: { version, body: settings.terms_of_service_body } },
  })
}

function authorizeOwn(context: Context, operation: 'read' | 'update'): void {
  const { id } = context.principal.user
  authorize(context, operation, { resource: 'users', ownerId: id }, 'session')
}

import { filterFor, outranks, type SiteRole } from '@atelier/access'
import { diffOf, masked, recordAudit } from '../audit/record.ts'
import {
  authorize,
  change,
  changePasswordFirst,
  type Context,
  denied,
  subjectOf,
  type Work,
} from '../context.ts'
import type { AuditDiff, LoginType } from '../db/schema.ts'
import { renameOwner } from '../dev-urls/service.ts'
import { demandVersion, Fault, invalid, notFound, refusal } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { seesOrganization } from '../organizations/visibility.ts'
import { enqueue } from '../jobs/queue.ts'
import { demandStrongPassword } from '../sessions/password-policy.ts'
import { newTemporaryPassword } from '../sessions/passwords.ts'
import { deleteSessionsOf } from '../sessions/of-user.ts'
import { reauthenticate } from '../sessions/reauthenticate.ts'
import { deleteWorkspacesOf, stopWorkspacesOf } from '../workspaces/of-user.ts'
import * as list from './list-store.ts'
import { demandOwn, ownOnly } from './own-fields.ts'
import * as rules from './rules.ts'
import * as users from './store.ts'
import { targetOf, type UserRecord } from './user.ts'
import type { UserQuery, UserScope } from './visible.ts'

/** One user; `me` is the caller. 404 for whom the caller may not read. */
export async function getUser(context: Context, id: string): Promise<UserRecord> {
  const user = await users.findUser(context.platform.db, resolve(context, id))
  if (user === undefined) throw notFound('user')
  authorize(context, 'read', targetOf(user), 'user')
  return user
}

/** One page of the users whom the caller may see. */
export async function listUsers(
  context: Context,
  query: UserQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<UserRecord>> {
  const seen = withinSight(context, query)
  return list.listUsers(context.platform.db, scopeOf(context), seen, limit, after)
}

/** How many users the query finds, capped. */
export async function countUsers(context: Context, query: UserQuery): Promise<number> {
  return list.countUsers(context.platform.db, scopeOf(context), withinSight(context, query))
}

/** The query as far as the caller may ask it: nobody is in an organization that they do not see. */
export function withinSight(context: Context, query: UserQuery): UserQuery {
  const { organization } = query
  if (organization === undefined || seesOrganization(subjectOf(context), organization)) return query
  return { ...query, organization: 'hidden' }
}

function scopeOf(context: Context): UserScope {
  const subject = subjectOf(context)
  const list = filterFor(subject, 'list', 'users')
  if (list.kind === 'none') throw denied(list.missing, 'list of users')
  return { callerId: subject.id, list, read: filterFor(subject, 'read', 'users') }
}

export interface UserChanges {
  readonly name?: string | null | undefined
  readonly username?: string | null | undefined
  readonly email?: string | null | undefined
  readonly dotfiles_git_uri?: string | null | undefined
  /** Empty: never. */
  readonly autostart_at?: string | null | undefined
  readonly autostart_time_zone?: string | null | undefined
  readonly old_password?: string | null | undefined
  readonly password?: string | null | undefined
  readonly temporary_password?: boolean | null | undefined
  readonly revoked?: boolean | null | undefined
  readonly roles?: readonly SiteRole[] | null | undefined
  readonly login_type?: LoginType | null | undefined
}

/**
 * Changes a user in one transaction. Each field asks for the same right, and obeys the same rule, as
 * the route that changes it alone.
 */
export async function updateUser(
  context: Context,
  id: string,
  changes: UserChanges,
  ifMatch?: number,
): Promise<UserRecord> {
  const target = resolve(context, id)
  const attempt = userAttempt('write', target)
  const passwordHash =
    changes.password == null ? undefined : await context.platform.passwords.hash(changes.password)
  const proof =
    changes.old_password == null ? undefined : await reauthenticate(context, changes.old_password)

  const updated = await change(context, attempt, [target], async (work) => {
    const user = await lockTarget(work, attempt, target)
    authorize(work, 'update', targetOf(user), 'user')
    const subject = subjectOf(work)
    if (work.principal.user.temporaryPassword && !onlyPassword(changes)) {
      throw changePasswordFirst()
    }
    demandVersion(user.version, ifMatch)
    rules.demandNo(rules.outranked(subject, user))
    demandPasswordBeside(changes)

    const diff: AuditDiff = {}
    let current = user
    await demandOwn(work, user, changes)
    const { autostart_at: time, ...given } = definedOf(changes, [
      'name',
      'username',
      'email',
      ...ownOnly,
    ])
    const profile = { ...given, ...(time === undefined ? {} : { autostart_at: time || null }) }
    if (Object.keys(profile).length > 0) {
      Object.assign(diff, diffOf(current, profile))
      current = await users.updateUser(work.tx, user.id, profile, work.platform.clock.now())
      if (current.username !== user.username) await renameOwner(work, user.id, current.username)
    }
    if (passwordHash !== undefined && changes.password != null) {
      current = await setPassword(work, current, {
        password: changes.password,
        hash: passwordHash,
        oldMatches: proof?.matches === true && (await proof.stillHolds(work.tx)),
        sameAsOld: changes.password === changes.old_password,
        temporary: changes.temporary_password ?? undefined,
      })
      diff['password'] = { before: masked, after: masked }
    }
    if (changes.roles != null) {
      Object.assign(diff, await setRole(work, current, highest(changes.roles)))
    }
    if (changes.revoked != null && changes.revoked !== (user.status === 'suspended')) {
      Object.assign(diff, await setSuspended(work, current, changes.revoked))
    }
    if (changes.login_type != null && changes.login_type !== user.login_type) {
      authorize(work, 'update', targetOf(user), 'user', 'all')
      throw refusal(
        'user.login_type',
        'Only built-in sign-in is set up: configure a sign-in provider first',
      )
    }
    await recordAudit(work, { ...attempt, diff })
    await announce(work, [user.id])
    return (await users.findUser(work.tx, user.id)) ?? current
  })
  await context.platform.signals.settle()
  return updated
}

/** Changes the caller's own password; the old one proves that it is them. */
export async function changeOwnPassword(
  context: Context,
  oldPassword: string,
  password: string,
): Promise<UserRecord> {
  return updateUser(context, 'me', { old_password: oldPassword, password })
}

/** Gives a user another site role (access-control.md 3). */
export async function changeRole(
  context: Context,
  id: string,
  role: SiteRole,
  ifMatch?: number,
): Promise<UserRecord> {
  return changeUser(context, 'write', id, async (work, user) => {
    demandVersion(user.version, ifMatch)
    return setRole(work, user, role)
  })
}

/** Suspends a user, or lets them in again (4.3). */
export async function suspendUser(
  context: Context,
  id: string,
  suspended: boolean,
): Promise<UserRecord> {
  return changeUser(context, 'write', id, (work, user) => setSuspended(work, user, suspended))
}

/** Makes a temporary password, shown once; ends all sessions of the user (4.4). */
export async function resetPassword(context: Context, id: string): Promise<string> {
  const password = newTemporaryPassword()
  const hash = await context.platform.passwords.hash(password)
  await changeUser(context, 'write', id, async (work, user) => {
    rules.demandNo(rules.resetPasswordObjection(subjectOf(work), user))
    await users.updateUser(
      work.tx,
      user.id,
      { password_hash: hash, temporary_password: true },
      work.platform.clock.now(),
    )
    await deleteSessionsOf(work.tx, user.id)
    return {
      password: { before: masked, after: masked },
      ...diffOf({ temporary_password: user.temporary_password }, { temporary_password: true }),
    }
  })
  return password
}

/** Ends all sessions of a user and says how many. */
export async function signOutUser(context: Context, id: string): Promise<number> {
  let ended = 0
  await changeUser(context, 'logout', id, async (work, user) => {
    rules.demandNo(rules.outranked(subjectOf(work), user))
    ended = await deleteSessionsOf(work.tx, user.id)
    return { ended_sessions: { before: ended, after: 0 } }
  })
  return ended
}

/** Deletes a user: gone for everybody at once, what belonged to them by a job (4.3). */
export async function deleteUser(context: Context, id: string): Promise<string> {
  const target = resolve(context, id)
  const attempt = userAttempt('enqueue', target)
  const jobId = await change(context, attempt, [target], async (work) => {
    const user = await lockTarget(work, attempt, target)
    authorize(work, 'delete', targetOf(user), 'user', 'all')
    rules.demandNo(rules.deleteObjection(subjectOf(work), user))
    // The tables hold `Da` without `Do`: nobody deletes their own account (2.12).
    authorize(work, 'delete', targetOf(user), 'user')

    const now = work.platform.clock.now()
    await deleteSessionsOf(work.tx, user.id)
    await work.tx.deleteFrom('api_keys').where('user_id', '=', user.id).execute()
    await deleteWorkspacesOf(work, user.id, 'The owner was deleted')
    await work.tx
      .updateTable('users')
      .set({ status: 'deleting', password_hash: null, updated_at: now })
      .where('id', '=', user.id)
      .execute()
    const job = await enqueue(work.tx, work.platform, 'user.delete', {
      user_id: user.id,
      username: user.username,
      // Background work is attributed to whoever asked for it.
      actor: work.principal.user,
      request: work.request,
      allowed_by_role: subjectOf(work).siteRole,
    })
    await recordAudit(work, { ...attempt, diff: { job: { before: null, after: job } } })
    await announce(work, [user.id])
    return job
  })
  await context.platform.signals.settle()
  return jobId
}

/** One locked change of one user by somebody who may update all users; `body` answers the diff. */
async function changeUser(
  context: Context,
  action: 'write' | 'logout',
  id: string,
  body: (work: Work, user: UserRecord) => Promise<AuditDiff>,
): Promise<UserRecord> {
  const target = resolve(context, id)
  const attempt = userAttempt(action, target)
  const updated = await change(context, attempt, [target], async (work) => {
    const user = await lockTarget(work, attempt, target)
    authorize(work, 'update', targetOf(user), 'user', 'all')
    const diff = await body(work, user)
    await recordAudit(work, { ...attempt, diff })
    await announce(work, [user.id])
    return (await users.findUser(work.tx, user.id)) ?? user
  })
  await context.platform.signals.settle()
  return updated
}

async function setRole(work: Work, user: UserRecord, role: SiteRole): Promise<AuditDiff> {
  authorize(work, 'update', targetOf(user), 'user', 'all')
  rules.demandNo(rules.roleObjection(subjectOf(work), user, role))
  await users.updateUser(work.tx, user.id, { site_role: role }, work.platform.clock.now())
  return diffOf({ role: user.site_role }, { role })
}

async function setSuspended(work: Work, user: UserRecord, suspended: boolean): Promise<AuditDiff> {
  authorize(work, 'update', targetOf(user), 'user', 'all')
  const subject = subjectOf(work)
  rules.demandNo(
    suspended ? rules.suspendObjection(subject, user) : rules.reactivateObjection(subject, user),
  )
  const status = suspended ? 'suspended' : 'active'
  await users.updateUser(work.tx, user.id, { status }, work.platform.clock.now())
  if (suspended) {
    await deleteSessionsOf(work.tx, user.id)
    await stopWorkspacesOf(work, user.id, 'The owner was suspended')
  }
  return diffOf<{ status: string }>({ status: user.status }, { status })
}

interface NewPassword {
  readonly password: string
  readonly hash: string
  readonly oldMatches: boolean
  readonly sameAsOld: boolean
  readonly temporary: boolean | undefined
}

async function setPassword(work: Work, user: UserRecord, chosen: NewPassword): Promise<UserRecord> {
  const subject = subjectOf(work)
  const isSelf = user.id === subject.id
  if (!isSelf) authorize(work, 'update', targetOf(user), 'user', 'all')
  rules.demandNo(rules.outranked(subject, user) ?? rules.builtInOnly(user))
  if (isSelf && !chosen.oldMatches) {
    throw new Fault('user.wrong_password', 'Your current password is wrong', {
      errors: [{ path: 'old_password', message: 'This is not your current password' }],
      denied: true,
    })
  }
  if (isSelf && chosen.sameAsOld) {
    // Otherwise a temporary one, which somebody else knows, would stay for good (4.4).
    throw new Fault('user.password_weak', 'Choose another password than the current one', {
      errors: [{ path: 'password', message: 'This is your current password' }],
    })
  }
  demandStrongPassword(chosen.password, [user.name, user.username, user.email])

  const { credential } = work.principal
  const keep = isSelf && credential.kind === 'session' ? credential.id : undefined
  await deleteSessionsOf(work.tx, user.id, keep)
  return users.updateUser(
    work.tx,
    user.id,
    { password_hash: chosen.hash, temporary_password: isSelf ? false : (chosen.temporary ?? true) },
    work.platform.clock.now(),
  )
}

/** The audit log's view of an attempt on a user; the name is filled in when the row is locked. */
export function userAttempt(action: 'write' | 'logout' | 'enqueue', id: string) {
  return { action, resourceType: 'user' as const, resourceId: id, target: '' }
}

/** Locks the user that an attempt is about; 404 when there is none. */
export async function lockTarget(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<UserRecord> {
  const user = await users.lockUser(work.tx, id)
  if (user === undefined) throw notFound('user')
  attempt.target = user.username
  return user
}

/** Tells every server process that the access of these users changed, when this commits. */
export async function announce(work: Work, ids: readonly string[]): Promise<void> {
  await work.platform.signals.send(work.tx, 'access', { users: ids })
}

/** `me` is the caller. */
export function resolve(context: Context, id: string): string {
  return id === 'me' ? context.principal.user.id : id
}

/** What says something about a new password means nothing without one, and is not dropped silently. */
function demandPasswordBeside(changes: UserChanges): void {
  if (changes.password != null) return
  for (const field of ['old_password', 'temporary_password'] as const) {
    if (changes[field] != null) throw invalid(field, 'Send it together with a new password')
  }
}

function highest(roles: readonly SiteRole[]): SiteRole {
  return roles.reduce((high, role) => (outranks(role, high) ? role : high))
}

function onlyPassword(changes: UserChanges): boolean {
  return Object.entries(changes).every(
    ([field, value]) => value == null || field === 'password' || field === 'old_password',
  )
}

function definedOf<T extends object, K extends keyof T>(
  values: T,
  fields: readonly K[],
): { [F in K]?: NonNullable<T[F]> } {
  const entries = fields.map((field) => [field, values[field]] as const)
  return Object.fromEntries(entries.filter(([, value]) => value != null)) as {
    [F in K]?: NonNullable<T[F]>
  }
}

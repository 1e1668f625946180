import {
  compareRoles,
  decide,
  effectiveMarks,
  isKeyScope,
  type Mark,
  type Resource,
  roleOptions,
  type SiteRole,
} from '@atelier/access'
import type { RoleOption, RolePreview } from '@atelier/api'
import type { z } from 'zod'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, subjectOf } from '../context.ts'
import type { Db, Tx } from '../db/schema.ts'
import { Fault, notFound } from '../faults.ts'
import { sessionsOf, type StoredSession } from '../sessions/of-user.ts'
import { reauthenticate } from '../sessions/reauthenticate.ts'
import * as rules from './rules.ts'
import { announce, getUser, lockTarget, userAttempt } from './service.ts'
import * as users from './store.ts'
import { targetOf, type UserRecord } from './user.ts'

type Preview = z.infer<typeof RolePreview>

/** The four site roles, and which of them the caller may give this user. */
export async function listRoleOptions(
  context: Context,
  id: string,
): Promise<z.infer<typeof RoleOption>[]> {
  const user = await getUser(context, id)
  const subject = subjectOf(context)
  return roleOptions(subject, { id: user.id, siteRole: user.site_role }).map((option) => ({
    role: option.role,
    name: option.name,
    meaning: option.meaning,
    current: option.current,
    assignable: option.assignable,
    reason: option.reason ?? null,
  }))
}

/** What this user would gain and lose with another role, their keys included. */
export async function previewRole(context: Context, id: string, role: SiteRole): Promise<Preview> {
  const user = await getUser(context, id)
  const objection =
    role === user.site_role ? undefined : rules.roleObjection(subjectOf(context), user, role)
  return preview(context, user, role, objection?.message ?? null)
}

export interface TransferPreview {
  readonly from: Preview
  readonly to: Preview
  readonly sessions: readonly (StoredSession & { readonly user_id: string })[]
}

/** What a transfer of the site admin role would do to both sides (3.5). */
export async function previewTransfer(context: Context, id: string): Promise<TransferPreview> {
  const { db, clock } = context.platform
  const admin = await users.findUser(db, context.principal.user.id)
  const user = await users.findUser(db, id)
  if (admin === undefined || user === undefined) throw notFound('user')
  authorize(context, 'update', targetOf(user), 'user', 'all')
  rules.demandNo(rules.transferObjection(subjectOf(context), user))
  const sessions = await Promise.all(
    [admin, user].map(async ({ id: userId }) =>
      (await sessionsOf(db, userId, clock.now())).map((session) => ({
        ...session,
        user_id: userId,
      })),
    ),
  )
  return {
    from: await preview(context, admin, 'site-manager', null),
    to: await preview(context, user, 'site-admin', null),
    sessions: sessions.flat(),
  }
}

/** Hands the site admin role over, in one transaction; the caller becomes a site manager (3.5). */
export async function transferSiteAdmin(
  context: Context,
  id: string,
  password: string,
): Promise<{ siteAdmin: UserRecord; former: UserRecord }> {
  const { platform, principal } = context
  const self = principal.user.id
  // Whoever may not transfer anyway is refused for that, and learns nothing of their password.
  const proof = rules.mayTransfer(subjectOf(context))
    ? await reauthenticate(context, password)
    : undefined
  const attempt = userAttempt('write', id)
  const result = await change(context, attempt, [self, id], async (work) => {
    const { tx } = work
    const user = await lockTarget(work, attempt, id)
    const admin = await users.findUser(tx, self)
    if (admin === undefined) throw notFound('user')
    authorize(work, 'update', targetOf(user), 'user', 'all')
    rules.demandNo(rules.transferObjection(subjectOf(work), user))
    if (proof?.matches !== true || !(await proof.stillHolds(tx))) {
      throw new Fault('user.wrong_password', 'Your password is wrong', {
        errors: [{ path: 'password', message: 'This is not your password' }],
        denied: true,
      })
    }

    const now = work.platform.clock.now()
    // The old one first: the database refuses a second site admin even for a moment.
    const former = await users.updateUser(tx, self, { site_role: 'site-manager' }, now)
    const siteAdmin = await users.updateUser(tx, user.id, { site_role: 'site-admin' }, now)
    await recordAudit(work, {
      ...attempt,
      diff: {
        ...diffOf({ role: user.site_role }, { role: 'site-admin' as const }),
        site_admin: { before: admin.username, after: user.username },
      },
    })
    await announce(work, [self, user.id])
    return { siteAdmin, former }
  })
  await platform.signals.settle()
  return result
}

async function preview(
  context: Context,
  user: UserRecord,
  after: SiteRole,
  reason: string | null,
): Promise<Preview> {
  const { db, clock } = context.platform
  const { gained, lost } = compareRoles(user.site_role, after)
  const sessions = await sessionsOf(db, user.id, clock.now())
  // Reading a user is not reading their keys: names and scopes tell what their programs do.
  const keysShown = decide(subjectOf(context), 'read', {
    resource: 'api_keys',
    ownerId: user.id,
  }).allowed
  return {
    user_id: user.id,
    before: user.site_role,
    after,
    allowed: reason === null,
    reason,
    gained: gained.map(({ resource, mark }) => ({ resource, mark })),
    lost: lost.map(({ resource, mark }) => ({ resource, mark })),
    keys: keysShown ? await keysAndLosses(db, user, after) : [],
    keys_shown: keysShown,
    sessions: sessions.length,
  }
}

/** The marks that each operation of a key scope can use. */
const marksOf: Readonly<Record<string, readonly Mark[]>> = {
  create: ['C'],
  read: ['Ra', 'Ro'],
  list: ['L', 'Ra'],
  update: ['Ua', 'Uo'],
  delete: ['Da', 'Do'],
}

async function keysAndLosses(db: Db | Tx, user: UserRecord, after: SiteRole) {
  const keys = await db
    .selectFrom('api_keys')
    .where('user_id', '=', user.id)
    .select(['id', 'name', 'scopes'])
    .orderBy('name')
    .execute()
  const lostMarks = compareRoles(user.site_role, after).lost
  const lostScopes = [
    ...new Set(
      lostMarks.flatMap(({ resource, mark }) =>
        Object.entries(marksOf)
          .filter(
            ([, marks]) => marks.includes(mark) && !marks.some((m) => keeps(after, resource, m)),
          )
          .map(([operation]) => `${resource}:${operation}`),
      ),
    ),
  ].filter(isKeyScope)
  return keys.map((key) => ({
    id: key.id,
    name: key.name,
    scopes: key.scopes,
    loses: lostScopes.filter((scope) => key.scopes === null || key.scopes.includes(scope)),
  }))
}

function keeps(role: SiteRole, resource: Resource, mark: Mark): boolean {
  return effectiveMarks(role, resource).includes(mark)
}

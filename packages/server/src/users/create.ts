import { assignSiteRoleToNewUser, decide, type SiteRole } from '@atelier/access'
import { diffOf, masked, recordAudit } from '../audit/record.ts'
import {
  authorize,
  change,
  type Context,
  presentMissing,
  subjectOf,
  type Work,
} from '../context.ts'
import { Fault, refusal } from '../faults.ts'
import * as memberships from '../organizations/memberships.ts'
import { demandStrongPassword } from '../sessions/password-policy.ts'
import { newTemporaryPassword } from '../sessions/passwords.ts'
import { addUser } from './new-user.ts'
import * as users from './store.ts'
import type { UserRecord } from './user.ts'

export interface NewUser {
  readonly name: string
  readonly username: string
  readonly email: string
  readonly password?: string | undefined
  readonly temporaryPassword?: boolean | undefined
  readonly organizations?: readonly string[] | undefined
  readonly role?: SiteRole | undefined
}

/** Creates a user; without a password a temporary one is made and answered, once. */
export async function createUser(
  context: Context,
  input: NewUser,
): Promise<{ user: UserRecord; password: string | null }> {
  const attempt = newUserAttempt(input)
  const secret = await newSecret(context, input)
  const user = await change(context, attempt, [], (work) => insertNewUser(work, input, secret))
  return { user, password: secret.shown }
}

/** What the audit log says of an attempt to create this user. */
export function newUserAttempt(input: NewUser) {
  return {
    action: 'create' as const,
    resourceType: 'user' as const,
    resourceId: '',
    target: input.username,
  }
}

interface NewSecret {
  readonly hash: string
  readonly shown: string | null
  readonly temporary: boolean
}

/** Hashes the chosen or a temporary password, before the transaction: it takes a core for a while. */
export async function newSecret(context: Context, input: NewUser): Promise<NewSecret> {
  if (input.password !== undefined) {
    demandStrongPassword(input.password, [input.name, input.username, input.email])
  }
  const password = input.password ?? newTemporaryPassword()
  return {
    hash: await context.platform.passwords.hash(password),
    shown: input.password === undefined ? password : null,
    temporary: input.temporaryPassword ?? input.password === undefined,
  }
}

/** Creates a user within a transaction: decision, rules, rows, audit entry. */
export async function insertNewUser(
  work: Work,
  input: NewUser,
  secret: NewSecret,
): Promise<UserRecord> {
  const { tx, platform } = work
  authorize(work, 'create', { resource: 'users' }, 'user')

  const role = input.role ?? 'site-member'
  const subject = subjectOf(work)
  const assignment = assignSiteRoleToNewUser(subject.siteRole, role)
  if (!assignment.allowed) {
    throw refusal(
      assignment.refusal === 'outranked' ? 'access.outranked' : 'user.role_by_site_admin_only',
      assignment.reason,
    )
  }

  const now = platform.clock.now()
  const id = await addUser(tx, platform, {
    name: input.name,
    username: input.username,
    email: input.email,
    site_role: role,
    password_hash: secret.hash,
    temporary_password: secret.temporary,
  })
  await joinOrganizations(work, id, input.organizations, now)

  const user = await users.findUser(tx, id)
  if (user === undefined) throw new Error('the new user is gone')
  await recordAudit(work, {
    ...newUserAttempt(input),
    resourceId: id,
    diff: {
      ...diffOf(
        {},
        {
          name: user.name,
          username: user.username,
          email: user.email,
          role,
          temporary_password: secret.temporary,
          organizations: user.organizations.map((organization) => organization.name),
        },
      ),
      password: { before: null, after: masked },
    },
  })
  return user
}

async function joinOrganizations(
  work: Work,
  userId: string,
  chosen: readonly string[] | undefined,
  now: Date,
): Promise<void> {
  for (const id of chosen ?? []) {
    const target = { resource: 'org_members', organizationIds: [id] } as const
    const decision = decide(subjectOf(work), 'create', target)
    if (decision.allowed) continue
    throw new Fault('access.denied', 'You may not add members to one of the organizations', {
      missing: presentMissing(decision.missing),
      denied: true,
    })
  }
  await memberships.joinOrganizations(work.tx, userId, chosen, now)
}

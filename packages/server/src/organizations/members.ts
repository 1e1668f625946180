import { decide, type OrganizationRole } from '@atelier/access'
import { diffOf, recordAudit } from '../audit/record.ts'
import {
  authorize,
  authorizeAlso,
  change,
  type Context,
  presentMissing,
  subjectOf,
  type Work,
} from '../context.ts'
import type { AuditDiff } from '../db/schema.ts'
import { Fault, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { demandNo } from '../users/rules.ts'
import { announce, lockTarget as lockUser, resolve } from '../users/service.ts'
import { deleteWorkspacesOf, lockOwnedIn } from '../workspaces/of-user.ts'
import { workspaceOf } from '../workspaces/workspace.ts'
import { demandVisible, lockAround } from './inside.ts'
import * as members from './member-store.ts'
import { type MemberRecord, targetIn } from './organization.ts'
import * as rules from './rules.ts'
import * as organizations from './store.ts'

/** The members of an organization that a caller may list and a query finds. */
export interface MemberList {
  page(limit: number, after: Cursor | undefined): Promise<Page<MemberRecord>>
  /** Capped. */
  count(): Promise<number>
}

/** Opens the list of the members of an organization for a caller who may list them. */
export async function openMembers(
  context: Context,
  organizationId: string,
  query: { readonly q?: string | undefined; readonly role?: OrganizationRole | undefined },
): Promise<MemberList> {
  const { db } = context.platform
  demandVisible(context, await organizations.findOrganization(db, organizationId))
  authorize(context, 'list', targetIn('org_members', organizationId), 'member')
  const users = targetIn('users', organizationId)
  const scope = { ...query, byEmail: decide(subjectOf(context), 'read', users).allowed }
  return {
    page: (limit, after) => members.listMembers(db, organizationId, scope, limit, after),
    count: () => members.countMembers(db, organizationId, scope),
  }
}

/** Adds an active user; another role than the default one takes the right to change roles. */
export async function addMember(
  context: Context,
  organizationId: string,
  user: string,
  role: OrganizationRole | undefined,
): Promise<MemberRecord> {
  const userId = resolve(context, user)
  const added = await changeMember(context, 'create', organizationId, userId, async (change) => {
    const { work, organization } = change
    const given = role ?? organization.default_role
    if (given !== organization.default_role) demandRoleChoice(work, organizationId)
    const joining = await lockUser(work, { target: '' }, userId)
    change.name(joining.username)
    demandNo(rules.additionObjection(subjectOf(work), joining))
    const now = work.platform.clock.now()
    await members.insertMember(work.tx, {
      organization_id: organizationId,
      user_id: userId,
      role: given,
      roles_updated_at: now,
      created_at: now,
    })
    return diffOf({}, { organization: organization.name, role: given })
  })
  if (added === undefined) throw new Error('the new member is gone')
  return added
}

/** Gives a member another organization role (access-control.md 3.8). */
export async function changeMemberRole(
  context: Context,
  organizationId: string,
  user: string,
  role: OrganizationRole,
): Promise<MemberRecord> {
  const userId = resolve(context, user)
  const changed = await changeMember(context, 'update', organizationId, userId, async (change) => {
    const { work } = change
    const member = demandMember(change.member)
    demandNo(rules.memberRoleObjection(subjectOf(work), member))
    await members.setRole(work.tx, organizationId, userId, role, work.platform.clock.now())
    return diffOf({ role: member.organization_role }, { role })
  })
  if (changed === undefined) throw new Error('the changed member is gone')
  return changed
}

/** Removes a member; the next request of that user is judged without the membership (4.5). */
export async function removeMember(
  context: Context,
  organizationId: string,
  user: string,
  deletesWorkspaces: boolean,
): Promise<void> {
  const userId = resolve(context, user)
  await changeMember(context, 'delete', organizationId, userId, async (change) => {
    const { work, organization } = change
    const member = demandMember(change.member)
    demandNo(rules.removalObjection(subjectOf(work), member))
    const owned = await lockOwnedIn(work.tx, userId, organizationId)
    if (!deletesWorkspaces) demandNo(rules.ownsWorkspaces(member, owned))
    else if (owned.length > 0) await deleteOwned(work, organizationId, userId)
    await members.deleteMember(work.tx, organizationId, userId)
    return {
      organization: { before: organization.name, after: null },
      role: { before: member.organization_role, after: null },
    }
  })
}

/** Deleting somebody's workspaces takes the right to; the entry of the removal names its own again. */
async function deleteOwned(work: Work, organizationId: string, userId: string): Promise<void> {
  const { grant } = work
  authorizeAlso(
    work,
    'delete',
    workspaceOf(userId, organizationId),
    'You may not delete the workspaces of this member: have them deleted first',
  )
  await deleteWorkspacesOf(
    work,
    userId,
    'The owner was removed from the organization',
    organizationId,
  )
  work.grant = grant
}

interface MemberChange {
  readonly work: Work
  readonly organization: { readonly name: string; readonly default_role: OrganizationRole }
  /** Undefined for a user who is not in the organization. */
  readonly member: MemberRecord | undefined
  /** Names the user in the audit log. */
  name(username: string): void
}

const actionOf = { create: 'create', update: 'write', delete: 'delete' } as const

/** One locked change of one membership; `body` answers the diff. Answers the member afterwards. */
async function changeMember(
  context: Context,
  operation: 'create' | 'update' | 'delete',
  organizationId: string,
  userId: string,
  body: (change: MemberChange) => Promise<AuditDiff>,
): Promise<MemberRecord | undefined> {
  const attempt = {
    action: actionOf[operation],
    resourceType: 'org_member' as const,
    resourceId: userId,
    target: '',
  }
  const changed = await change(context, attempt, [userId], async (work) => {
    const organization = await lockAround(work, organizationId)
    const name = (username: string): void => {
      attempt.target = `${username} in ${organization.name}`
    }
    const member = await members.findMember(work.tx, organizationId, userId)
    name(member?.username ?? userId)
    authorize(work, operation, targetIn('org_members', organizationId), 'member')
    const diff = await body({ work, organization, member, name })
    await recordAudit(work, { ...attempt, diff })
    await announce(work, [userId])
    return members.findMember(work.tx, organizationId, userId)
  })
  await context.platform.signals.settle()
  return changed
}

function demandMember(member: MemberRecord | undefined): MemberRecord {
  if (member === undefined) throw notFound('member')
  return member
}

/** Adding somebody with a chosen role is adding them and changing their role. */
function demandRoleChoice(work: Work, organizationId: string): void {
  const decision = decide(subjectOf(work), 'update', targetIn('org_members', organizationId))
  if (decision.allowed) return
  throw new Fault(
    'access.denied',
    'You may add members only with the default role of the organization: leave the role out',
    { missing: presentMissing(decision.missing), denied: true },
  )
}

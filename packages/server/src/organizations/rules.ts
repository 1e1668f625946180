import { holdsMark, type Subject } from '@atelier/access'
import { refusal } from '../faults.ts'
import { type Objection, outranked } from '../users/rules.ts'
import type { UserRecord } from '../users/user.ts'
import type { OrganizationRecord } from './organization.ts'

/** New users must always find an organization: the last default one stays, and stays default (4.6). */
export function lastDefault(
  organization: Pick<OrganizationRecord, 'name' | 'is_last_default'>,
  what: 'deleted' | 'unset',
): Objection {
  if (!organization.is_last_default) return undefined
  return refusal(
    'organization.last_default',
    what === 'deleted'
      ? `${organization.name} is the last default organization: make another one default before you delete it`
      : `${organization.name} is the last default organization: make another one default first`,
  )
}

/** Section 3.8: nobody changes their own organization role by a right that the role itself gives. */
export function memberRoleObjection(actor: Subject, member: UserRecord): Objection {
  if (actor.id === member.id && !managesEveryOrganization(actor)) {
    return refusal(
      'member.own_role',
      'Nobody changes their own organization role: ask another super manager or a site manager',
    )
  }
  return outranked(actor, member)
}

/** Whether a member may be removed, whatever they own in the organization. */
export function removalObjection(actor: Subject, member: UserRecord): Objection {
  return outranked(actor, member)
}

/** Section 4.5: whoever owns workspaces in the organization stays, unless those shall be deleted too. */
export function ownsWorkspaces(
  member: Pick<UserRecord, 'name'>,
  owned: readonly { readonly id: string; readonly name: string }[],
): Objection {
  if (owned.length === 0) return undefined
  const names = owned.map(({ name }) => name).join(', ')
  return refusal(
    'member.owns_workspaces',
    `${member.name} owns workspaces here: ${names}. Have them deleted together with the membership, or delete them first`,
    { workspaces: owned.map(({ id, name }) => ({ id, name })) },
  )
}

/** Workspaces are not moved, and homes are not lost with an organization. */
export function hasWorkspaces(
  organization: Pick<OrganizationRecord, 'name' | 'workspace_count'>,
): Objection {
  const { name, workspace_count: count } = organization
  if (count === 0) return undefined
  const what = count === 1 ? 'a workspace' : `${count} workspaces`
  return refusal('organization.in_use', `${name} has ${what}: have them deleted first`)
}

/** Whether an organization may be deleted. */
export function deletionObjection(organization: OrganizationRecord): Objection {
  return lastDefault(organization, 'deleted') ?? hasWorkspaces(organization)
}

/** Being added is a change to that user too: it opens their record to the organization's managers. */
export function additionObjection(actor: Subject, user: UserRecord): Objection {
  const objection = outranked(actor, user)
  if (objection !== undefined) return objection
  if (user.status === 'active') return undefined
  return refusal('user.not_active', `${user.name} is suspended: reactivate them first`)
}

function managesEveryOrganization(actor: Subject): boolean {
  return holdsMark({ ...actor, organizationRoles: {} }, 'Ua', 'org_members')
}

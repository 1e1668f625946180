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

/**
 * Whether a member may be removed. What members own in the organization is asked about here (4.5);
 * there is nothing yet that somebody could own in one.
 */
export function removalObjection(actor: Subject, member: UserRecord): Objection {
  return outranked(actor, member)
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

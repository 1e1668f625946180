import {
  assignSiteRole,
  outranks,
  type Refusal,
  type SiteRole,
  type Subject,
} from '@atelier/access'
import type { ProblemCode } from '@atelier/api'
import { type Fault, refusal } from '../faults.ts'
import type { UserRecord } from './user.ts'

/** The rules of access-control.md 3 and 4 about one user acting on another; undefined: no objection. */
export type Objection = Fault | undefined

/** The rank guard (4.1): asked before every change to another user. */
export function outranked(actor: Subject, target: UserRecord): Objection {
  if (actor.id === target.id || !outranks(target.site_role, actor.siteRole)) return undefined
  return refusal(
    'access.outranked',
    `${target.name} has a higher role than you: ask the site admin`,
  )
}

const codes: Readonly<Record<Refusal, ProblemCode>> = {
  own_role: 'user.own_role',
  site_admin_not_assignable: 'user.site_admin_not_assignable',
  target_is_site_admin: 'user.site_admin_protected',
  site_manager_by_site_admin_only: 'user.role_by_site_admin_only',
  outranked: 'access.outranked',
}

/** Section 3.1 to 3.3: who gives which role to whom. */
export function roleObjection(actor: Subject, target: UserRecord, role: SiteRole): Objection {
  const assignment = assignSiteRole(actor, { id: target.id, siteRole: target.site_role }, role)
  return assignment.allowed ? undefined : refusal(codes[assignment.refusal], assignment.reason)
}

/** Whether the caller may change this user's role to any other. */
export function anyRoleObjection(actor: Subject, target: UserRecord): Objection {
  const other: SiteRole = target.site_role === 'site-auditor' ? 'site-member' : 'site-auditor'
  return roleObjection(actor, target, other)
}

/** Section 4.2: the site admin is neither suspended nor deleted, by anybody. */
export function siteAdminProtected(target: UserRecord, what: 'suspended' | 'deleted'): Objection {
  if (target.site_role !== 'site-admin') return undefined
  return refusal(
    'user.site_admin_protected',
    `The site admin cannot be ${what}: transfer the role to somebody else first`,
  )
}

export function suspendObjection(actor: Subject, target: UserRecord): Objection {
  return (
    siteAdminProtected(target, 'suspended') ??
    outranked(actor, target) ??
    (actor.id === target.id
      ? refusal(
          'user.own_account',
          'You cannot suspend your own account: ask another administrator',
        )
      : undefined) ??
    (target.status === 'suspended'
      ? refusal('user.already', `${target.name} is suspended already`)
      : undefined)
  )
}

export function reactivateObjection(actor: Subject, target: UserRecord): Objection {
  return (
    outranked(actor, target) ??
    (target.status === 'active'
      ? refusal('user.already', `${target.name} is active already`)
      : undefined)
  )
}

export function deleteObjection(actor: Subject, target: UserRecord): Objection {
  return siteAdminProtected(target, 'deleted') ?? outranked(actor, target)
}

export function resetPasswordObjection(actor: Subject, target: UserRecord): Objection {
  if (actor.id === target.id) {
    return refusal('user.own_account', 'Change your own password under Account instead')
  }
  return outranked(actor, target) ?? builtInOnly(target)
}

/** Passwords belong to built-in accounts; the others sign in elsewhere. */
export function builtInOnly(target: UserRecord): Objection {
  if (target.login_type === 'built-in') return undefined
  return refusal(
    'user.login_type',
    `${target.name} signs in with ${target.login_type}, not a password`,
  )
}

/** Transfer is offered to nobody but the site admin. */
export function mayTransfer(actor: Subject): boolean {
  return actor.siteRole === 'site-admin'
}

/** Section 3.5: the role goes from the site admin to another active user. */
export function transferObjection(actor: Subject, target: UserRecord): Objection {
  if (!mayTransfer(actor)) {
    return refusal('access.outranked', 'Only the site admin hands over the site admin role')
  }
  if (actor.id === target.id) {
    return refusal(
      'transfer.target_invalid',
      'You are the site admin already: choose somebody else',
    )
  }
  if (target.status !== 'active' || target.temporary_password) {
    return refusal(
      'transfer.target_invalid',
      `${target.name} must be active and have chosen a password first`,
    )
  }
  return undefined
}

/** Throws the objection, if there is one. */
export function demandNo(objection: Objection): void {
  if (objection !== undefined) throw objection
}

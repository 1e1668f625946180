/** The rules about site roles themselves: no mark says them, and they are written nowhere else. */

import { effectiveMarks } from './marks.ts'
import { roleMeanings, roleNames, type SiteRole, siteRoles } from './tables.ts'

export interface RoleHolder {
  readonly id: string
  readonly siteRole: SiteRole
}

export type Refusal =
  | 'own_role'
  | 'site_admin_not_assignable'
  | 'target_is_site_admin'
  | 'site_manager_by_site_admin_only'
  | 'outranked'

export interface Refused {
  readonly allowed: false
  readonly refusal: Refusal
  /** A sentence that says what to do next. */
  readonly reason: string
}

export type Assignment = { readonly allowed: true } | Refused

export interface RoleOption {
  readonly role: SiteRole
  readonly name: string
  readonly meaning: string
  readonly current: boolean
  readonly assignable: boolean
  readonly reason?: string
}

const allowed: Assignment = Object.freeze({ allowed: true })

const reasons: Readonly<Record<Refusal, string>> = {
  own_role: 'Nobody changes their own role: ask another administrator to change it.',
  site_admin_not_assignable:
    'The site admin role cannot be assigned: hand it over with a transfer instead.',
  target_is_site_admin:
    "The site admin's role cannot be changed: the site admin has to transfer it to somebody first.",
  site_manager_by_site_admin_only:
    'Only the site admin makes or unmakes site managers: ask the site admin to do it.',
  outranked: 'This is above your own role: ask the site admin to do it.',
}

/** Nor can the site admin assign it, which whoever is told to ask them should know. */
const siteAdminAboveYou =
  'The site admin role is above your own: only the site admin hands it over, with a transfer.'

/** The rank guard: tells whether a target stands higher than the actor, who may then not touch it. */
export function outranks(targetRole: SiteRole, actorRole: SiteRole): boolean {
  return siteRoles.indexOf(targetRole) < siteRoles.indexOf(actorRole)
}

/** Says whether the actor may give the target a site role, and if not, what to do instead. */
export function assignSiteRole(actor: RoleHolder, target: RoleHolder, role: SiteRole): Assignment {
  if (actor.id === target.id) return refuse('own_role')
  if (target.siteRole === 'site-admin') return refuse('target_is_site_admin')
  if (role === 'site-admin') {
    return actor.siteRole === 'site-admin'
      ? refuse('site_admin_not_assignable')
      : refuse('outranked', siteAdminAboveYou)
  }
  if (!effectiveMarks(actor.siteRole, 'users').includes('Ua')) return refuse('outranked')
  return managersByAdmin(actor.siteRole, target.siteRole, role)
}

/** Says whether the actor may create a user with a site role, and if not, what to do instead. */
export function assignSiteRoleToNewUser(actorRole: SiteRole, role: SiteRole): Assignment {
  if (role === 'site-admin') {
    return actorRole === 'site-admin'
      ? refuse('site_admin_not_assignable')
      : refuse('outranked', siteAdminAboveYou)
  }
  if (!effectiveMarks(actorRole, 'users').includes('C')) return refuse('outranked')
  return managersByAdmin(actorRole, role)
}

/** Tells whether the actor may create a user with a site role; Members by anyone who may create. */
export function mayCreateWithRole(actorRole: SiteRole, role: SiteRole): boolean {
  return assignSiteRoleToNewUser(actorRole, role).allowed
}

/** Lists all four site roles as choices for the target, each refused one with its reason. */
export function roleOptions(actor: RoleHolder, target: RoleHolder): readonly RoleOption[] {
  return siteRoles.map((role) => {
    const assignment = assignSiteRole(actor, target, role)
    return {
      role,
      name: roleNames[role],
      meaning: roleMeanings[role],
      current: role === target.siteRole,
      assignable: assignment.allowed,
      ...(!assignment.allowed && { reason: assignment.reason }),
    }
  })
}

/** Becoming a site manager and ceasing to be one are the site admin's alone. */
function managersByAdmin(actorRole: SiteRole, ...touched: readonly SiteRole[]): Assignment {
  return actorRole !== 'site-admin' && touched.includes('site-manager')
    ? refuse('site_manager_by_site_admin_only')
    : allowed
}

function refuse(refusal: Refusal, reason: string = reasons[refusal]): Refused {
  return { allowed: false, refusal, reason }
}

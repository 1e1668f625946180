import { assignSiteRoleToNewUser, roleMeanings, roleNames, siteRoles } from '@atelier/access'
import type { Session } from '../session/session.ts'

/** What a new user is unless somebody says otherwise: the lowest role. */
export const newUserRole = siteRoles[3]

/** The four site roles as choices for a new user, each refused one with its reason. */
export function newUserRoles(session: Session) {
  return siteRoles.map((role) => {
    const assignment = assignSiteRoleToNewUser(session.user.role, role)
    return {
      role,
      name: roleNames[role],
      meaning: roleMeanings[role],
      assignable: assignment.allowed,
      reason: assignment.allowed ? null : assignment.reason,
    }
  })
}

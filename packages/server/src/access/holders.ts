import { decide, type Mark, type Resource, rolesHolding } from '@atelier/access'
import { type Context, denied, subjectOf } from '../context.ts'
import { countByRole } from '../users/store.ts'
import { countMembersByRole } from './store.ts'

/** Which roles hold a mark, and how many have each; for those who read all users. */
export async function listHolders(context: Context, resource: Resource, mark: Mark) {
  const decision = decide(subjectOf(context), 'read', { resource: 'users' })
  if (!decision.allowed) throw denied(decision.missing, 'count of the users of each role')

  const { db } = context.platform
  const roles = rolesHolding(resource, mark)
  const [users, members] = await Promise.all([countByRole(db), countMembersByRole(db)])
  return {
    site: roles.site.map((role) => ({
      role,
      users: users.find((count) => count.role === role)?.users ?? 0,
    })),
    organization: roles.organization.map((role) => ({
      role,
      members: members.find((count) => count.role === role)?.members ?? 0,
    })),
  }
}

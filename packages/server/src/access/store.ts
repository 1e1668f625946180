import type { OrganizationRole } from '@atelier/access'
import { sql } from 'kysely'
import type { Db } from '../db/schema.ts'

/** How many memberships hold each organization role, in all organizations together. */
export async function countMembersByRole(
  db: Db,
): Promise<{ role: OrganizationRole; members: number }[]> {
  return db
    .selectFrom('organization_members')
    .innerJoin('users', 'users.id', 'organization_members.user_id')
    .where('users.status', '<>', 'deleting')
    .groupBy('organization_members.role')
    .select(['organization_members.role as role', sql<number>`count(*)::int`.as('members')])
    .execute()
}

import type { Tx } from '../db/schema.ts'
import { invalid } from '../faults.ts'
import { isUuid } from '../platform/ids.ts'

/** Adds a user to the chosen organizations, or to the default ones, each with its default role. */
export async function joinOrganizations(
  tx: Tx,
  userId: string,
  chosen: readonly string[] | undefined,
  now: Date,
): Promise<void> {
  const organizations = await tx
    .selectFrom('organizations')
    .select(['id', 'default_role'])
    .where((is) =>
      chosen === undefined
        ? is('is_default', '=', true)
        : is('id', '=', is.fn.any(is.val(chosen.filter(isUuid)))),
    )
    .orderBy('id')
    .forShare()
    .execute()
  if (chosen !== undefined && organizations.length !== new Set(chosen).size) {
    throw invalid('organizations', 'One of the organizations does not exist')
  }
  if (organizations.length === 0) return
  await tx
    .insertInto('organization_members')
    .values(
      organizations.map((organization) => ({
        organization_id: organization.id,
        user_id: userId,
        role: organization.default_role,
        roles_updated_at: now,
        created_at: now,
      })),
    )
    .execute()
}

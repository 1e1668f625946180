import type { Selectable } from 'kysely'
import { type Context, subjectOf, type Work } from '../context.ts'
import type { OrganizationsTable } from '../db/schema.ts'
import { Fault, notFound } from '../faults.ts'
import * as organizations from './store.ts'
import { seesOrganization } from './visibility.ts'

/**
 * Locks an organization against deletion while something in it is changed; 404 where there is none
 * and where the caller must not learn that there is one.
 */
export async function lockAround(work: Work, id: string): Promise<Selectable<OrganizationsTable>> {
  const organization = await organizations.lockForMembers(work.tx, id)
  demandVisible(work, organization)
  return organization
}

/** Locks an organization so that what counts against its limits comes one after the other. */
export async function lockLimits(
  { tx }: Work,
  id: string,
): Promise<Selectable<OrganizationsTable>> {
  const organization = await organizations.lockForQuota(tx, id)
  if (organization === undefined) throw notFound('organization')
  return organization
}

/** The same, and 404 for whom the organization does not exist. */
export async function lockForWorkspaces(
  work: Work,
  id: string,
): Promise<Selectable<OrganizationsTable>> {
  const organization = await organizations.lockForQuota(work.tx, id)
  demandVisible(work, organization)
  return organization
}

/**
 * 404 for an organization that the caller's roles do not show them: what lies inside must not tell
 * that it exists.
 */
export function demandVisible<T extends { readonly id: string }>(
  context: Context,
  organization: T | undefined,
): asserts organization is T {
  if (organization === undefined) throw notFound('organization')
  if (seesOrganization(subjectOf(context), organization.id)) return
  const hidden = notFound('organization')
  throw new Fault(hidden.code, hidden.message, { denied: true })
}

import { decide, filterFor, type OrganizationRole } from '@atelier/access'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, denied, subjectOf, type Work } from '../context.ts'
import { demandVersion, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { newId } from '../platform/ids.ts'
import { demandNo } from '../users/rules.ts'
import { addBeginnings } from './beginnings.ts'
import * as memberStore from './member-store.ts'
import { type MemberRecord, type OrganizationRecord, targetIn } from './organization.ts'
import * as rules from './rules.ts'
import * as organizations from './store.ts'

/** Which members come with an organization. */
export type WantedMembers = 'true' | 'first' | 'false'

export interface OrganizationAndMembers {
  readonly organization: OrganizationRecord
  readonly members: readonly MemberRecord[]
}

/** One page of the organizations whom the caller may see; none for who is in none. */
export async function listOrganizations(
  context: Context,
  q: string | undefined,
  wanted: WantedMembers,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<OrganizationAndMembers>> {
  const { db } = context.platform
  const page = await organizations.listOrganizations(db, filterOf(context), q, limit, after)
  return { items: await withMembers(context, page.items, wanted), next: page.next }
}

/** How many organizations the caller may see, capped. */
export async function countOrganizations(context: Context, q: string | undefined): Promise<number> {
  return organizations.countOrganizations(context.platform.db, filterOf(context), q)
}

function filterOf(context: Context) {
  const filter = filterFor(subjectOf(context), 'list', 'organizations')
  // Somebody without organizations sees an empty list; a key without the scope is refused.
  if (filter.kind === 'none' && filter.missing.keyScope !== undefined) {
    throw denied(filter.missing, 'list of organizations')
  }
  return filter
}

/** One organization. */
export async function getOrganization(
  context: Context,
  id: string,
  wanted: WantedMembers,
): Promise<OrganizationAndMembers> {
  const organization = await organizations.findOrganization(context.platform.db, id)
  if (organization === undefined) throw notFound('organization')
  authorize(context, 'read', targetIn('organizations', id), 'organization')
  const [found] = await withMembers(context, [organization], wanted)
  return found ?? { organization, members: [] }
}

/** Adds to each organization those of its members that were asked for and the caller may list. */
async function withMembers(
  context: Context,
  found: readonly OrganizationRecord[],
  wanted: WantedMembers,
): Promise<OrganizationAndMembers[]> {
  const subject = subjectOf(context)
  const { db } = context.platform
  const ids = found
    .map(({ id }) => id)
    .filter((id) => decide(subject, 'list', targetIn('org_members', id)).allowed)
  const members =
    wanted === 'true'
      ? await memberStore.listMembersOf(db, ids)
      : wanted === 'first'
        ? await memberStore.listFirstMembersOf(db, ids)
        : []
  const byOrganization = new Map<string, MemberRecord[]>(ids.map((id) => [id, []]))
  for (const member of members) byOrganization.get(member.organization_id)?.push(member)
  return found.map((organization) => ({
    organization,
    members: byOrganization.get(organization.id) ?? [],
  }))
}

export interface OrganizationChanges {
  readonly name?: string | null | undefined
  readonly description?: string | null | undefined
  readonly default?: boolean | null | undefined
  readonly default_role?: OrganizationRole | undefined
  readonly auto_off_threshold?: number | null | undefined
  readonly cpu_provisioning_rate?: number | null | undefined
  readonly memory_provisioning_rate?: number | null | undefined
  readonly autostart_days?: readonly number[] | null | undefined
  /** 0 takes a limit away. */
  readonly max_workspaces_per_user?: number | null | undefined
  readonly max_workspaces?: number | null | undefined
  readonly max_cpu_cores?: number | null | undefined
  readonly max_memory_gb?: number | null | undefined
  readonly max_disk_gb?: number | null | undefined
}

const limits = [
  'max_workspaces_per_user',
  'max_workspaces',
  'max_cpu_cores',
  'max_memory_gb',
  'max_disk_gb',
] as const

export interface NewOrganization extends OrganizationChanges {
  readonly name: string
  readonly resource_namespace?: string | null | undefined
}

/** Creates an organization without members, with the default registry while the setting says so. */
export async function createOrganization(
  context: Context,
  input: NewOrganization,
): Promise<OrganizationRecord> {
  const attempt = {
    action: 'create' as const,
    resourceType: 'organization' as const,
    resourceId: '',
    target: input.name,
  }
  return change(context, attempt, [], async (work) => {
    authorize(work, 'create', { resource: 'organizations' }, 'organization')
    const now = work.platform.clock.now()
    const organization = await organizations.insertOrganization(work.tx, {
      id: newId(now),
      ...columnsOf(input),
      name: input.name,
      resource_namespace: input.resource_namespace ?? '',
      created_at: now,
      updated_at: now,
    })
    const beginnings = await addBeginnings(work.tx, work.platform, organization.id)
    await recordAudit(work, {
      ...attempt,
      resourceId: organization.id,
      diff: diffOf({}, { ...fieldsOf(organization), ...beginnings }),
    })
    return organization
  })
}

/** Changes an organization; what is null stays. */
export async function updateOrganization(
  context: Context,
  id: string,
  changes: OrganizationChanges,
  ifMatch?: number,
): Promise<OrganizationRecord> {
  const attempt = organizationAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const organization = await lockTarget(work, attempt, id)
    authorize(work, 'update', targetIn('organizations', id), 'organization')
    demandVersion(organization.version, ifMatch)
    const columns = columnsOf(changes)
    if (organization.is_default && columns.is_default === false) {
      demandNo(rules.lastDefault(organization, 'unset'))
    }
    const diff = diffOf(fieldsOf(organization), fieldsOf({ ...organization, ...columns }))
    const updated =
      Object.keys(diff).length === 0
        ? organization
        : await organizations.updateOrganization(work.tx, id, columns, work.platform.clock.now())
    await recordAudit(work, { ...attempt, diff })
    return updated
  })
}

/** The audit log's view of an attempt on an organization; the name is filled in when it is locked. */
export function organizationAttempt(action: 'write' | 'delete', id: string) {
  return { action, resourceType: 'organization' as const, resourceId: id, target: '' }
}

/** Locks the organization that an attempt is about; 404 when there is none. */
export async function lockTarget(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<OrganizationRecord> {
  const organization = await organizations.lockOrganization(work.tx, id)
  if (organization === undefined) throw notFound('organization')
  attempt.target = organization.name
  return organization
}

/** The columns that a request gives a value; null counts as left out. */
function columnsOf(changes: OrganizationChanges) {
  const columns = {
    name: changes.name,
    description: changes.description,
    is_default: changes.default,
    default_role: changes.default_role,
    auto_off_threshold: changes.auto_off_threshold,
    cpu_provisioning_rate: changes.cpu_provisioning_rate,
    memory_provisioning_rate: changes.memory_provisioning_rate,
    autostart_days:
      changes.autostart_days == null ? null : [...new Set(changes.autostart_days)].sort(),
  }
  const given = Object.entries(columns).filter(([, value]) => value != null)
  return { ...(Object.fromEntries(given) as Given<typeof columns>), ...limitsOf(changes) }
}

type Limits = Partial<Record<(typeof limits)[number], number | null>>

/** The limits that a request names; no limit is null in the database. */
function limitsOf(changes: OrganizationChanges): Limits {
  const named = limits.filter((limit) => changes[limit] != null)
  return Object.fromEntries(named.map((limit) => [limit, changes[limit] || null]))
}

type Given<T> = { [K in keyof T]?: NonNullable<T[K]> }

/** An organization in the words of the API, as the audit log keeps it. */
export function fieldsOf(organization: OrganizationRecord) {
  return {
    name: organization.name,
    description: organization.description,
    default: organization.is_default,
    default_role: organization.default_role,
    auto_off_threshold: organization.auto_off_threshold,
    cpu_provisioning_rate: organization.cpu_provisioning_rate,
    memory_provisioning_rate: organization.memory_provisioning_rate,
    autostart_days: organization.autostart_days,
    max_workspaces_per_user: organization.max_workspaces_per_user,
    max_workspaces: organization.max_workspaces,
    max_cpu_cores: organization.max_cpu_cores,
    max_memory_gb: organization.max_memory_gb,
    max_disk_gb: organization.max_disk_gb,
  }
}

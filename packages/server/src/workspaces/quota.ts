import { type Selectable, sql } from 'kysely'
import type { OrganizationsTable, Tx } from '../db/schema.ts'
import { refusal } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'

export interface Sizes {
  readonly cpu_cores: number
  readonly memory_gb: number
  readonly disk_gb: number
}

export type Limits = Pick<
  Selectable<OrganizationsTable>,
  | 'name'
  | 'max_workspaces_per_user'
  | 'max_workspaces'
  | 'max_cpu_cores'
  | 'max_memory_gb'
  | 'max_disk_gb'
>

interface Totals extends Sizes {
  readonly of_user: number
  readonly of_user_here: number
  readonly here: number
}

/**
 * Throws where another workspace would pass a limit of the site or of its organization. Whoever asks
 * holds the locks of both, the owner's and the organization's, so that of two at once the second one
 * counts the first. Whatever is there counts, running or not: everybody may start what they have.
 */
export async function demandRoom(
  tx: Tx,
  platform: Platform,
  organization: Limits & { readonly id: string },
  ownerId: string,
  more: Sizes,
): Promise<void> {
  const now = await totalsOf(tx, organization.id, ownerId)
  const { max_workspaces_per_user: most } = platform.settings.current()
  demandCount(now.of_user, most, 'A user can have', 'in all')
  const { name } = organization
  demandCount(
    now.of_user_here,
    organization.max_workspaces_per_user,
    'A user can have',
    `in ${name}`,
  )
  demandCount(now.here, organization.max_workspaces, `${name} can have`, 'in all')
  demandSizes(organization, now, more)
}

/** Throws where a workspace that grows would pass a limit of its organization, whose lock is held. */
export async function demandGrowth(
  tx: Tx,
  organization: Limits & { readonly id: string },
  ownerId: string,
  before: Sizes,
  wanted: Sizes,
): Promise<void> {
  const more = {
    cpu_cores: wanted.cpu_cores - before.cpu_cores,
    memory_gb: wanted.memory_gb - before.memory_gb,
    disk_gb: wanted.disk_gb - before.disk_gb,
  }
  demandSizes(organization, await totalsOf(tx, organization.id, ownerId), more)
}

async function totalsOf(tx: Tx, organizationId: string, ownerId: string): Promise<Totals> {
  const { rows } = await sql<Totals>`
    select
      (select count(*)::int from workspaces where user_id = ${ownerId}) as of_user,
      count(*) filter (where user_id = ${ownerId})::int as of_user_here,
      count(*)::int as here,
      coalesce(sum(cpu_cores), 0) as cpu_cores,
      coalesce(sum(memory_gb), 0) as memory_gb,
      coalesce(sum(disk_gb), 0)::int as disk_gb
    from workspaces where organization_id = ${organizationId}`.execute(tx)
  const [totals] = rows
  if (totals === undefined) throw new Error('a sum has no row')
  return totals
}

function demandCount(count: number, limit: number | null, who: string, where: string): void {
  if (limit === null || count < limit) return
  const what = limit === 1 ? 'workspace' : 'workspaces'
  throw refusal(
    'workspace.quota',
    `${who} at most ${limit} ${what} ${where}, and ${count} are there: delete one that is no longer used`,
  )
}

const sizes = [
  ['cpu_cores', 'max_cpu_cores', 'cores'],
  ['memory_gb', 'max_memory_gb', 'GB of memory'],
  ['disk_gb', 'max_disk_gb', 'GB of disk'],
] as const

/** Sums of binary fractions miss by less than this. */
const rounding = 1e-6

function demandSizes(limits: Limits, now: Sizes, more: Sizes): void {
  for (const [size, limit, unit] of sizes) {
    const most = limits[limit]
    // Who does not ask for more is not stopped by a limit that was lowered meanwhile.
    if (most === null || more[size] <= 0 || now[size] + more[size] <= most + rounding) continue
    const left = Math.max(0, Math.round((most - now[size]) * 100) / 100)
    throw refusal(
      'workspace.quota',
      `The workspaces of ${limits.name} can have ${most} ${unit} together, and ${left} are left: choose less, or delete a workspace that is no longer used`,
    )
  }
}

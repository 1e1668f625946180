import {
  type Mark,
  marks,
  type OrganizationRole,
  organizationRoles,
  organizationTable,
  type Resource,
  resources,
  type Role,
  type SiteRole,
  siteRoles,
  siteTable,
} from './tables.ts'

export type Holding = 'published' | 'inherited'

export interface ResourceMark {
  readonly resource: Resource
  readonly mark: Mark
}

export interface RolesHolding {
  readonly site: readonly SiteRole[]
  readonly organization: readonly OrganizationRole[]
}

export interface RoleComparison {
  readonly gained: readonly ResourceMark[]
  readonly lost: readonly ResourceMark[]
}

type MarksByResource = Readonly<Record<Resource, readonly Mark[]>>

const none: readonly Mark[] = Object.freeze([])
const published = new Map<Role, MarksByResource>()
const effective = new Map<Role, MarksByResource>()

/** Each role is read after every lower one, so that it takes on what the next one down holds. */
function readChain(
  chain: readonly Role[],
  table: Readonly<Partial<Record<Resource, readonly string[]>>>,
): void {
  let inherited: MarksByResource | undefined
  for (const [column, role] of [...chain.entries()].reverse()) {
    const own = byResource((resource) => {
      const cell = table[resource]?.[column]?.split(' ') ?? []
      return marks.filter((mark) => cell.includes(mark))
    })
    const below = inherited
    inherited = byResource((resource) =>
      marks.filter(
        (mark) => own[resource].includes(mark) || below?.[resource].includes(mark) === true,
      ),
    )
    published.set(role, own)
    effective.set(role, inherited)
  }
}

function byResource(read: (resource: Resource) => readonly Mark[]): MarksByResource {
  const entries = resources.map((resource) => [resource, Object.freeze(read(resource))] as const)
  return Object.freeze(Object.fromEntries(entries) as Record<Resource, readonly Mark[]>)
}

readChain(siteRoles, siteTable)
readChain(organizationRoles, organizationTable)

/** The marks that the published table gives a role, without what it inherits. */
export function publishedMarks(role: Role, resource: Resource): readonly Mark[] {
  return published.get(role)?.[resource] ?? none
}

/** The marks of a role together with those of every role below it. */
export function effectiveMarks(role: Role, resource: Resource): readonly Mark[] {
  return effective.get(role)?.[resource] ?? none
}

/** Tells whether a role holds a mark by its own table, by a lower role's only, or not at all. */
export function holds(role: Role, resource: Resource, mark: Mark): Holding | undefined {
  if (publishedMarks(role, resource).includes(mark)) return 'published'
  return effectiveMarks(role, resource).includes(mark) ? 'inherited' : undefined
}

/** Names every role that holds exactly this mark, highest first; `all` is not counted as `own`. */
export function rolesHolding(resource: Resource, mark: Mark): RolesHolding {
  return {
    site: siteRoles.filter((role) => effectiveMarks(role, resource).includes(mark)),
    organization: organizationRoles.filter((role) => effectiveMarks(role, resource).includes(mark)),
  }
}

/** Lists what somebody gains and loses by going from one role to another. */
export function compareRoles(before: Role, after: Role): RoleComparison {
  return { gained: difference(after, before), lost: difference(before, after) }
}

function difference(more: Role, less: Role): readonly ResourceMark[] {
  return resources.flatMap((resource) =>
    effectiveMarks(more, resource)
      .filter((mark) => !effectiveMarks(less, resource).includes(mark))
      .map((mark) => ({ resource, mark })),
  )
}

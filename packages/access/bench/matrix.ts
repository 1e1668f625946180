import {
  type Operation,
  operations,
  organizationRoles,
  type Resource,
  resources,
  type Role,
  siteRoles,
  type Subject,
  type Target,
} from '../src/index.ts'
import { naiveAllows, naiveOrganizationMarks, naiveSiteMarks } from '../test/naive.ts'

export const organization = 'organization-1'
export const elsewhere = 'organization-2'
export const another = 'somebody-else'

/** One question of the matrix, with the answer that every engine must give. */
export interface Cell {
  readonly site: number
  /** Place among the organization roles; their number where there is none. */
  readonly membership: number
  readonly resource: number
  readonly operation: number
  readonly own: boolean
  /** Inside the organization of the membership, inside another, or outside all. */
  readonly place: number
  readonly subject: Subject
  readonly asked: Operation
  readonly target: Target
  readonly allowed: boolean
}

const places = [[organization], [elsewhere], undefined] as const

/** The whole matrix: every role alone and together, every resource, operation, owner and place. */
export const cells: readonly Cell[] = siteRoles.flatMap((siteRole, site) =>
  [...organizationRoles, undefined].flatMap((role, membership) => {
    const subject: Subject = {
      id: `${siteRole}/${role ?? 'no organization'}`,
      siteRole,
      organizationRoles: role === undefined ? {} : { [organization]: role },
    }
    return resources.flatMap((resource, row) =>
      operations.flatMap((asked, operation) =>
        [false, true].flatMap((own) =>
          places.map((organizationIds, place) => {
            const ownerId = own ? subject.id : another
            const target: Target = { resource, organizationIds, ownerId }
            const allowed = naiveAllows(subject, asked, target)
            return {
              site,
              membership,
              resource: row,
              operation,
              own,
              place,
              subject,
              asked,
              target,
              allowed,
            }
          }),
        ),
      ),
    )
  }),
)

/** What is known of an object before anybody asks about it, as a database row would tell. */
export interface Row {
  readonly ownerId: string
  readonly organizationIds: readonly string[] | undefined
  readonly organizationId: string | undefined
}

const asked = resources.flatMap((resource) =>
  operations.map((operation) => ({ resource, operation })),
)

/** The same cells in the same order, by who asks: every question about each of their six rows. */
export const groups = [...new Set(cells.map(({ subject }) => subject))].map((subject) => ({
  subject,
  questions: asked,
  rows: [another, subject.id].flatMap((ownerId) =>
    places.map((organizationIds): Row => ({
      ownerId,
      organizationIds,
      organizationId: organizationIds?.[0],
    })),
  ),
}))

/** One line of policy: on whose objects of a resource a role may do something. */
export interface Line {
  readonly role: Role
  readonly resource: Resource
  readonly operation: Operation
  readonly whose: 'any' | 'own' | 'other'
}

/** The published tables as policy lines, without what the next lower role has anyway. */
export const lines: readonly Line[] = [
  ...linesOf(siteRoles, naiveSiteMarks),
  ...linesOf(organizationRoles, naiveOrganizationMarks),
]

/** A role and every lower one: what holding it means. */
export function rolesFrom(role: Role): readonly Role[] {
  const chain: readonly Role[] = role.startsWith('site-') ? siteRoles : organizationRoles
  return chain.slice(chain.indexOf(role))
}

function linesOf(
  chain: readonly Role[],
  marksOf: (role: string, resource: string) => ReadonlySet<string>,
): Line[] {
  return chain.flatMap((role, index) =>
    resources.flatMap((resource) =>
      operations.flatMap((operation) => {
        const below = chain[index + 1]
        const whose = whoseOf(marksOf(role, resource), resource, operation)
        const before =
          below === undefined ? undefined : whoseOf(marksOf(below, resource), resource, operation)
        return whose === undefined || whose === before ? [] : [{ role, resource, operation, whose }]
      }),
    ),
  )
}

function whoseOf(
  held: ReadonlySet<string>,
  resource: Resource,
  operation: Operation,
): Line['whose'] | undefined {
  const has = (...marks: string[]) => marks.some((mark) => held.has(mark))
  const all = {
    create: has('C') && has('Ua'),
    read: has('Ra'),
    list: has('L', 'Ra'),
    update: has('Ua'),
    delete: has('Da'),
  }[operation]
  const own = {
    create: has('C'),
    read: has('Ra', 'Ro'),
    list: has('L', 'Ra', 'Ro'),
    update: has('Ua', 'Uo'),
    // Nobody deletes themselves.
    delete: resource !== 'users' && has('Da', 'Do'),
  }[operation]
  if (all) return own ? 'any' : 'other'
  return own ? 'own' : undefined
}

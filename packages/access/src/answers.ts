/** Every answer that the tables can give, worked out once so that a decision is a few lookups. */

import { effectiveMarks, holds } from './marks.ts'
import { isHeld, type KeyScope, type Operation, operations, scopeFor } from './scopes.ts'
import {
  type Mark,
  type OrganizationRole,
  organizationRoles,
  type Resource,
  resources,
  type Role,
  type SiteRole,
  siteRoles,
} from './tables.ts'

export type Ownership = 'all' | 'own'

/** The mark that allowed something, as the audit log names it. */
export interface Grant {
  readonly role: Role
  readonly resource: Resource
  readonly mark: Mark
  readonly inherited: boolean
}

/** What would have been needed, and who would have had it. */
export interface Missing {
  readonly resource: Resource
  readonly operation: Operation
  readonly ownership: Ownership
  readonly mark: Mark
  readonly siteRoles: readonly SiteRole[]
  /** Empty for a target outside every organization. */
  readonly organizationRoles: readonly OrganizationRole[]
  /** Present when the roles suffice and only the key's scope is lacking. */
  readonly keyScope?: KeyScope
}

export interface Allowed {
  readonly allowed: true
  readonly grant: Grant
}

export interface Denied {
  readonly allowed: false
  readonly missing: Missing
}

export type Decision = Allowed | Denied

interface Refusals {
  readonly outside: Denied
  readonly inOrganization: Denied
}

/** The place of a question in the lists below: a resource, an operation, and whose the object is. */
export type Question = number

export type Answers = readonly (Allowed | undefined)[]

/** The marks that answer a question, the first one held being named; `Ra` covers `L`. */
const asked: Readonly<Record<Operation, Readonly<Record<Ownership, readonly Mark[]>>>> = {
  create: { all: ['Ua'], own: ['C'] },
  read: { all: ['Ra'], own: ['Ra', 'Ro'] },
  list: { all: ['L', 'Ra'], own: ['L', 'Ra', 'Ro'] },
  update: { all: ['Ua'], own: ['Ua', 'Uo'] },
  delete: { all: ['Da'], own: ['Da', 'Do'] },
}

const weakest: Readonly<Record<Operation, Readonly<Record<Ownership, Mark>>>> = {
  create: { all: 'Ua', own: 'C' },
  read: { all: 'Ra', own: 'Ro' },
  list: { all: 'L', own: 'L' },
  update: { all: 'Ua', own: 'Uo' },
  delete: { all: 'Da', own: 'Do' },
}

const resourceIndex = new Map(resources.map((resource, index) => [resource, index]))
const operationIndex = new Map(operations.map((operation, index) => [operation, index]))

/** What each site role allows, by question; a name that is no site role finds nothing. */
export const siteAnswers: ReadonlyMap<SiteRole, Answers> = new Map(
  siteRoles.map((role) => [role, answersOf(role)]),
)

/** Apart from the site's, so that no membership can ever speak as a site role. */
export const organizationAnswers: ReadonlyMap<OrganizationRole, Answers> = new Map(
  organizationRoles.map((role) => [role, answersOf(role)]),
)

const refusals = everyQuestion((resource, operation, ownership) =>
  refusalsFor(resource, operation, ownership),
)
const scopeRefusals = everyQuestion((resource, operation, ownership) =>
  refusalsFor(resource, operation, ownership, scopeFor(resource, operation)),
)

/** Finds the place of a question; of one that cannot be asked, a place where nothing is. */
export function questionOf(
  resource: Resource,
  operation: Operation,
  ownership: Ownership,
): Question {
  const row = resourceIndex.get(resource) ?? NaN
  const column = operationIndex.get(operation) ?? NaN
  return (row * operations.length + column) * 2 + (ownership === 'own' ? 1 : 0)
}

/** The refusal of somebody whose roles do not suffice. */
export function refusalOf(question: Question, inOrganization: boolean): Denied {
  return choose(refusals[question], inOrganization)
}

/** The refusal of a key whose owner may, and which only lacks the scope. */
export function scopeRefusalOf(question: Question, inOrganization: boolean): Denied {
  return choose(scopeRefusals[question], inOrganization)
}

function choose(refused: Refusals | undefined, inOrganization: boolean): Denied {
  if (refused === undefined) throw new TypeError('There is no such resource or operation.')
  return inOrganization ? refused.inOrganization : refused.outside
}

function everyQuestion<Value>(
  value: (resource: Resource, operation: Operation, ownership: Ownership) => Value,
): readonly Value[] {
  const values = resources.flatMap((resource) =>
    operations.flatMap((operation) => [
      value(resource, operation, 'all'),
      value(resource, operation, 'own'),
    ]),
  )
  return Object.freeze(values)
}

function answersOf(role: Role): Answers {
  return everyQuestion((resource, operation, ownership) =>
    answer(role, resource, operation, ownership),
  )
}

function answer(
  role: Role,
  resource: Resource,
  operation: Operation,
  ownership: Ownership,
): Allowed | undefined {
  if (isNobodys(resource, operation, ownership)) return undefined
  const held = effectiveMarks(role, resource)
  if (operation === 'create' && !held.includes('C')) return undefined

  const mark = asked[operation][ownership].find((candidate) => held.includes(candidate))
  if (mark === undefined) return undefined
  const inherited = holds(role, resource, mark) === 'inherited'
  return Object.freeze({
    allowed: true,
    grant: Object.freeze({ role, resource, mark, inherited }),
  })
}

/** Users have `Da` and no `Do`: the one place where `all` does not cover `own`. */
function isNobodys(resource: Resource, operation: Operation, ownership: Ownership): boolean {
  return resource === 'users' && operation === 'delete' && ownership === 'own'
}

function refusalsFor(
  resource: Resource,
  operation: Operation,
  ownership: Ownership,
  keyScope?: KeyScope,
): Refusals {
  const would = (role: Role) => answer(role, resource, operation, ownership) !== undefined
  const outside: Missing = {
    resource,
    operation,
    ...missingMark(resource, operation, ownership),
    siteRoles: Object.freeze(siteRoles.filter(would)),
    organizationRoles: Object.freeze([]),
    ...(keyScope && { keyScope }),
  }
  const inOrganization: Missing = {
    ...outside,
    organizationRoles: Object.freeze(organizationRoles.filter(would)),
  }
  return Object.freeze({ outside: denied(outside), inOrganization: denied(inOrganization) })
}

/** Names the weakest mark that would do, unless nobody could ever hold it. */
function missingMark(
  resource: Resource,
  operation: Operation,
  ownership: Ownership,
): Pick<Missing, 'ownership' | 'mark'> {
  const kind = operation === 'list' && !isHeld(resource, 'L') ? 'read' : operation
  const { all, own } = weakest[kind]
  const mark = ownership === 'own' ? own : all
  const isUseful =
    kind === 'create' || isHeld(resource, mark) || isNobodys(resource, operation, ownership)
  return isUseful && mark !== all ? { ownership, mark } : { ownership: 'all', mark: all }
}

function denied(missing: Missing): Denied {
  return Object.freeze({ allowed: false, missing: Object.freeze(missing) })
}

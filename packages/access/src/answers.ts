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

/** One role's answer about an object of somebody else, and about one's own. */
export interface Answer {
  readonly all: Allowed | undefined
  readonly own: Allowed | undefined
}

export interface Refusals {
  readonly outside: Denied
  readonly inOrganization: Denied
}

type Table<Value> = Readonly<Record<Resource, Readonly<Record<Operation, Value>>>>

/** The marks that answer a question, the first one held being named; `Ra` covers `L`. */
const asked: Readonly<Record<Operation, Readonly<Record<Ownership, readonly Mark[]>>>> = {
  create: { all: ['Ua'], own: ['C'] },
  read: { all: ['Ra'], own: ['Ra', 'Ro'] },
  list: { all: ['L', 'Ra'], own: ['L', 'Ra', 'Ro'] },
  update: { all: ['Ua'], own: ['Ua', 'Uo'] },
  delete: { all: ['Da'], own: ['Da', 'Do'] },
}

/** A name that is no role finds nothing, and so is denied. */
type AnswersOf<R extends Role> = Readonly<Partial<Record<R, Table<Answer>>>>

export const siteAnswers: AnswersOf<SiteRole> = recordOf(siteRoles, answersOf)

/** Apart from the site's, so that no membership can ever speak as a site role. */
export const organizationAnswers: AnswersOf<OrganizationRole> = recordOf(
  organizationRoles,
  answersOf,
)

export const refusals: Table<Readonly<Record<Ownership, Refusals>>> = tableOf(
  (resource, operation) =>
    recordOf<Ownership, Refusals>(['all', 'own'], (ownership) =>
      refusalsFor(resource, operation, ownership),
    ),
)

/** The same refusals for a key whose owner may, and which only lacks the scope. */
export const scopeRefusals: Table<Readonly<Record<Ownership, Refusals>>> = tableOf(
  (resource, operation) =>
    recordOf<Ownership, Refusals>(['all', 'own'], (ownership) =>
      refusalsFor(resource, operation, ownership, scopeFor(resource, operation)),
    ),
)

function answersOf(role: Role): Table<Answer> {
  return tableOf((resource, operation) =>
    Object.freeze({
      all: answer(role, resource, operation, 'all'),
      own: answer(role, resource, operation, 'own'),
    }),
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

/** The weakest mark that would do, among those that somebody holds. */
function missingMark(
  resource: Resource,
  operation: Operation,
  ownership: Ownership,
): Pick<Missing, 'ownership' | 'mark'> {
  if (isNobodys(resource, operation, ownership)) return { ownership, mark: 'Do' }
  if (operation === 'create') return { ownership, mark: asked.create[ownership][0] ?? 'C' }
  if (operation === 'list' && isHeld(resource, 'L')) return { ownership: 'all', mark: 'L' }

  const [all, own] = asked[operation === 'list' ? 'read' : operation].own
  if (all === undefined || own === undefined) return { ownership, mark: 'C' }
  return ownership === 'own' && isHeld(resource, own)
    ? { ownership, mark: own }
    : { ownership: 'all', mark: all }
}

function denied(missing: Missing): Denied {
  return Object.freeze({ allowed: false, missing: Object.freeze(missing) })
}

function tableOf<Value>(value: (resource: Resource, operation: Operation) => Value): Table<Value> {
  return recordOf<Resource, Readonly<Record<Operation, Value>>>(resources, (resource) =>
    recordOf<Operation, Value>(operations, (operation) => value(resource, operation)),
  )
}

/** Without a prototype, so that a name such as `constructor` finds nothing. */
function recordOf<Key extends string, Value>(
  keys: readonly Key[],
  value: (key: Key) => Value,
): Readonly<Record<Key, Value>> {
  const record = Object.create(null) as Record<Key, Value>
  for (const key of keys) record[key] = value(key)
  return Object.freeze(record)
}

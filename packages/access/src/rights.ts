/** The answers to every question, laid out so that one decision is one look into a list. */

import {
  type Allowed,
  type Decision,
  organizationAnswers,
  questionOf,
  refusalOf,
  scopeRefusalOf,
  siteAnswers,
} from './answers.ts'
import { type KeyScope, type Operation, operations, scopeAllows } from './scopes.ts'
import type { Subject, Target } from './subject.ts'
import {
  type OrganizationRole,
  organizationRoles,
  type Resource,
  resources,
  type SiteRole,
  siteRoles,
} from './tables.ts'

/** What somebody may do, worked out once for as long as their roles stay as they are. */
export interface Rights {
  readonly id: string
  readonly scopes: readonly KeyScope[] | undefined
  /** About what lies in no organization, and in one that they are no member of. */
  readonly outside: Answers
  readonly elsewhere: Answers
  /** Their organizations, and beside each the answers about what lies there. */
  readonly organizationIds: readonly string[]
  readonly inside: readonly Answers[]
}

/** An operation on a kind of resource: where its answers begin. */
export type Question = number & { readonly question: unique symbol }

/** A code for each question and each relation: twice the place of the decision, odd for a refusal. */
type Answers = Uint16Array

type Whose = Pick<Target, 'organizationIds' | 'ownerId'>

/** Whose the target is: an operation on it has an answer for each. */
const relations = ['another', 'own', 'nobodys'] as const
const [another, own, nobodys] = [0, 1, 2] as const
const nowhere = 0xffff

const decisions: Decision[] = []
const placeOf = new Map<Decision, number>()

const questions = resources.map((_, row) =>
  operations.map((_operation, column) => (row * operations.length + column) * relations.length),
) as Question[][]
const rowOf = new Map<string, number>(resources.map((resource, row) => [resource, row]))
const columnOf = new Map<string, number>(operations.map((operation, column) => [operation, column]))

/** Roles by name; under '' what a name gives that is no role. */
const outsideOf = new Map<string, Answers>()
const insideOf = new Map<string, Map<string, Answers>>()
for (const site of [...siteRoles, undefined]) {
  outsideOf.set(site ?? '', answersOf(site, undefined, false))
  const inside = [...organizationRoles, undefined].map(
    (role) => [role ?? '', answersOf(site, role, true)] as const,
  )
  insideOf.set(site ?? '', new Map(inside))
}

const remembered = new WeakMap<Subject, Rights>()

/** Prepares an operation on a kind of resource, so that asking costs no look-up of their names. */
export function question(resource: Resource, operation: Operation): Question {
  const found = questions[rowOf.get(resource) ?? -1]?.[columnOf.get(operation) ?? -1]
  if (found === undefined) throw new TypeError('There is no such resource or operation.')
  return found
}

/** Works out a subject's rights, once: a subject with other roles or scopes is another subject. */
export function rightsOf(subject: Subject): Rights {
  const known = remembered.get(subject)
  if (known !== undefined) return known
  const rights = workOut(subject)
  remembered.set(subject, rights)
  return rights
}

/** Tells whether `judge` would allow: what pages of rows and their `can` maps ask. */
export function allows(rights: Rights, asked: Question, target: Whose): boolean {
  if (rights.scopes !== undefined) return judge(rights, asked, target).allowed
  return isAllowed(find(rights, asked, target))
}

/** Decides as `decide` does, from what was prepared. */
export function judge(rights: Rights, asked: Question, target: Whose): Decision {
  const decision = decisions[find(rights, asked, target) >> 1]
  if (decision === undefined) throw new TypeError('There is no such question.')
  if (rights.scopes === undefined || !decision.allowed) return decision
  return withinScopes(decision, rights.scopes, asked + relationTo(rights, target), target)
}

function workOut(subject: Subject): Rights {
  const { id, siteRole, scopes } = subject
  const site = outsideOf.has(siteRole) ? siteRole : ''
  const inside = insideOf.get(site)
  const elsewhere = inside?.get('') ?? new Uint16Array()
  const organizationIds = Object.keys(subject.organizationRoles)
  return {
    id,
    scopes,
    outside: outsideOf.get(site) ?? elsewhere,
    elsewhere,
    organizationIds,
    inside: organizationIds.map(
      (organization) => inside?.get(subject.organizationRoles[organization] ?? '') ?? elsewhere,
    ),
  }
}

function relationTo(rights: Rights, { ownerId }: Whose): number {
  return ownerId === rights.id ? own : ownerId === undefined ? nobodys : another
}

/** The code of the decision; a target in several organizations is allowed by any of them. */
function find(rights: Rights, asked: Question, target: Whose): number {
  const at = asked + relationTo(rights, target)
  const { organizationIds } = target
  if (organizationIds === undefined || organizationIds.length === 0) {
    return rights.outside[at] ?? nowhere
  }
  const { organizationIds: places, inside } = rights
  const last = organizationIds.length - 1
  let code = rights.elsewhere[at] ?? nowhere
  for (let i = 0; i <= last; i++) {
    for (let n = 0; n < places.length; n++) {
      if (places[n] !== organizationIds[i]) continue
      code = inside[n]?.[at] ?? nowhere
      if (i === last || isAllowed(code)) return code
    }
  }
  return code
}

function isAllowed(code: number): boolean {
  return (code & 1) === 0
}

/** Creating for somebody else takes the scope to update as well. */
function withinScopes(
  decision: Allowed,
  scopes: readonly KeyScope[],
  at: number,
  { organizationIds }: Whose,
): Decision {
  const inOrganization = organizationIds !== undefined && organizationIds.length > 0
  const { resource } = decision.grant
  const operation = operations[Math.floor(at / relations.length) % operations.length] ?? 'read'
  const relation = relations[at % relations.length] ?? 'another'
  if (!scopeAllows(scopes, resource, operation)) {
    return scopeRefusalOf(ownershipOf(resource, operation, relation), inOrganization)
  }
  const forAnother = operation === 'create' && relation === 'another'
  return !forAnother || scopeAllows(scopes, resource, 'update')
    ? decision
    : scopeRefusalOf(questionOf(resource, 'update', 'all'), inOrganization)
}

function answersOf(
  site: SiteRole | undefined,
  organization: OrganizationRole | undefined,
  inOrganization: boolean,
): Answers {
  // The site role answers first, so that its grant is the one named.
  const tables = [
    site === undefined ? undefined : siteAnswers.get(site),
    organization === undefined ? undefined : organizationAnswers.get(organization),
  ]
  const codes = resources.flatMap((resource) =>
    operations.flatMap((operation) =>
      relations.map((relation) => {
        const asked = ownershipOf(resource, operation, relation)
        const found = tables.map((table) => table?.[asked]).find((each) => each !== undefined)
        return codeOf(found ?? refusalOf(asked, inOrganization))
      }),
    ),
  )
  return Uint16Array.from(codes)
}

/** What nobody owns is created for oneself, and is not one's own afterwards. */
function ownershipOf(
  resource: Resource,
  operation: Operation,
  relation: (typeof relations)[number],
): number {
  const isOwn = relation === 'own' || (relation === 'nobodys' && operation === 'create')
  return questionOf(resource, operation, isOwn ? 'own' : 'all')
}

function codeOf(decision: Decision): number {
  const place = placeOf.get(decision) ?? decisions.push(decision) - 1
  placeOf.set(decision, place)
  return place * 2 + (decision.allowed ? 0 : 1)
}

import {
  type Grant,
  type Missing,
  organizationAnswers,
  questionOf,
  refusalOf,
  scopeRefusalOf,
  siteAnswers,
} from './answers.ts'
import type { Subject, Target } from './subject.ts'
import { type Operation, scopeAllows } from './scopes.ts'
import type { Resource } from './tables.ts'

/** Which objects of a kind somebody may act on, as data that a database query is made from. */
export type ListFilter = Everything | Nothing | Some

export interface Everything {
  readonly kind: 'all'
  readonly grant: Grant
  /** Present only for deleting users: everybody's but one's own. */
  readonly exceptOwn?: true
}

export interface Nothing {
  readonly kind: 'none'
  readonly missing: Missing
}

/** The union of its three parts. */
export interface Some {
  readonly kind: 'some'
  /** One's own objects, wherever they lie. */
  readonly own: boolean
  /** Everything in these organizations. */
  readonly organizations: readonly string[]
  /** One's own objects in these organizations; left out where a wider part says it already. */
  readonly ownInOrganizations: readonly string[]
}

/** Says which objects of a kind `decide` would allow the operation on, without looking at any. */
export function filterFor(
  subject: Subject,
  operation: Exclude<Operation, 'create'>,
  resource: Resource,
): ListFilter {
  const all = questionOf(resource, operation, 'all')
  const own = questionOf(resource, operation, 'own')
  const site = siteAnswers.get(subject.siteRole)
  const everything = site?.[all]
  const isOwnAllowed = site?.[own] !== undefined
  const organizations: string[] = []
  const ownInOrganizations: string[] = []

  if (everything === undefined) {
    for (const [organizationId, role] of Object.entries(subject.organizationRoles)) {
      const there = organizationAnswers.get(role)
      if (there?.[all] !== undefined) organizations.push(organizationId)
      else if (there?.[own] !== undefined && !isOwnAllowed) ownInOrganizations.push(organizationId)
    }
    if (!isOwnAllowed && organizations.length + ownInOrganizations.length === 0) {
      return { kind: 'none', missing: refusalOf(own, true).missing }
    }
  }

  if (subject.scopes !== undefined && !scopeAllows(subject.scopes, resource, operation)) {
    return { kind: 'none', missing: scopeRefusalOf(own, true).missing }
  }
  if (everything === undefined) {
    return { kind: 'some', own: isOwnAllowed, organizations, ownInOrganizations }
  }
  const { grant } = everything
  return isOwnAllowed ? { kind: 'all', grant } : { kind: 'all', grant, exceptOwn: true }
}

/** Tells whether a filter lets an object through, exactly as the query made from it would. */
export function matchesFilter(
  filter: ListFilter,
  subjectId: string,
  target: Pick<Target, 'organizationIds' | 'ownerId'>,
): boolean {
  if (filter.kind === 'none') return false
  const isOwn = target.ownerId === subjectId
  if (filter.kind === 'all') return !(filter.exceptOwn === true && isOwn)
  if (filter.own && isOwn) return true

  const liesIn = (ids: readonly string[]) =>
    target.organizationIds?.some((id) => ids.includes(id)) === true
  return liesIn(filter.organizations) || (isOwn && liesIn(filter.ownInOrganizations))
}

import {
  type Allowed,
  type Decision,
  type Grant,
  organizationAnswers,
  type Ownership,
  type Question,
  questionOf,
  refusalOf,
  scopeRefusalOf,
  siteAnswers,
} from './answers.ts'
import { type KeyScope, type Operation, scopeAllows } from './scopes.ts'
import type { Mark, OrganizationRole, Resource, SiteRole } from './tables.ts'

/** Who asks. */
export interface Subject {
  readonly id: string
  readonly siteRole: SiteRole
  /** By organization id; an organization that is not named here gives nothing. */
  readonly organizationRoles: Readonly<Record<string, OrganizationRole>>
  /** The scopes of the API key in use; undefined is unrestricted, an empty list allows nothing. */
  readonly scopes?: readonly KeyScope[] | undefined
}

/** What is asked about. */
export interface Target {
  readonly resource: Resource
  /** A user may lie in several organizations, everything else in at most one. */
  readonly organizationIds?: readonly string[] | undefined
  /** Whose it is: the user of a key, the owner of a workspace, the user itself for a user. */
  readonly ownerId?: string | undefined
}

const questions: Readonly<Record<Mark, readonly [Operation, Ownership]>> = {
  C: ['create', 'own'],
  Ra: ['read', 'all'],
  Ro: ['read', 'own'],
  L: ['list', 'all'],
  Ua: ['update', 'all'],
  Uo: ['update', 'own'],
  Da: ['delete', 'all'],
  Do: ['delete', 'own'],
}

/**
 * Decides from the published tables alone, and says which mark allowed it or what is missing.
 *
 *     decide(ann, 'update', { resource: 'users', ownerId: 'bob' })
 */
export function decide(subject: Subject, operation: Operation, target: Target): Decision {
  const { resource, organizationIds, ownerId } = target
  const isOwn = ownerId === subject.id
  if (operation === 'create' && ownerId !== undefined && !isOwn) {
    return decideForAnother(subject, resource, organizationIds)
  }
  const ownership = isOwn || operation === 'create' ? 'own' : 'all'
  const question = questionOf(resource, operation, ownership)
  const found = find(subject, question, organizationIds)

  if (found === undefined) return refusalOf(question, isInOrganization(organizationIds))
  if (subject.scopes === undefined || scopeAllows(subject.scopes, resource, operation)) return found
  return scopeRefusalOf(question, isInOrganization(organizationIds))
}

/**
 * Tells whether the subject's roles, and its key, give a mark; with an organization, also there.
 * `all` counts as `own`, and `Ra` as `L`.
 */
export function holdsMark(
  subject: Subject,
  mark: Mark,
  resource: Resource,
  organizationId?: string,
): boolean {
  const [operation, ownership] = questions[mark]
  const organizationIds = organizationId === undefined ? undefined : [organizationId]
  const found = find(subject, questionOf(resource, operation, ownership), organizationIds)
  if (found === undefined) return false
  return subject.scopes === undefined || scopeAllows(subject.scopes, resource, operation)
}

/** Writes a grant as the audit log shows it: `site-manager: users Ua`. */
export function describeGrant(grant: Grant): string {
  return grant.inherited
    ? `${grant.role}: ${grant.resource} ${grant.mark} (inherited)`
    : `${grant.role}: ${grant.resource} ${grant.mark}`
}

/** Creating for somebody else takes the right to create and the right to update anybody's. */
function decideForAnother(
  subject: Subject,
  resource: Resource,
  organizationIds: readonly string[] | undefined,
): Decision {
  const create = questionOf(resource, 'create', 'all')
  const update = questionOf(resource, 'update', 'all')
  const found = find(subject, update, organizationIds)
  const mayCreate = find(subject, questionOf(resource, 'create', 'own'), organizationIds)

  if (found === undefined || mayCreate === undefined) {
    return refusalOf(create, isInOrganization(organizationIds))
  }
  const { scopes } = subject
  if (scopes === undefined) return found
  if (!scopeAllows(scopes, resource, 'create')) {
    return scopeRefusalOf(create, isInOrganization(organizationIds))
  }
  return scopeAllows(scopes, resource, 'update')
    ? found
    : scopeRefusalOf(update, isInOrganization(organizationIds))
}

/** The site role answers first, so that its grant is the one named. */
function find(
  subject: Subject,
  question: Question,
  organizationIds: readonly string[] | undefined,
): Allowed | undefined {
  const site = siteAnswers.get(subject.siteRole)?.[question]
  if (site !== undefined || organizationIds === undefined) return site

  for (const organizationId of organizationIds) {
    const role = subject.organizationRoles[organizationId]
    const there = role && organizationAnswers.get(role)?.[question]
    if (there !== undefined) return there
  }
  return undefined
}

function isInOrganization(organizationIds: readonly string[] | undefined): boolean {
  return organizationIds !== undefined && organizationIds.length > 0
}

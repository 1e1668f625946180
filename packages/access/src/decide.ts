import type { Decision, Grant, Ownership } from './answers.ts'
import { judge, question, rightsOf } from './rights.ts'
import type { KeyScope, Operation } from './scopes.ts'
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
 *
 * Whoever asks much prepares both sides: `judge(rightsOf(ann), question('users', 'update'), bob)`.
 */
export function decide(subject: Subject, operation: Operation, target: Target): Decision {
  return judge(rightsOf(subject), question(target.resource, operation), target)
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
  return decide(subject, operation, {
    resource,
    ownerId: ownership === 'own' ? subject.id : undefined,
    organizationIds: organizationId === undefined ? undefined : [organizationId],
  }).allowed
}

/** Writes a grant as the audit log shows it: `site-manager: users Ua`. */
export function describeGrant(grant: Grant): string {
  return grant.inherited
    ? `${grant.role}: ${grant.resource} ${grant.mark} (inherited)`
    : `${grant.role}: ${grant.resource} ${grant.mark}`
}

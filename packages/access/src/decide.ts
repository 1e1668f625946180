import type { Decision, Grant, Ownership } from './answers.ts'
import { judge, question, rightsOf } from './rights.ts'
import type { Operation } from './scopes.ts'
import type { Subject, Target } from './subject.ts'
import type { Mark, Resource } from './tables.ts'

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

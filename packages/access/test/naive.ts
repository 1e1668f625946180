/**
 * A second reading of the rules, made to be obviously right and nothing else: it shares no code
 * with the package and reads the marks from the published data rather than from the tables.
 */

import type { Operation, Subject, Target } from '../src/index.ts'
import organization from './org-roles.json' with { type: 'json' }
import site from './site-roles.json' with { type: 'json' }

type Published = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

const siteChain = ['site-member', 'site-auditor', 'site-manager', 'site-admin']
const organizationChain = [
  'organization-member',
  'organization-importer',
  'organization-image-manager',
  'organization-manager',
  'organization-super-manager',
]

/** The published data calls two roles by their bare names. */
const sitePublished: Published = {
  ...site.roles,
  'site-auditor': site.roles.auditor,
  'site-member': site.roles.member,
}

function marksUpTo(chain: readonly string[], role: string, resource: string, table: Published) {
  const found = new Set<string>()
  for (const each of chain) {
    for (const mark of table[each]?.[resource] ?? []) found.add(mark)
    if (each === role) return found
  }
  return new Set<string>()
}

/** Collects what a site role, alone, holds on a resource. */
export function naiveSiteMarks(role: string, resource: string): ReadonlySet<string> {
  return marksUpTo(siteChain, role, resource, sitePublished)
}

/** Collects what an organization role, alone, holds on a resource. */
export function naiveOrganizationMarks(role: string, resource: string): ReadonlySet<string> {
  return marksUpTo(organizationChain, role, resource, organization.roles)
}

/** Collects everything that the subject holds over a target, whatever the key's scopes. */
export function naiveMarks(
  subject: Omit<Subject, 'siteRole'> & { readonly siteRole?: string },
  target: Target,
): ReadonlySet<string> {
  const found = new Set(
    subject.siteRole === undefined ? [] : naiveSiteMarks(subject.siteRole, target.resource),
  )
  for (const [id, role] of Object.entries(subject.organizationRoles)) {
    if (!(target.organizationIds ?? []).includes(id)) continue
    for (const mark of naiveOrganizationMarks(role, target.resource)) found.add(mark)
  }
  return found
}

/** Answers by the rules of the page, one sentence at a time. */
export function naiveAllows(
  subject: Omit<Subject, 'siteRole'> & { readonly siteRole?: string },
  operation: Operation,
  target: Target,
): boolean {
  const held = naiveMarks(subject, target)
  const own = target.ownerId === subject.id
  const scoped = (wanted: Operation) => {
    if (subject.scopes === undefined) return true
    const scopes = subject.scopes.map(String)
    if (scopes.includes(`${target.resource}:${wanted}`)) return true
    return wanted === 'list' && scopes.includes(`${target.resource}:read`)
  }
  if (!scoped(operation)) return false

  if (operation === 'create') {
    if (!held.has('C')) return false
    if (target.ownerId === undefined || own) return true
    return held.has('Ua') && scoped('update')
  }
  const readable = held.has('Ra') || (own && held.has('Ro'))
  if (operation === 'read') return readable
  if (operation === 'list') return held.has('L') || readable
  if (operation === 'update') return held.has('Ua') || (own && held.has('Uo'))
  if (target.resource === 'users' && own) return false
  return held.has('Da') || (own && held.has('Do'))
}

import { organizationAnswers, type Ownership, questionOf, siteAnswers } from './answers.ts'
import { decide } from './decide.ts'
import { type Operation, scopeAllows } from './scopes.ts'
import type { Subject, Target } from './subject.ts'
import { type Resource, resources } from './tables.ts'

export type CanMap = Readonly<Record<Operation, boolean>>

/** What somebody may do to at least something of a kind, somewhere. */
export interface ResourceCan {
  readonly create: boolean
  readonly read_all: boolean
  readonly read_own: boolean
  readonly list: boolean
  readonly update_all: boolean
  readonly update_own: boolean
  readonly delete_all: boolean
  readonly delete_own: boolean
}

export type SiteCan = Readonly<Record<Resource, ResourceCan>>

/** Answers every operation on one object, for the page that shows it. */
export function canMap(subject: Subject, target: Target): CanMap {
  return {
    create: decide(subject, 'create', target).allowed,
    read: decide(subject, 'read', target).allowed,
    list: decide(subject, 'list', target).allowed,
    update: decide(subject, 'update', target).allowed,
    delete: decide(subject, 'delete', target).allowed,
  }
}

/**
 * Answers, for the navigation, what the subject may do to anything at all: by the site role, or in
 * any organization. `all` here means all of some organization, if not all of the system.
 */
export function siteCan(subject: Subject): SiteCan {
  const entries = resources.map((resource) => [resource, canSomewhere(subject, resource)] as const)
  return Object.fromEntries(entries) as Record<Resource, ResourceCan>
}

function canSomewhere(subject: Subject, resource: Resource): ResourceCan {
  const roles = new Set(Object.values(subject.organizationRoles))
  const tables = [
    siteAnswers.get(subject.siteRole),
    ...Array.from(roles, (role) => organizationAnswers.get(role)),
  ]
  const can = (operation: Operation, ownership: Ownership): boolean =>
    (subject.scopes === undefined || scopeAllows(subject.scopes, resource, operation)) &&
    tables.some((table) => table?.[questionOf(resource, operation, ownership)] !== undefined)

  return {
    create: can('create', 'own'),
    read_all: can('read', 'all'),
    read_own: can('read', 'own'),
    list: can('list', 'own'),
    update_all: can('update', 'all'),
    update_own: can('update', 'own'),
    delete_all: can('delete', 'all'),
    delete_own: can('delete', 'own'),
  }
}

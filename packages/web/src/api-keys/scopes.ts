import {
  isKeyScope,
  type KeyScope,
  keyScopes,
  type Operation,
  type Resource,
} from '@atelier/access'
import { resourceLabel } from '../roles/words.ts'
import type { Session } from '../session/session.ts'

export interface ScopeChoice {
  readonly scope: KeyScope
  readonly operation: Operation
  /** Whether the person may do it now; what a key has beyond that gives it nothing. */
  readonly held: boolean
}

export interface ScopeGroup {
  readonly resource: string
  readonly label: string
  readonly choices: readonly ScopeChoice[]
}

/** The scopes that the person can use now, by resource, and those that a key has already. */
export function scopeGroups(can: Session['can'], kept: readonly string[]): readonly ScopeGroup[] {
  const groups = new Map<string, ScopeChoice[]>()
  for (const scope of keyScopes) {
    const [resource, operation] = partsOf(scope)
    const held = isHeld(can, resource, operation)
    if (!held && !kept.includes(scope)) continue
    const group = groups.get(resource) ?? []
    group.push({ scope, operation, held })
    groups.set(resource, group)
  }
  return Array.from(groups, ([resource, choices]) => ({
    resource,
    label: resourceLabel(resource),
    choices,
  }))
}

/** Whether a chosen scope covers another: `users:read` covers `users:list`. */
export function isCovered(scope: KeyScope, chosen: readonly string[]): boolean {
  const [resource, operation] = partsOf(scope)
  return operation === 'list' && chosen.includes(`${resource}:read`)
}

/** Chosen scopes without those that another one covers, in the order of the role tables. */
export function withoutCovered(chosen: readonly string[]): KeyScope[] {
  return keyScopes.filter((scope) => chosen.includes(scope) && !isCovered(scope, chosen))
}

/** `Users: read, update`, one line for each resource. */
export function describeScopes(scopes: readonly string[]): readonly string[] {
  const lines = new Map<string, string[]>()
  for (const scope of scopes) {
    if (!isKeyScope(scope)) continue
    const [resource, operation] = partsOf(scope)
    lines.set(resource, [...(lines.get(resource) ?? []), operation])
  }
  return Array.from(
    lines,
    ([resource, operations]) => `${resourceLabel(resource)}: ${operations.join(', ')}`,
  )
}

function partsOf(scope: KeyScope): readonly [Resource, Operation] {
  return scope.split(':') as [Resource, Operation]
}

function isHeld(can: Session['can'], resource: Resource, operation: Operation): boolean {
  const rights = can[resource] ?? {}
  switch (operation) {
    case 'create':
      return rights['create'] === true
    case 'read':
      return rights['read_all'] === true || rights['read_own'] === true
    case 'list':
      // One lists one's own keys by reading them; the scope is for the list of everybody's.
      return rights['list'] === true && (resource !== 'api_keys' || rights['read_all'] === true)
    case 'update':
      return rights['update_all'] === true || rights['update_own'] === true
    case 'delete':
      return rights['delete_all'] === true || rights['delete_own'] === true
  }
}

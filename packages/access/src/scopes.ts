import { rolesHolding } from './marks.ts'
import { type Mark, type Resource, resources } from './tables.ts'

export const operations = ['create', 'read', 'list', 'update', 'delete'] as const

export type Operation = (typeof operations)[number]

/** What an API key may be limited to. */
export type KeyScope = `${Resource}:${Operation}`

const marksOf: Readonly<Record<Operation, readonly Mark[]>> = {
  create: ['C'],
  read: ['Ra', 'Ro'],
  list: ['L'],
  update: ['Ua', 'Uo'],
  delete: ['Da', 'Do'],
}

/** Every scope that some role could use; where nobody holds `L`, `read` is the scope for lists. */
export const keyScopes: readonly KeyScope[] = Object.freeze(
  resources.flatMap((resource) =>
    operations
      .filter((operation) => marksOf[operation].some((mark) => isHeld(resource, mark)))
      .map((operation): KeyScope => `${resource}:${operation}`),
  ),
)

/** Tells whether a text is one of the scopes that a key can be given. */
export function isKeyScope(text: string): text is KeyScope {
  return keyScopes.some((scope) => scope === text)
}

/** Names the scope that a key needs for an operation. */
export function scopeFor(resource: Resource, operation: Operation): KeyScope {
  const scope = `${resource}:${operation}` as const
  return operation === 'list' && !isKeyScope(scope) ? `${resource}:read` : scope
}

/** Tells whether any role of either table holds a mark. */
export function isHeld(resource: Resource, mark: Mark): boolean {
  const { site, organization } = rolesHolding(resource, mark)
  return site.length + organization.length > 0
}

/** Tells whether a key's scopes cover an operation; `read` covers `list`. */
export function scopeAllows(
  scopes: readonly KeyScope[],
  resource: Resource,
  operation: Operation,
): boolean {
  if (scopes.includes(`${resource}:${operation}`)) return true
  return operation === 'list' && scopes.includes(`${resource}:read`)
}

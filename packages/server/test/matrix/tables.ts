import { readFileSync } from 'node:fs'

/**
 * The published tables, read from their files and evaluated as naively as can be: the expectation
 * that the server is held against must not come from the engine that it uses.
 */

export type NaiveMark = 'C' | 'Ra' | 'Ro' | 'L' | 'Ua' | 'Uo' | 'Da' | 'Do'

export const siteActors = ['site-admin', 'site-manager', 'site-auditor', 'site-member'] as const
export const organizationActors = [
  'organization-super-manager',
  'organization-manager',
  'organization-image-manager',
  'organization-importer',
  'organization-member',
] as const

export type ActorKind = (typeof siteActors)[number] | (typeof organizationActors)[number]
export const actorKinds: readonly ActorKind[] = [...siteActors, ...organizationActors]

type Published = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

const site = read('site-roles.json')
const organization = read('org-roles.json')

function read(name: string): Published {
  const url = new URL(`../../../access/test/${name}`, import.meta.url)
  const { roles } = JSON.parse(readFileSync(url, 'utf8')) as { roles: Published }
  return Object.fromEntries(
    // The site file calls the auditor and the member by their short names.
    Object.entries(roles).map(([role, marks]) => [
      role === 'auditor' || role === 'member' ? `site-${role}` : role,
      marks,
    ]),
  )
}

/** Whether a site role, with all that it inherits, holds a mark. */
function siteHolds(role: string, resource: string, mark: string): boolean {
  return siteActors
    .slice(siteActors.indexOf(role as (typeof siteActors)[number]))
    .some((lower) => (site[lower]?.[resource] ?? []).includes(mark))
}

/** Where an object lies: in the organization of the organization actors, or elsewhere. */
export interface Place {
  readonly own: boolean
  readonly inActorsOrganization: boolean
}

/** Whether the actor holds a mark for an object there; organization actors are site members. */
export function has(actor: ActorKind, mark: NaiveMark, resource: string, place: Place): boolean {
  const siteRole = actor.startsWith('site-') ? actor : 'site-member'
  if (siteHolds(siteRole, resource, mark)) return true
  if (actor.startsWith('site-') || !place.inActorsOrganization) return false
  return (organization[actor]?.[resource] ?? []).includes(mark)
}

export type NaiveOperation = 'create' | 'read' | 'list' | 'update' | 'delete'

/** Sections 1 and 2 of the rules: may the actor do it, by the tables alone? */
export function may(
  actor: ActorKind,
  operation: NaiveOperation,
  resource: string,
  place: Place,
): boolean {
  const holds = (mark: NaiveMark): boolean => has(actor, mark, resource, place)
  switch (operation) {
    case 'create':
      return holds('C')
    case 'list':
      return holds('L') || holds('Ra')
    case 'read':
      return holds('Ra') || (place.own && holds('Ro'))
    case 'update':
      return holds('Ua') || (place.own && holds('Uo'))
    case 'delete':
      return holds('Da') || (place.own && holds('Do'))
  }
}

/** The status of an action on one object that the tables judge alone. */
export function statusFor(
  actor: ActorKind,
  operation: NaiveOperation,
  resource: string,
  place: Place,
  ok: number,
): number {
  if (may(actor, operation, resource, place)) return ok
  return operation !== 'create' && !may(actor, 'read', resource, place) ? 404 : 403
}

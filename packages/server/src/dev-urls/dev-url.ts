import { decide, type Subject, type Target } from '@atelier/access'

/** Who may open a dev URL, from few to all; each level includes those before it. */
export const levels = ['private', 'org', 'authed', 'public'] as const
export type Level = (typeof levels)[number]

/** A dev URL as the services know it. */
export interface DevUrlRecord {
  readonly id: string
  readonly workspace_id: string
  readonly workspace_name: string
  readonly organization_id: string
  /** The owner of the workspace. */
  readonly user_id: string
  readonly username: string
  readonly port: number
  readonly name: string
  readonly scheme: 'http' | 'https'
  readonly label: string
  readonly access: Level
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** Of two levels the one that fewer people are in. */
export function narrower(one: Level, other: Level): Level {
  return levels.indexOf(one) < levels.indexOf(other) ? one : other
}

type Shared = Pick<DevUrlRecord, 'user_id' | 'organization_id' | 'access'>

/**
 * A dev URL as a target of the access engine. A private one lies in no organization, so that `Ra` of
 * an organization's roles shows only what is shared (access-control.md 2.7).
 */
export function targetOf(devUrl: Shared, max: Level): Target {
  const { user_id: ownerId, organization_id: organizationId } = devUrl
  const shared = narrower(devUrl.access, max) !== 'private'
  return { resource: 'dev_urls', ownerId, organizationIds: shared ? [organizationId] : [] }
}

/** Whether somebody, or nobody known, may open what a dev URL leads to. */
export function mayOpen(caller: Subject | undefined, devUrl: Shared, max: Level): boolean {
  const level = narrower(devUrl.access, max)
  if (level === 'public') return true
  if (caller === undefined) return false
  // What every signed-in person may do, their API key may only with the scope for it.
  if (level === 'authed') return caller.scopes?.includes('dev_urls:read') ?? true
  return decide(caller, 'read', targetOf(devUrl, max)).allowed
}

import type { Target } from '@atelier/access'

/** A registry as the services know it; its password stays in the store. */
export interface RegistryRecord {
  readonly id: string
  readonly organization_id: string
  readonly friendly_name: string
  readonly registry: string
  readonly username: string
  readonly has_password: boolean
  /** How many images come from it. */
  readonly image_count: number
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** The registries of an organization as a target of the access engine. */
export function registriesIn(organizationId: string): Target {
  return { resource: 'registries', organizationIds: [organizationId] }
}

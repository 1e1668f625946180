import type { Resource, Target } from '@atelier/access'
import type { RegistryRecord } from '../registries/registry.ts'

/** An image as the services know it. */
export interface ImageRecord {
  readonly id: string
  readonly organization_id: string
  /** `local`: the engine has it; `host`: a sandbox's own machine. Neither is in a registry. */
  readonly source: 'registry' | 'local' | 'host'
  readonly registry_id: string | null
  readonly repository: string
  readonly description: string
  readonly url: string
  readonly default_cpu_cores: number
  readonly default_memory_gb: number
  readonly default_disk_gb: number
  readonly deprecated: boolean
  readonly tag_count: number
  /** How many workspaces are made of it. */
  readonly workspace_count: number
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** A tag of an image, as the registry had it when it was looked up last. */
export interface TagRecord {
  readonly image_id: string
  readonly tag: string
  readonly is_default: boolean
  readonly decommissioned: boolean
  readonly latest_hash: string
  readonly hash_last_updated_at: string
  readonly checked_at: string
  readonly failure: string | null
  readonly size: number
  readonly os_release: { id: string; pretty_name: string; home_url: string } | null
  readonly workspace_count: number
  readonly created_at: string
  readonly updated_at: string
}

/** An image with what is shown beside it. */
export interface WholeImage {
  readonly image: ImageRecord
  readonly registry: RegistryRecord | undefined
  readonly defaultTag: TagRecord | undefined
}

/** The images or their tags of an organization as a target of the access engine. */
export function imagesIn(
  organizationId: string,
  resource: Extract<Resource, 'images' | 'image_tags'> = 'images',
): Target {
  return { resource, organizationIds: [organizationId] }
}

import type { Target } from '@atelier/access'
import type { UserStatus, WorkspaceBuildsTable, WorkspaceStatus } from '../db/schema.ts'

/** A workspace as the services know it, with what is shown beside it. */
export interface WorkspaceRecord {
  readonly id: string
  readonly name: string
  readonly organization_id: string
  readonly organization_name: string
  readonly user_id: string
  readonly owner_username: string
  readonly owner_name: string
  readonly owner_status: UserStatus
  /** When the owner's SSH key was made anew. */
  readonly key_regenerated_at: string | null
  readonly image_id: string
  readonly image_repository: string
  readonly image_tag: string
  /** Where the tag leads now, and whether it is one that may still be chosen. */
  readonly tag_digest: string
  readonly tag_decommissioned: boolean
  readonly provider_id: string
  readonly provider_name: string
  readonly provider_cordoned_at: string | null
  readonly cpu_cores: number
  readonly memory_gb: number
  readonly disk_gb: number
  readonly gpus: number
  readonly use_container_vm: boolean
  readonly status: WorkspaceStatus
  readonly status_reason: string
  readonly autostart_enabled: boolean
  /** Milliseconds; null: as the organization says. */
  readonly auto_off_threshold: number | null
  readonly organization_auto_off: number
  /** Its owner asked for what it is made of. */
  readonly trusted: boolean
  readonly image_digest: string | null
  readonly last_built_at: string | null
  readonly last_opened_at: string | null
  readonly last_connection_at: string | null
  readonly build_id: string | null
  readonly build_kind: WorkspaceBuildsTable['kind'] | null
  readonly build_status: WorkspaceBuildsTable['status'] | null
  readonly build_reason: string | null
  readonly build_cancel_asked: boolean | null
  readonly build_created_at: string | null
  readonly build_started_at: string | null
  readonly build_ended_at: string | null
  readonly initiator_id: string | null
  readonly initiator_username: string | null
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** A workspace, or what somebody's would be, as a target of the access engine. */
export function workspaceOf(ownerId: string, organizationId: string): Target {
  return { resource: 'workspaces', ownerId, organizationIds: [organizationId] }
}

/** Where the token lies while it is needed: the jobs of a workspace are done one after the other. */
export function seriesOf(workspaceId: string): string {
  return `workspace:${workspaceId}`
}

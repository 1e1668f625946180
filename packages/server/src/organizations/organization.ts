import type { OrganizationRole, Resource, Target } from '@atelier/access'
import type { UserRecord } from '../users/user.ts'

/** An organization as the services know it. */
export interface OrganizationRecord {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly is_default: boolean
  /** No other organization is a default one. */
  readonly is_last_default: boolean
  readonly default_role: OrganizationRole
  readonly resource_namespace: string
  /** Milliseconds; 0 is never. */
  readonly auto_off_threshold: number
  readonly cpu_provisioning_rate: number
  readonly memory_provisioning_rate: number
  /** 1 is Monday. */
  readonly autostart_days: readonly number[]
  /** Null: no limit of its own. */
  readonly max_workspaces_per_user: number | null
  readonly max_workspaces: number | null
  readonly max_cpu_cores: number | null
  readonly max_memory_gb: number | null
  readonly max_disk_gb: number | null
  readonly member_count: number
  readonly workspace_count: number
  readonly version: number
  readonly created_at: string
  readonly updated_at: string
}

/** A user as a member of one organization. */
export interface MemberRecord extends UserRecord {
  readonly organization_id: string
  readonly organization_role: OrganizationRole
  readonly roles_updated_at: string
}

/** The organization, or something in it, as a target of the access engine. */
export function targetIn(
  resource: Extract<Resource, 'organizations' | 'org_members' | 'users'>,
  organizationId: string,
): Target {
  return { resource, organizationIds: [organizationId] }
}

import type { OrganizationRole, SiteRole, Target } from '@atelier/access'
import type { LoginType, UserStatus } from '../db/schema.ts'

/** A user as the services know them; the password hash and the private key stay in the store. */
export interface UserRecord {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly name: string
  readonly avatar_hash: string
  readonly site_role: SiteRole
  readonly status: UserStatus
  readonly login_type: LoginType
  readonly temporary_password: boolean
  readonly dotfiles_git_uri: string
  readonly autostart_at: string | null
  readonly autostart_time_zone: string
  readonly key_regenerated_at: string | null
  readonly last_seen_at: string | null
  readonly created_at: string
  readonly updated_at: string
  readonly version: number
  readonly organizations: readonly Membership[]
}

export interface Membership {
  readonly id: string
  readonly name: string
  readonly role: OrganizationRole
}

/** The user as a target of the access engine: everybody owns themselves. */
export function targetOf(user: UserRecord): Target {
  return {
    resource: 'users',
    ownerId: user.id,
    organizationIds: user.organizations.map((organization) => organization.id),
  }
}

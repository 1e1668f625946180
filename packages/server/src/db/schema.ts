import type { OrganizationRole, SiteRole } from '@atelier/access'
import type { ColumnType, Generated, JSONColumnType, Kysely, Transaction } from 'kysely'

/** RFC 3339 text in UTC; the driver never makes a `Date` of it. */
type Timestamp = ColumnType<string, string | Date, string | Date>
type NullableTimestamp = ColumnType<
  string | null,
  string | Date | null | undefined,
  string | Date | null
>

export type Db = Kysely<Database>
export type Tx = Transaction<Database>

export interface Database {
  users: UsersTable
  organizations: OrganizationsTable
  organization_members: OrganizationMembersTable
  sessions: SessionsTable
  api_keys: ApiKeysTable
  sign_in_failures: { bucket: string; failed_at: Timestamp }
  known_addresses: { user_id: string; address: string; seen_at: Timestamp }
  settings: SettingsTable
  system_banners: SystemBannersTable
  registries: RegistriesTable
  images: ImagesTable
  image_tags: ImageTagsTable
  platform_images: PlatformImagesTable
  workspace_providers: WorkspaceProvidersTable
  workspace_provider_organizations: { provider_id: string; organization_id: string }
  workspaces: WorkspacesTable
  workspace_builds: WorkspaceBuildsTable
  workspace_build_logs: WorkspaceBuildLogsTable
  dev_urls: DevUrlsTable
  dev_url_codes: DevUrlCodesTable
  jobs: JobsTable
  idempotency_keys: IdempotencyKeysTable
  server_processes: { id: string; seen_at: Generated<string> }
  facts: { key: string; value: Buffer }
  audit_log: AuditLogTable
  audit_chain: { sequence: number; entry_id: string; hash: Buffer }
  audit_seal: {
    one: Generated<boolean>
    cluster: string
    xid: string
    entry_id: string
    sequence: number
    hash: Buffer
  }
}

export type UserStatus = 'active' | 'suspended' | 'deleting'
export type LoginType = 'built-in' | 'oidc' | 'saml'

export interface UsersTable {
  id: string
  email: string
  username: string
  name: string
  avatar_hash: Generated<string>
  site_role: Generated<SiteRole>
  status: Generated<UserStatus>
  login_type: Generated<LoginType>
  password_hash: string | null
  temporary_password: Generated<boolean>
  dotfiles_git_uri: Generated<string>
  /** `HH:MM`; null: never. */
  autostart_at: Generated<string | null>
  autostart_time_zone: Generated<string>
  ux_state: JSONColumnType<Record<string, unknown>, string | undefined>
  ssh_public_key: ColumnType<string | null, string | null | undefined, string | null>
  ssh_private_key: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>
  key_regenerated_at: NullableTimestamp
  terms_accepted: ColumnType<string | null, string | null | undefined, string | null>
  last_seen_at: NullableTimestamp
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
  search: ColumnType<string, never, never>
  directory_search: ColumnType<string, never, never>
}

export interface OrganizationsTable {
  id: string
  name: string
  description: Generated<string>
  is_default: Generated<boolean>
  default_role: Generated<OrganizationRole>
  resource_namespace: Generated<string>
  auto_off_threshold: Generated<number>
  cpu_provisioning_rate: Generated<number>
  memory_provisioning_rate: Generated<number>
  autostart_days: Generated<number[]>
  max_workspaces_per_user: Generated<number | null>
  max_workspaces: Generated<number | null>
  max_cpu_cores: Generated<number | null>
  max_memory_gb: Generated<number | null>
  max_disk_gb: Generated<number | null>
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface OrganizationMembersTable {
  organization_id: string
  user_id: string
  role: OrganizationRole
  roles_updated_at: Timestamp
  created_at: Timestamp
}

export interface SessionsTable {
  id: string
  user_id: string
  token_hash: Buffer
  ip: string
  user_agent: string
  created_at: Timestamp
  last_seen_at: Timestamp
  expires_at: Timestamp
}

export interface ApiKeysTable {
  id: string
  user_id: string
  name: string
  secret_hash: Buffer
  application: Generated<boolean>
  scopes: string[] | null
  expires_at: NullableTimestamp
  last_used_at: NullableTimestamp
  secret_at: Timestamp
  version: Generated<number>
  created_at: Timestamp
}

export interface SettingsTable {
  key: string
  value: JSONColumnType<object>
  updated_at: Timestamp
  updated_by: string | null
}

export interface SystemBannersTable {
  id: string
  kind: 'header' | 'footer' | 'message'
  format: 'text' | 'markdown'
  body: string
  background_color: string
  text_color: string
  enabled: boolean
  dismissible: boolean
  starts_at: NullableTimestamp
  ends_at: NullableTimestamp
  revision: string
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface RegistriesTable {
  id: string
  organization_id: string
  friendly_name: string
  registry: string
  username: Generated<string>
  password: ColumnType<Buffer | null, Buffer | null | undefined, Buffer | null>
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface ImagesTable {
  id: string
  organization_id: string
  source: Generated<'registry' | 'local' | 'host'>
  registry_id: string | null
  repository: string
  description: Generated<string>
  url: Generated<string>
  default_cpu_cores: number
  default_memory_gb: number
  default_disk_gb: number
  deprecated: Generated<boolean>
  refresh_at: Timestamp
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface ImageTagsTable {
  image_id: string
  tag: string
  is_default: Generated<boolean>
  decommissioned: Generated<boolean>
  latest_hash: string
  hash_last_updated_at: Timestamp
  checked_at: Timestamp
  failure: ColumnType<string | null, string | null | undefined, string | null>
  size: number
  os_release: JSONColumnType<{ id: string; pretty_name: string; home_url: string } | null>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface PlatformImagesTable {
  source: 'local' | 'host'
  repository: string
  tag: string
  latest_hash: string
  size: number
  os_release: JSONColumnType<{ id: string; pretty_name: string; home_url: string } | null>
  created_at: Timestamp
}

export interface WorkspaceProvidersTable {
  id: string
  name: string
  kind: 'engine' | 'sandbox'
  endpoint: Generated<string>
  tls_ca: Generated<string | null>
  tls_certificate: Generated<string | null>
  tls_key: Generated<Buffer | null>
  built_in: Generated<boolean>
  cordoned_at: NullableTimestamp
  cordon_reason: Generated<string>
  status: Generated<'pending' | 'ready' | 'error'>
  status_reason: Generated<string>
  status_version: Generated<string>
  cpu_cores: Generated<number | null>
  memory_bytes: Generated<number | null>
  unenforced: JSONColumnType<string[], string | undefined>
  checked_at: NullableTimestamp
  check_at: ColumnType<string, string | Date | undefined, string | Date>
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export type WorkspaceStatus =
  'queued' | 'building' | 'running' | 'stopping' | 'off' | 'failed' | 'deleting'

export interface WorkspacesTable {
  id: string
  organization_id: string
  user_id: string
  name: string
  image_id: string
  image_tag: string
  provider_id: string
  cpu_cores: number
  memory_gb: number
  disk_gb: number
  gpus: Generated<number>
  use_container_vm: Generated<boolean>
  status: WorkspaceStatus
  status_reason: Generated<string>
  autostart_enabled: Generated<boolean>
  auto_off_threshold: Generated<number | null>
  build_id: Generated<string | null>
  api_key_id: Generated<string | null>
  trusted: Generated<boolean>
  image_digest: Generated<string | null>
  last_built_at: NullableTimestamp
  last_opened_at: NullableTimestamp
  last_connection_at: NullableTimestamp
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface WorkspaceBuildsTable {
  id: string
  workspace_id: string
  kind: 'start' | 'stop' | 'delete'
  status: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
  initiator_id: string | null
  reason: Generated<string>
  cancel_asked: Generated<boolean>
  created_at: Timestamp
  started_at: NullableTimestamp
  ended_at: NullableTimestamp
}

export interface WorkspaceBuildLogsTable {
  build_id: string
  sequence: number
  at: Timestamp
  type: 'start' | 'stage' | 'substage' | 'error' | 'done'
  message: string
}

export interface DevUrlsTable {
  id: string
  workspace_id: string
  user_id: string
  port: number
  name: Generated<string>
  scheme: Generated<'http' | 'https'>
  label: string
  access: Generated<'private' | 'org' | 'authed' | 'public'>
  version: Generated<number>
  created_at: Timestamp
  updated_at: Timestamp
}

export interface DevUrlCodesTable {
  hash: Buffer
  label: string
  session_id: string
  path: string
  expires_at: Timestamp
}

export interface JobsTable {
  id: string
  kind: string
  payload: JSONColumnType<Record<string, unknown>>
  series: ColumnType<string | null, string | null | undefined, string | null>
  attempts: Generated<number>
  last_error: ColumnType<string | null, string | null | undefined, string | null>
  run_at: Timestamp
  leased_until: NullableTimestamp
  created_at: Timestamp
}

export interface IdempotencyKeysTable {
  principal: string
  key: string
  request_hash: Buffer
  status: number | null
  body: Buffer | null
  created_at: Timestamp
}

export type AuditDiff = Record<string, { before: unknown; after: unknown }>

export interface AuditLogTable {
  id: string
  at: Timestamp
  xid: ColumnType<string, never, never>
  actor_id: string | null
  actor_username: string
  actor_email: string
  api_key_id: string | null
  ip: string
  user_agent: string
  action: string
  resource_type: string
  resource_id: string
  target: string
  outcome: 'success' | 'denied' | 'failed'
  diff: JSONColumnType<AuditDiff>
  allowed_by: string | null
  refusal_code: string | null
  refusal: string | null
  request_id: string
  target_search: ColumnType<string, never, never>
}

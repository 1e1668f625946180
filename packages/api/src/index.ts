import './messages.ts'

export { access } from './access.ts'
export { ApiKey, apiKeys } from './api-keys.ts'
export {
  audit,
  AuditAction,
  auditActions,
  AuditEntry,
  AuditFilters,
  AuditOutcome,
  auditOutcomes,
  AuditResourceType,
  auditResourceTypes,
} from './audit.ts'
export { Banner, banners, ShownBanner } from './banners.ts'
export {
  addressOf,
  ApiError,
  type Call,
  type CallInput,
  type Client,
  type ClientOptions,
  createClient,
  type Page,
} from './client.ts'
export { DisplayName, Email, OrganizationRoleName, SiteRoleName, Username } from './common.ts'
export {
  configuration,
  defaultSettings,
  Setting,
  type SettingKey,
  type Settings,
  settings,
} from './configuration.ts'
export { contrastRatio, legibleTextColor, minimumContrast } from './contrast.ts'
export { DevUrl, devUrlLevels, devUrls } from './dev-urls.ts'
export { endpoint, type Endpoint, type RouteAccess } from './endpoint.ts'
export { type Endpoints, endpoints } from './endpoints.ts'
export { Image, images, ImageTag, imageTags } from './images.ts'
export {
  DirectoryOrganization,
  Organization,
  OrganizationMember,
  organizations,
} from './organizations.ts'
export { MissingPermission, Problem, type ProblemCode, problemStatus } from './problems.ts'
export {
  registries,
  Registry,
  RegistryCheck,
  type RegistryResult,
  registryResults,
} from './registries.ts'
export { CurrentSession, Session, sessions } from './sessions.ts'
export { spokenVersion, system } from './system.ts'
export {
  DirectoryUser,
  KeySummary,
  LoginType,
  RoleOption,
  RolePreview,
  User,
  UserFilters,
  users,
  UserStatus,
} from './users.ts'
export {
  BuildLogLine,
  containerStatuses,
  Workspace,
  WorkspaceBuild,
  workspaces,
  workspaceStatuses,
} from './workspaces.ts'
export { WorkspaceProvider, workspaceProviders } from './workspace-providers.ts'

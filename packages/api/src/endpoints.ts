import { access } from './access.ts'
import { apiKeys } from './api-keys.ts'
import { audit } from './audit.ts'
import { banners } from './banners.ts'
import { configuration } from './configuration.ts'
import { devUrls } from './dev-urls.ts'
import { images, imageTags } from './images.ts'
import { organizations } from './organizations.ts'
import { registries } from './registries.ts'
import { sessions } from './sessions.ts'
import { system } from './system.ts'
import { terminals } from './terminals.ts'
import { users } from './users.ts'
import { workspaces } from './workspaces.ts'
import { workspaceProviders } from './workspace-providers.ts'

/** The whole public contract, by noun. */
export const endpoints = {
  system,
  sessions,
  users,
  apiKeys,
  organizations,
  audit,
  configuration,
  banners,
  access,
  registries,
  images,
  imageTags,
  terminals,
  workspaces,
  workspaceProviders,
  devUrls,
}

export type Endpoints = typeof endpoints

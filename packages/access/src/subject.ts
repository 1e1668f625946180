import type { KeyScope } from './scopes.ts'
import type { OrganizationRole, Resource, SiteRole } from './tables.ts'

/** Who asks. */
export interface Subject {
  readonly id: string
  readonly siteRole: SiteRole
  /** By organization id; an organization that is not named here gives nothing. */
  readonly organizationRoles: Readonly<Record<string, OrganizationRole>>
  /** The scopes of the API key in use; undefined is unrestricted, an empty list allows nothing. */
  readonly scopes?: readonly KeyScope[] | undefined
}

/** What is asked about. */
export interface Target {
  readonly resource: Resource
  /** A user may lie in several organizations, everything else in at most one. */
  readonly organizationIds?: readonly string[] | undefined
  /** Whose it is: the user of a key, the owner of a workspace, the user itself for a user. */
  readonly ownerId?: string | undefined
}

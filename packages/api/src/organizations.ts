import { organizationRoles } from '@atelier/access'
import { z } from 'zod'
import {
  Can,
  Cannot,
  Description,
  DisplayName,
  Empty,
  Id,
  OrganizationParams,
  OrganizationRoleName,
  Paging,
  Time,
} from './common.ts'
import { endpoint } from './endpoint.ts'
import { DirectoryUser, User } from './users.ts'

/** A role as it comes in: the older command line says `organization-admin` for a super manager. */
export const GivenOrganizationRole = z
  .enum([...organizationRoles, 'organization-admin'])
  .meta({ id: 'GivenOrganizationRole' })

/**
 * Directory fields and the organization role; the rest of `User` for who may read this user. `can`
 * speaks of the membership: `read` (the user's own page), `change_role`, `remove`.
 */
export const OrganizationMember = DirectoryUser.extend(User.partial().shape)
  .extend({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    avatar_hash: z.string(),
    can: Can,
    cannot: Cannot,
    organization_role: OrganizationRoleName,
    organization_roles: z.array(OrganizationRoleName),
    roles_updated_at: Time,
  })
  .meta({ id: 'OrganizationMember' })

/**
 * The directory of organizations: what a member without `read` sees. `can` knows `read`, `update`,
 * `unset_default`, `delete`, `list_members`, `add_members`, `import_images` and `add_registries`.
 */
export const DirectoryOrganization = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    default: z.boolean(),
    /** As far as the request asked for them; empty in the answer to a change. */
    members: z.array(OrganizationMember),
    can: Can,
    cannot: Cannot,
  })
  .meta({ id: 'DirectoryOrganization' })

export const Organization = DirectoryOrganization.extend({
  default_role: OrganizationRoleName,
  member_count: z.number().int(),
  workspace_count: z.number().int(),
  resource_namespace: z.string(),
  /** Milliseconds. */
  auto_off_threshold: z.number().int(),
  cpu_provisioning_rate: z.number(),
  memory_provisioning_rate: z.number(),
  /** Days of the week on which workspaces start by themselves; 1 is Monday. */
  autostart_days: z.array(z.number().int()),
  /** The most that its workspaces may be, and have together; 0: no limit. */
  max_workspaces_per_user: z.number().int(),
  max_workspaces: z.number().int(),
  max_cpu_cores: z.number(),
  max_memory_gb: z.number(),
  max_disk_gb: z.number().int(),
  /** For `If-Match`, as in the `ETag` of one organization. */
  version: z.number().int(),
  created_at: Time,
  updated_at: Time,
}).meta({ id: 'Organization' })

export type Organization = z.infer<typeof Organization>
export type DirectoryOrganization = z.infer<typeof DirectoryOrganization>
export type OrganizationMember = z.infer<typeof OrganizationMember>

const most = 1_000_000
const Amount = z
  .number('Enter a number; 0 is no limit')
  .min(0, 'Enter a number; 0 is no limit')
  .max(most, 'Enter at most 1,000,000')
const Count = Amount.int('Enter a whole number; 0 is no limit')

const settings = {
  description: Description.nullish(),
  default: z.boolean().nullish(),
  default_role: GivenOrganizationRole.nullish(),
  /** Milliseconds; 0 is never. */
  auto_off_threshold: z.number().int().min(0).max(604_800_000).nullish(),
  cpu_provisioning_rate: z.number().min(1).max(32).nullish(),
  memory_provisioning_rate: z.number().min(1).max(4).nullish(),
  autostart_days: z.array(z.number().int().min(1).max(7)).max(7).nullish(),
  /** 0 is no limit, besides the site's for each user. */
  max_workspaces_per_user: Count.nullish(),
  max_workspaces: Count.nullish(),
  max_cpu_cores: Amount.nullish(),
  max_memory_gb: Amount.nullish(),
  max_disk_gb: Count.nullish(),
}

/** `true`: all members, as the existing command line needs; `first`: five of them; `false`: none. */
const Members = z.enum(['true', 'first', 'false']).optional()

/** What deleting an organization would do to its people. */
export const OrganizationRemoval = z
  .object({
    members: z.number().int(),
    /** Members of no other default organization: they become members of `to`. */
    moving: z.number().int(),
    to: z
      .object({ id: z.string(), name: z.string(), default_role: OrganizationRoleName })
      .nullable(),
    allowed: z.boolean(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'OrganizationRemoval' })

const MemberParams = OrganizationParams.extend({ user: Id })

export const organizations = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/orgs',
    summary: 'Organizations that the caller may see, with their members',
    access: { permission: ['organizations', 'list'] },
    query: z.strictObject({
      q: z.string().max(200).optional(),
      members: Members,
      ...Paging,
    }),
    ok: 200,
    response: z.array(z.union([Organization, DirectoryOrganization])),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/orgs/:organization',
    summary: 'One organization',
    access: { permission: ['organizations', 'read'] },
    params: OrganizationParams,
    query: z.strictObject({ members: Members }),
    ok: 200,
    response: Organization,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/orgs',
    summary: 'Creates an organization',
    access: { permission: ['organizations', 'create'] },
    body: z.strictObject({
      name: DisplayName,
      resource_namespace: z.string().max(63).nullish(),
      ...settings,
    }),
    ok: 201,
    response: Organization,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/orgs/:organization',
    summary: 'Changes an organization; null leaves a field unchanged',
    access: { permission: ['organizations', 'update'] },
    params: OrganizationParams,
    body: z.strictObject({ name: DisplayName.nullish(), ...settings }),
    ok: 200,
    response: Organization,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/orgs/:organization',
    summary: 'Deletes an organization and moves its people to a default one',
    access: { permission: ['organizations', 'delete'] },
    params: OrganizationParams,
    ok: 204,
    response: Empty,
  }),
  removal: endpoint({
    method: 'GET',
    path: '/api/v0/orgs/:organization/removal',
    summary: 'How many people deleting the organization would move, and where',
    access: { permission: ['organizations', 'delete'] },
    params: OrganizationParams,
    ok: 200,
    response: OrganizationRemoval,
  }),
  members: endpoint({
    method: 'GET',
    path: '/api/v0/orgs/:organization/members',
    summary: 'The members of an organization',
    access: { permission: ['org_members', 'list'] },
    params: OrganizationParams,
    query: z.strictObject({
      q: z.string().max(200).optional(),
      role: GivenOrganizationRole.optional(),
      ...Paging,
    }),
    ok: 200,
    response: z.array(OrganizationMember),
    paged: true,
  }),
  addMember: endpoint({
    method: 'POST',
    path: '/api/v0/orgs/:organization/members',
    summary: 'Adds a user to an organization',
    access: { permission: ['org_members', 'create'] },
    params: OrganizationParams,
    body: z.strictObject({ user_id: Id, role: GivenOrganizationRole.optional() }),
    ok: 201,
    response: OrganizationMember,
  }),
  changeMemberRole: endpoint({
    method: 'PUT',
    path: '/api/v0/orgs/:organization/members/:user/role',
    summary: 'Gives a member another organization role',
    access: { permission: ['org_members', 'update'] },
    params: MemberParams,
    body: z.strictObject({ role: GivenOrganizationRole }),
    ok: 200,
    response: OrganizationMember,
  }),
  removeMember: endpoint({
    method: 'DELETE',
    path: '/api/v0/orgs/:organization/members/:user',
    summary: 'Removes a member; what the membership gave dies at once',
    access: { permission: ['org_members', 'delete'] },
    params: MemberParams,
    query: z.strictObject({ delete_workspaces: z.enum(['true', 'false']).optional() }),
    ok: 204,
    response: Empty,
  }),
}

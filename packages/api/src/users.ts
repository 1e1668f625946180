import { z } from 'zod'
import {
  Can,
  Cannot,
  DisplayName,
  Email,
  Id,
  OrganizationRoleName,
  Paging,
  Password,
  SiteRoleName,
  Time,
  UserParams,
  Username,
} from './common.ts'
import { endpoint } from './endpoint.ts'

export const UserStatus = z.enum(['active', 'suspended']).meta({ id: 'UserStatus' })
export const LoginType = z.enum(['built-in', 'oidc', 'saml'])

/** What everybody may know of everybody: the directory (access-control.md 2.4). */
export const DirectoryUser = z
  .object({
    id: z.string(),
    username: z.string(),
    name: z.string(),
    avatar_hash: z.string(),
    can: Can,
    cannot: Cannot,
  })
  .meta({ id: 'DirectoryUser' })

export const User = DirectoryUser.extend({
  email: z.string(),
  role: SiteRoleName,
  /** The role and every role below it, lowest first, as the existing command line knows them. */
  roles: z.array(SiteRoleName),
  status: UserStatus,
  login_type: LoginType,
  temporary_password: z.boolean(),
  dotfiles_git_uri: z.string(),
  /** When their workspaces that want it start: `HH:MM` in their time zone; `null`: never. */
  autostart_at: z.string().nullable(),
  autostart_time_zone: z.string(),
  organizations: z.array(
    z.object({ id: z.string(), name: z.string(), role: OrganizationRoleName }),
  ),
  key_regenerated_at: Time.nullable(),
  last_seen_at: Time.nullable(),
  created_at: Time,
  updated_at: Time,
  /** Rises with each change; in quotes it is the ETag, for `If-Match`. */
  version: z.number().int(),
}).meta({ id: 'User' })

export type User = z.infer<typeof User>
export type DirectoryUser = z.infer<typeof DirectoryUser>

/** What the tables mean by one right: `users Ua`. */
const Right = z.object({ resource: z.string(), mark: z.string() })

export const KeySummary = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()).nullable(),
  /** Scopes of this key that the new role no longer backs. */
  loses: z.array(z.string()),
})

export const RolePreview = z
  .object({
    user_id: z.string(),
    before: SiteRoleName,
    after: SiteRoleName,
    allowed: z.boolean(),
    reason: z.string().nullable(),
    gained: z.array(Right),
    lost: z.array(Right),
    keys: z.array(KeySummary),
    /** Whether the caller may read the API keys of this user; `keys` is empty otherwise. */
    keys_shown: z.boolean(),
    sessions: z.number().int(),
  })
  .meta({ id: 'RolePreview' })

export const RoleOption = z
  .object({
    role: SiteRoleName,
    name: z.string(),
    meaning: z.string(),
    current: z.boolean(),
    assignable: z.boolean(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'RoleOption' })

export const UserFilters = {
  q: z.string().max(200).optional(),
  role: SiteRoleName.optional(),
  status: UserStatus.optional(),
  organization: Id.optional(),
  sort: z
    .enum([
      'username',
      '-username',
      'name',
      '-name',
      'email',
      '-email',
      'created_at',
      '-created_at',
      'last_seen_at',
      '-last_seen_at',
    ])
    .optional(),
}

const NewUser = z.strictObject({
  name: DisplayName,
  username: Username,
  email: Email,
  /** Left out: a temporary password is made and answered once. */
  password: Password.optional(),
  temporary_password: z.boolean().optional(),
  login_type: z.literal('built-in').optional(),
  organizations: z.array(Id).max(100).optional(),
  role: SiteRoleName.optional(),
})

const ImportLine = z.object({
  line: z.number().int(),
  ok: z.boolean(),
  email: z.string(),
  username: z.string(),
  name: z.string(),
  role: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })),
  user_id: z.string().nullable(),
  /** The temporary password of the created user; shown once. */
  password: z.string().nullable(),
})

export const users = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/users',
    summary: 'Users: full records for who may read them all, else the directory',
    access: { permission: ['users', 'list'] },
    query: z.strictObject({ ...UserFilters, ...Paging }),
    ok: 200,
    response: z.array(z.union([User, DirectoryUser])),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/users/:user',
    summary: 'One user; `me` is the caller',
    access: { permission: ['users', 'read'] },
    params: UserParams,
    ok: 200,
    response: User,
    duringPasswordChange: true,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/users',
    summary: 'Creates a user; without a password the answer holds a temporary one, once',
    access: { permission: ['users', 'create'] },
    body: NewUser,
    ok: 201,
    response: User.extend({ password: z.string().nullable() }).meta({ id: 'CreatedUser' }),
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/users/:user',
    summary: 'Changes a user; every field goes through the same rules as its own route',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    body: z.strictObject({
      name: DisplayName.nullish(),
      username: Username.nullish(),
      email: Email.nullish(),
      dotfiles_git_uri: z
        .string()
        .max(2048)
        .regex(/^$|^(https?|ssh|git):\/\/[^\s]+$|^[\w.-]+@[\w.-]+:[^\s]+$/, {
          error: 'Enter the address of a Git repository, such as https://example.com/dotfiles.git',
        })
        .nullish(),
      /** Empty: never. */
      autostart_at: z
        .string()
        .regex(/^$|^([01]\d|2[0-3]):[0-5]\d$/, 'Enter a time such as 08:30')
        .nullish(),
      autostart_time_zone: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/, 'Enter a time zone such as Europe/Berlin')
        .nullish(),
      old_password: Password.nullish(),
      password: Password.nullish(),
      temporary_password: z.boolean().nullish(),
      revoked: z.boolean().nullish(),
      roles: z.array(SiteRoleName).min(1).max(4).nullish(),
      login_type: LoginType.nullish(),
    }),
    ok: 200,
    response: User,
    duringPasswordChange: true,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/users/:user',
    summary: 'Deletes a user: credentials die at once, the rest in a background job',
    access: { permission: ['users', 'delete'] },
    params: UserParams,
    ok: 202,
    response: z.object({ job_id: z.string() }),
  }),
  changeRole: endpoint({
    method: 'PUT',
    path: '/api/v0/users/:user/role',
    summary: 'Gives a user another site role',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    body: z.strictObject({ role: SiteRoleName }),
    ok: 200,
    response: User,
  }),
  roleOptions: endpoint({
    method: 'GET',
    path: '/api/v0/users/:user/role/options',
    summary: 'The four site roles, and which of them the caller may give this user',
    access: { permission: ['users', 'read'] },
    params: UserParams,
    ok: 200,
    response: z.array(RoleOption),
  }),
  rolePreview: endpoint({
    method: 'GET',
    path: '/api/v0/users/:user/role/preview',
    summary: 'What this user would gain and lose with another role',
    access: { permission: ['users', 'read'] },
    params: UserParams,
    query: z.strictObject({ role: SiteRoleName }),
    ok: 200,
    response: RolePreview,
  }),
  suspend: endpoint({
    method: 'POST',
    path: '/api/v0/users/:user/suspend',
    summary: 'Suspends a user: ends their sessions and refuses their keys at once',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    ok: 200,
    response: User,
  }),
  reactivate: endpoint({
    method: 'POST',
    path: '/api/v0/users/:user/reactivate',
    summary: 'Lets a suspended user in again',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    ok: 200,
    response: User,
  }),
  resetPassword: endpoint({
    method: 'POST',
    path: '/api/v0/users/:user/reset-password',
    summary: 'Makes a temporary password, answered once, and ends all sessions of the user',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    ok: 200,
    response: z.object({ password: z.string() }),
  }),
  signOut: endpoint({
    method: 'POST',
    path: '/api/v0/users/:user/sign-out',
    summary: 'Ends all sessions of a user',
    access: { permission: ['users', 'update'] },
    params: UserParams,
    ok: 200,
    response: z.object({ sessions: z.number().int() }),
  }),
  changePassword: endpoint({
    method: 'PUT',
    path: '/api/v0/users/me/password',
    summary: "Changes the caller's own password and ends their other sessions",
    access: { permission: ['users', 'update'] },
    body: z.strictObject({ old_password: Password, password: Password }),
    ok: 200,
    response: User,
    duringPasswordChange: true,
  }),
  bulk: endpoint({
    method: 'POST',
    path: '/api/v0/users/bulk',
    summary: 'Suspends, reactivates or changes the role of many users, with a result for each',
    access: { permission: ['users', 'update'] },
    body: z.strictObject({
      action: z.enum(['suspend', 'reactivate', 'role']),
      role: SiteRoleName.optional(),
      user_ids: z.array(Id).min(1).max(200),
    }),
    ok: 200,
    response: z.array(
      z.object({
        user_id: z.string(),
        ok: z.boolean(),
        code: z.string().nullable(),
        message: z.string().nullable(),
      }),
    ),
  }),
  import: endpoint({
    method: 'POST',
    path: '/api/v0/users/import',
    summary:
      'Creates users from CSV (name,username,email,role,organizations); a dry run only checks',
    access: { permission: ['users', 'create'] },
    body: z.strictObject({ csv: z.string().min(1).max(2_000_000), dry_run: z.boolean() }),
    ok: 200,
    response: z.object({
      dry_run: z.boolean(),
      good: z.number().int(),
      bad: z.number().int(),
      lines: z.array(ImportLine),
    }),
  }),
  export: endpoint({
    method: 'GET',
    path: '/api/v0/users/export',
    summary: 'Users as CSV, safe against formulas, with the filters of the list',
    access: { permission: ['users', 'read'] },
    query: z.strictObject(UserFilters),
    ok: 200,
    response: z.string(),
    raw: 'text/csv',
  }),
  sshKey: endpoint({
    method: 'GET',
    path: '/api/v0/users/:user/sshkey',
    summary: "The caller's own SSH key pair; a limited API key needs the scope users:update",
    access: { permission: ['users', 'read'] },
    params: UserParams,
    ok: 200,
    response: z.object({ public_key: z.string(), private_key: z.string() }),
  }),
  uxState: endpoint({
    method: 'PUT',
    path: '/api/private/users/:user/ux-state',
    summary: "Merges into the caller's own user-interface state",
    access: { permission: ['users', 'update'] },
    params: UserParams,
    body: z.record(z.string().max(64), z.unknown()),
    ok: 200,
    response: z.record(z.string(), z.unknown()),
  }),
  transferPreview: endpoint({
    method: 'GET',
    path: '/api/v0/site-admin/transfer/preview',
    summary: 'The keys and sessions of both sides, and what each gains and loses by a transfer',
    access: { permission: ['users', 'update'] },
    query: z.strictObject({ user_id: Id }),
    ok: 200,
    response: z.object({
      from: RolePreview,
      to: RolePreview,
      sessions: z.array(
        z.object({
          user_id: z.string(),
          id: z.string(),
          user_agent: z.string(),
          ip: z.string(),
          last_seen_at: Time,
        }),
      ),
    }),
  }),
  transfer: endpoint({
    method: 'POST',
    path: '/api/v0/site-admin/transfer',
    summary: 'Hands the site admin role to another active user; the caller becomes a site manager',
    access: { permission: ['users', 'update'] },
    body: z.strictObject({ user_id: Id, password: Password }),
    ok: 200,
    response: z.object({ site_admin: User, former: User }),
  }),
}

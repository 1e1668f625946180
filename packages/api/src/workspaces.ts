import { z } from 'zod'
import { Can, Cannot, Empty, Id, Paging, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/** The states of a workspace; which follows which is in the server's `workspaces/transitions.ts`. */
export const workspaceStatuses = [
  'queued',
  'building',
  'running',
  'stopping',
  'off',
  'failed',
  'deleting',
] as const

/** What the existing command line calls these states. */
export const containerStatuses = ['CREATING', 'ON', 'OFF', 'FAILED', 'UNKNOWN'] as const

const WorkspaceStat = z.object({
  time: Time,
  last_online: Time.nullable(),
  container_status: z.enum(containerStatuses),
  stat_error: z.string(),
  /** Share of the cores that it may use, 0 to 1. */
  cpu_usage: z.number(),
  /** Bytes. */
  memory_total: z.number().int(),
  /** Share of its memory, 0 to 1. */
  memory_usage: z.number(),
  /** Bytes. */
  disk_total: z.number().int(),
  /** Bytes. */
  disk_used: z.number().int(),
})

export const WorkspaceBuild = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    kind: z.enum(['start', 'stop', 'delete']),
    status: z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled']),
    /** `null`: the platform itself, for the reason given. */
    initiator: z.object({ id: z.string(), username: z.string() }).nullable(),
    reason: z.string(),
    created_at: Time,
    started_at: Time.nullable(),
    ended_at: Time.nullable(),
  })
  .meta({ id: 'WorkspaceBuild' })

export type WorkspaceBuild = z.infer<typeof WorkspaceBuild>

/**
 * A workspace. `can` knows `read`, `update`, `start`, `stop`, `cancel`, `delete`, `open` (a terminal
 * and what else runs as its owner: for its owner only) and `share` (dev URLs).
 */
export const Workspace = z
  .object({
    id: z.string(),
    name: z.string(),
    image_id: z.string(),
    image_tag: z.string(),
    organization_id: z.string(),
    user_id: z.string(),
    last_built_at: Time.nullable(),
    cpu_cores: z.number(),
    memory_gb: z.number(),
    disk_gb: z.number().int(),
    gpus: z.number().int(),
    /** A build is under way. */
    updating: z.boolean(),
    latest_stat: WorkspaceStat,
    /** Why a rebuild is wise, such as a tag that moved. */
    rebuild_messages: z.array(
      z.object({ text: z.string(), required: z.boolean(), auto_off_threshold: z.number().int() }),
    ),
    created_at: Time,
    updated_at: Time,
    last_opened_at: Time.nullable(),
    last_connection_at: Time.nullable(),
    /** Milliseconds; 0: never. */
    auto_off_threshold: z.number().int(),
    /** The workspace's own; `null`: it is the organization's. */
    own_auto_off_threshold: z.number().int().nullable(),
    use_container_vm: z.boolean(),
    resource_pool_id: z.string(),
    autostart_enabled: z.boolean(),
    status: z.enum(workspaceStatuses),
    /** Why it failed. */
    status_reason: z.string(),
    owner: z.object({ id: z.string(), username: z.string(), name: z.string() }),
    image: z.object({ repository: z.string() }),
    organization: z.object({ name: z.string() }),
    provider: z.object({ name: z.string() }),
    build: WorkspaceBuild.nullable(),
    version: z.number().int(),
    can: Can,
    cannot: Cannot,
  })
  .meta({ id: 'Workspace' })

export type Workspace = z.infer<typeof Workspace>

/** A line of a build log, as the existing command line reads it. */
export const BuildLogLine = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    build_id: z.string(),
    time: Time,
    type: z.enum(['start', 'stage', 'substage', 'error', 'done']),
    msg: z.string(),
  })
  .meta({ id: 'BuildLogLine' })

export type BuildLogLine = z.infer<typeof BuildLogLine>

/** As long as a host name allows, with the owner's name and a port beside it. */
const Name = z
  .string()
  .trim()
  .min(1, 'Enter a name')
  .max(40, 'Use at most 40 characters')
  .regex(
    /^[a-z](?:[a-z0-9]|-(?!-))*[a-z0-9]$|^[a-z]$/,
    'Use lower-case letters, digits and single hyphens; begin with a letter',
  )

const sizes = {
  cpu_cores: z.number('Enter a number of cores').min(0.1).max(512),
  memory_gb: z.number('Enter a number of gigabytes').min(0.1).max(8192),
  disk_gb: z.number('Enter a number of gigabytes').int('Enter whole gigabytes').min(1).max(65_536),
  gpus: z.literal(0, 'No provider has GPUs'),
}

const WorkspaceParams = z.strictObject({ workspace: Id })

const Tag = z.string().trim().max(128)

export const workspaces = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/workspaces',
    summary: 'The workspaces that the caller may read, of some organizations and users or of all',
    access: { permission: ['workspaces', 'read'] },
    query: z.strictObject({
      /** An id, or several with commas. */
      orgs: z.string().max(2000).optional(),
      users: z.string().max(2000).optional(),
      q: z.string().max(200).optional(),
      status: z.enum(workspaceStatuses).optional(),
      provider: Id.optional(),
      ...Paging,
    }),
    ok: 200,
    response: z.array(Workspace),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/workspaces/:workspace',
    summary: 'One workspace, with what it uses now',
    access: { permission: ['workspaces', 'read'] },
    params: WorkspaceParams,
    ok: 200,
    response: Workspace,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/workspaces',
    summary: 'Creates a workspace and builds it',
    access: { permission: ['workspaces', 'create'] },
    body: z.strictObject({
      name: Name,
      org_id: Id,
      image_id: Id,
      /** Empty or absent: the default tag. */
      image_tag: Tag.nullish(),
      /** Absent or 0: as the image recommends. */
      cpu_cores: z.union([z.literal(0), sizes.cpu_cores]).nullish(),
      memory_gb: z.union([z.literal(0), sizes.memory_gb]).nullish(),
      disk_gb: z.union([z.literal(0), sizes.disk_gb]).nullish(),
      gpus: sizes.gpus.nullish(),
      use_container_vm: z.literal(false, 'No provider has container VMs').nullish(),
      /** Empty or absent: the built-in one. */
      resource_pool_id: z.string().max(64).nullish(),
      namespace: z.string().max(64).nullish(),
      autostart_enabled: z.boolean().nullish(),
      template_id: z.literal('', 'There are no workspace templates').nullish(),
      /** For another user; takes the right to update all workspaces of the organization. */
      for_user_id: z.string().max(64).nullish(),
    }),
    ok: 201,
    response: Workspace,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/workspaces/:workspace',
    summary: 'Changes a workspace and builds it again; with nothing to change it is built as it is',
    access: { permission: ['workspaces', 'update'] },
    params: WorkspaceParams,
    body: z.strictObject({
      image_id: z.string().max(64).nullish(),
      image_tag: Tag.nullish(),
      cpu_cores: sizes.cpu_cores.nullish(),
      memory_gb: sizes.memory_gb.nullish(),
      disk_gb: sizes.disk_gb.nullish(),
      gpus: sizes.gpus.nullish(),
      template_id: z.literal('', 'There are no workspace templates').nullish(),
    }),
    ok: 200,
    response: Workspace,
  }),
  /** Without a build: what a PATCH would do to a workspace that should not be built again. */
  schedule: endpoint({
    method: 'PUT',
    path: '/api/v0/workspaces/:workspace/schedule',
    summary: 'When a workspace starts and stops by itself',
    access: { permission: ['workspaces', 'update'] },
    params: WorkspaceParams,
    body: z.strictObject({
      autostart_enabled: z.boolean(),
      /** Milliseconds without activity; 0: never; null: as the organization says. */
      auto_off_threshold: z.number().int().min(0).max(31_536_000_000).nullable(),
    }),
    ok: 200,
    response: Workspace,
  }),
  stop: endpoint({
    method: 'PUT',
    path: '/api/v0/workspaces/:workspace/stop',
    summary: 'Stops a workspace; its home is kept',
    access: { permission: ['workspaces', 'update'] },
    params: WorkspaceParams,
    ok: 200,
    response: Workspace,
  }),
  cancel: endpoint({
    method: 'PUT',
    path: '/api/v0/workspaces/:workspace/cancel',
    summary: 'Ends the build that is under way',
    access: { permission: ['workspaces', 'update'] },
    params: WorkspaceParams,
    ok: 200,
    response: Workspace,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/workspaces/:workspace',
    summary: 'Deletes a workspace with its home, in the background',
    access: { permission: ['workspaces', 'delete'] },
    params: WorkspaceParams,
    ok: 204,
    response: Empty,
  }),
  log: endpoint({
    method: 'GET',
    path: '/api/v0/workspaces/:workspace/log',
    summary: 'The log of the newest build, until now',
    access: { permission: ['workspaces', 'read'] },
    params: WorkspaceParams,
    ok: 200,
    response: z.array(BuildLogLine),
  }),
  watchLog: endpoint({
    method: 'GET',
    path: '/api/private/workspaces/:workspace/watch-update',
    summary: 'The log of the newest build as a WebSocket: from its beginning until it is done',
    access: { permission: ['workspaces', 'read'] },
    params: WorkspaceParams,
    ok: 200,
    response: Empty,
    raw: 'application/json',
    socket: 'Text from the server: one BuildLogLine each; the last one is of type `done`.',
  }),
  onProvider: endpoint({
    method: 'GET',
    path: '/api/private/resource-pools/:provider/workspaces',
    summary: 'The workspaces of a provider that the caller may read',
    access: { permission: ['workspaces', 'read'] },
    params: z.strictObject({ provider: Id }),
    ok: 200,
    response: z.array(Workspace),
  }),
}

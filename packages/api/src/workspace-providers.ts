import { z } from 'zod'
import { Can, Cannot, Description, DisplayName, Empty, Id, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/**
 * What runs workspaces. The wire calls it a resource pool, and a list of them `kubernetes`, whatever
 * runs them. `can` knows `read`, `update`, `make_built_in`, `delete`, `check`, `cordon` and `uncordon`;
 * who may not update sees their own organizations, and no endpoint, version, capacity, count and reason.
 */
export const WorkspaceProvider = z
  .object({
    id: z.string(),
    name: z.string(),
    /** `ready` while it is cordoned too, as the existing command line expects. */
    status: z.enum(['pending', 'ready', 'error']),
    /** The one that is taken where none is named, and that new organizations may use; exactly one is. */
    built_in: z.boolean(),
    envproxy_access_url: z.string(),
    devurl_host: z.string(),
    /** The organizations whose members may use it; none: nobody may. */
    org_whitelist: z.array(z.string()),
    config: z.object({
      cluster_address: z.string(),
      default_namespace: z.string(),
      storage_class: z.string(),
      cluster_domain_suffix: z.string(),
      ssh_enabled: z.boolean(),
    }),
    kind: z.enum(['engine', 'sandbox']),
    /** `unix:///path` or `tcp://host:port`; empty for a sandbox. */
    endpoint: z.string(),
    /** What is wrong, and what to do. */
    status_reason: z.string(),
    /** Such as `Podman 4.3.1`. */
    status_version: z.string(),
    checked_at: Time.nullable(),
    capacity: z.object({ cpu_cores: z.number(), memory_bytes: z.number().int() }).nullable(),
    /** Limits that it cannot enforce, each with the reason. */
    unenforced: z.array(z.string()),
    /** Set: no new workspaces and no builds. */
    cordoned_at: Time.nullable(),
    cordon_reason: z.string(),
    /** Null where the caller may not update. */
    workspace_count: z.number().int().nullable(),
    version: z.number().int(),
    can: Can,
    cannot: Cannot,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'WorkspaceProvider' })

export type WorkspaceProvider = z.infer<typeof WorkspaceProvider>

const Endpoint = z
  .string()
  .trim()
  .max(255, 'Use at most 255 characters')
  .regex(
    /^(unix:\/\/\/[^\s?#]+|tcp:\/\/[^\s/?#@]+:\d{1,5})$/,
    'Enter unix:///path/of/the.sock or tcp://host:port',
  )

const Pem = z
  .string()
  .trim()
  .max(32_768, 'Use at most 32,768 characters')
  .regex(/^-----BEGIN [A-Z ]+-----[\s\S]+-----END [A-Z ]+-----$/, 'Paste a PEM text')

const ProviderParams = z.strictObject({ provider: Id })

const secrets = {
  /** The authority that signed the engine's certificate. */
  tls_ca: Pem.nullish(),
  tls_certificate: Pem.nullish(),
  tls_key: Pem.nullish(),
}

/** What the older command line sends to add a cluster: understood, and refused in words. */
const cluster = {
  type: z.string().max(64).nullish(),
  hostname: z.string().max(2048).nullish(),
  cluster_address: z.string().max(2048).nullish(),
}

/** Providers are part of the configuration: who may update it manages them. */
export const workspaceProviders = {
  list: endpoint({
    method: 'GET',
    path: '/api/private/resource-pools',
    summary: 'The workspace providers; who may not manage them sees those of their organizations',
    access: { permission: ['configuration', 'read'] },
    ok: 200,
    response: z.object({ kubernetes: z.array(WorkspaceProvider) }),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/private/resource-pools/:provider',
    summary: 'One workspace provider',
    access: { permission: ['configuration', 'read'] },
    params: ProviderParams,
    ok: 200,
    response: WorkspaceProvider,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/private/resource-pools',
    summary: 'Adds a workspace provider; it is asked whether it is ready',
    access: { permission: ['configuration', 'update'] },
    body: z.strictObject({
      name: DisplayName,
      kind: z.enum(['engine', 'sandbox']).nullish(),
      endpoint: Endpoint.nullish(),
      ...secrets,
      org_whitelist: z.array(Id).max(1000).nullish(),
      ...cluster,
    }),
    ok: 201,
    response: WorkspaceProvider,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/private/resource-pools/:provider',
    summary: 'Changes a workspace provider; null leaves a field unchanged',
    access: { permission: ['configuration', 'update'] },
    params: ProviderParams,
    body: z.strictObject({
      name: DisplayName.nullish(),
      endpoint: Endpoint.nullish(),
      ...secrets,
      org_whitelist: z.array(Id).max(1000).nullish(),
      /** Makes it the built-in one instead of the one that is. */
      built_in: z.literal(true).nullish(),
    }),
    ok: 200,
    response: WorkspaceProvider,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/private/resource-pools/:provider',
    summary: 'Removes a workspace provider that has no workspaces',
    access: { permission: ['configuration', 'update'] },
    params: ProviderParams,
    ok: 204,
    response: Empty,
  }),
  check: endpoint({
    method: 'POST',
    path: '/api/private/resource-pools/:provider/check',
    summary: 'Asks a workspace provider whether it is ready, and says what is wrong',
    access: { permission: ['configuration', 'update'] },
    params: ProviderParams,
    ok: 200,
    response: WorkspaceProvider,
  }),
  cordon: endpoint({
    method: 'POST',
    path: '/api/private/resource-pools/:provider/cordon',
    summary: 'No new workspaces and no builds there until it is uncordoned',
    access: { permission: ['configuration', 'update'] },
    params: ProviderParams,
    body: z.strictObject({ reason: Description.nullish() }),
    ok: 200,
    response: WorkspaceProvider,
  }),
  uncordon: endpoint({
    method: 'POST',
    path: '/api/private/resource-pools/:provider/uncordon',
    summary: 'Takes a cordon back',
    access: { permission: ['configuration', 'update'] },
    params: ProviderParams,
    ok: 200,
    response: WorkspaceProvider,
  }),
}

import { z } from 'zod'
import { Can, Cannot, DisplayName, Empty, Id, Paging, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/**
 * A registry of container images that an organization uses. The password is never part of it. `can`
 * knows `read`, `update`, `check` and `delete`.
 */
export const Registry = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    friendly_name: z.string(),
    /** `host`, `host:port`, or either with `http://` where it speaks no TLS. */
    registry: z.string(),
    /** Empty without credentials; `null` for callers who may not change it. */
    username: z.string().nullable(),
    has_password: z.boolean(),
    /** For `If-Match`, as in the `ETag` of one registry. */
    version: z.number().int(),
    can: Can,
    cannot: Cannot,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Registry' })

export type Registry = z.infer<typeof Registry>

/** What came of contacting a registry. */
export const registryResults = [
  'ok',
  'name_not_found',
  'connection_refused',
  'unreachable',
  'timeout',
  'certificate',
  'no_tls',
  'credentials_required',
  'credentials_refused',
  'not_a_registry',
  'image_not_found',
  'image_unsupported',
  'not_allowed',
  'failed',
] as const

export type RegistryResult = (typeof registryResults)[number]

export const RegistryCheck = z
  .object({
    ok: z.boolean(),
    result: z.enum(registryResults),
    /** What was found, and what to do about it. */
    message: z.string(),
  })
  .meta({ id: 'RegistryCheck' })

export type RegistryCheck = z.infer<typeof RegistryCheck>

// A line break or a colon would end the user name in what is sent to the registry.
const Username = z
  .string()
  .trim()
  .max(256, 'Use at most 256 characters')
  .regex(/^[^\p{Cc}\p{Cs}:]*$/u, 'Use one line without a colon')

const fields = {
  friendly_name: DisplayName,
  registry: z
    .string()
    .trim()
    .min(1, 'Enter an address such as registry.example.com:5000')
    .max(255, 'Use at most 255 characters'),
  username: Username,
  /** A key file may stand in for the password: at most 32 KiB. */
  password: z.string().min(1, 'Enter the password').max(32_768, 'Use at most 32 KiB'),
}

const RegistryParams = z.strictObject({ registry: Id })

export const registries = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/registries',
    summary: 'The registries that the caller may read, of one organization or of all',
    access: { permission: ['registries', 'read'] },
    query: z.strictObject({
      org: Id.optional(),
      q: z.string().max(200).optional(),
      ...Paging,
    }),
    ok: 200,
    response: z.array(Registry),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/registries/:registry',
    summary: 'One registry',
    access: { permission: ['registries', 'read'] },
    params: RegistryParams,
    ok: 200,
    response: Registry,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/registries',
    summary: 'Adds a registry to an organization; it is not contacted yet',
    access: { permission: ['registries', 'create'] },
    body: z.strictObject({
      org_id: Id,
      friendly_name: fields.friendly_name,
      registry: fields.registry,
      username: fields.username.nullish(),
      password: fields.password.nullish(),
    }),
    ok: 201,
    response: Registry,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/registries/:registry',
    summary:
      'Changes a registry; null leaves a field unchanged, an empty username takes the credentials away',
    access: { permission: ['registries', 'update'] },
    params: RegistryParams,
    body: z.strictObject({
      friendly_name: fields.friendly_name.nullish(),
      registry: fields.registry.nullish(),
      username: fields.username.nullish(),
      password: fields.password.nullish(),
    }),
    ok: 200,
    response: Registry,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/registries/:registry',
    summary: 'Deletes a registry',
    access: { permission: ['registries', 'delete'] },
    params: RegistryParams,
    ok: 204,
    response: Empty,
  }),
  check: endpoint({
    method: 'POST',
    path: '/api/v0/registries/:registry/check',
    summary: 'Contacts a registry with its credentials and says what is wrong, if anything',
    access: { permission: ['registries', 'update'] },
    params: RegistryParams,
    ok: 200,
    response: RegistryCheck,
  }),
}

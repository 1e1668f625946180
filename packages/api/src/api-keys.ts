import { z } from 'zod'
import { Can, DisplayName, Empty, Id, Paging, Time, UserParams } from './common.ts'
import { endpoint } from './endpoint.ts'

/** Never holds the secret: that is answered once, by create and regenerate. */
export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Made by the system for an application rather than by the user. */
    application: z.boolean(),
    user_id: z.string(),
    user: z.object({ id: z.string(), username: z.string(), name: z.string() }),
    /** `null`: everything that its owner may do. */
    scopes: z.array(z.string()).nullable(),
    last_used: Time.nullable(),
    expires_at: Time.nullable(),
    created_at: Time,
    can: Can,
  })
  .meta({ id: 'ApiKey' })

export type ApiKey = z.infer<typeof ApiKey>

const KeyParams = UserParams.extend({ key: Id })
const NewSecret = z.object({ key: z.string() })
/** `<resource>:<operation>`, as in `users:read`. */
const Scopes = z.array(z.string().max(64)).min(1).max(80)
const ExpiresAt = z.iso.datetime({ offset: true })

export const apiKeys = {
  listAll: endpoint({
    method: 'GET',
    path: '/api/v0/api-keys',
    summary: 'The API keys of all users',
    access: { permission: ['api_keys', 'list'] },
    query: z.strictObject({ q: z.string().max(200).optional(), ...Paging }),
    ok: 200,
    response: z.array(ApiKey),
    paged: true,
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/v0/api-keys/:user',
    summary: 'The API keys of a user',
    access: { permission: ['api_keys', 'read'] },
    params: UserParams,
    ok: 200,
    response: z.array(ApiKey),
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/api-keys/:user/:key',
    summary: 'One API key',
    access: { permission: ['api_keys', 'read'] },
    params: KeyParams,
    ok: 200,
    response: ApiKey,
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/api-keys/:user',
    summary: 'Makes an API key; its secret is answered once',
    access: { permission: ['api_keys', 'create'] },
    params: UserParams,
    body: z.strictObject({
      name: DisplayName,
      scopes: Scopes.nullish(),
      expires_at: ExpiresAt.nullish(),
    }),
    ok: 201,
    response: NewSecret.extend({ id: z.string() }),
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/api-keys/:user/:key',
    summary: 'Changes the name, scopes or expiry of an API key',
    access: { permission: ['api_keys', 'update'] },
    params: KeyParams,
    body: z.strictObject({
      name: DisplayName.optional(),
      scopes: Scopes.nullish(),
      expires_at: ExpiresAt.nullish(),
    }),
    ok: 200,
    response: ApiKey,
  }),
  regenerate: endpoint({
    method: 'POST',
    path: '/api/v0/api-keys/:user/:key/regen',
    summary: 'Gives an API key a new secret, answered once; the old one dies at once',
    access: { permission: ['api_keys', 'update'] },
    params: KeyParams,
    ok: 200,
    response: NewSecret,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/api-keys/:user/:key',
    summary: 'Deletes an API key; it is refused at once',
    access: { permission: ['api_keys', 'delete'] },
    params: KeyParams,
    ok: 204,
    response: Empty,
  }),
}

import { z } from 'zod'
import { Can, Cannot, DisplayName, Empty, Id, Paging, Time, UserParams } from './common.ts'
import { endpoint } from './endpoint.ts'

/** Never holds the secret: that is answered once, by create and regenerate. */
export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    /** Made by the system for an application rather than by the user. */
    application: z.boolean(),
    user_id: z.string(),
    /** The owner; the keys of a suspended owner are refused. */
    user: z.object({
      id: z.string(),
      username: z.string(),
      name: z.string(),
      status: z.enum(['active', 'suspended']),
    }),
    /** `null`: everything that its owner may do. */
    scopes: z.array(z.string()).nullable(),
    last_used: Time.nullable(),
    /** When it stops to work: its own expiry or the site's maximum age, whichever comes first. */
    expires_at: Time.nullable(),
    /** Which of the two `expires_at` is. */
    expires_by: z.enum(['key', 'site']).nullable(),
    created_at: Time,
    can: Can,
    cannot: Cannot,
  })
  .meta({ id: 'ApiKey' })

export type ApiKey = z.infer<typeof ApiKey>

const KeyParams = UserParams.extend({ key: Id })
const NewSecret = z.object({ key: z.string() })

/** `<resource>:<operation>`, as in `users:read`; the server refuses the others by name. */
const Scopes = z.array(z.string().max(64)).min(1, 'Choose at least one scope').max(80)

/** In the future, and not beyond the site's maximum age: that is refused, not shortened. */
const ExpiresAt = z.iso.datetime({
  offset: true,
  error: 'Enter a time with its zone, such as 2030-01-31T12:00:00Z',
})

export const apiKeys = {
  listAll: endpoint({
    method: 'GET',
    path: '/api/v0/api-keys',
    summary: 'The API keys of all users',
    access: { permission: ['api_keys', 'list'] },
    query: z.strictObject({
      /** Words of the key's name, or of its owner's name or username. */
      q: z.string().max(200).optional(),
      sort: z
        .enum(['name', '-name', 'created_at', '-created_at', 'last_used', '-last_used'])
        .optional(),
      ...Paging,
    }),
    ok: 200,
    response: z.array(ApiKey),
    paged: true,
  }),
  list: endpoint({
    method: 'GET',
    path: '/api/v0/api-keys/:user',
    summary: 'The API keys of a user, newest first',
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
    summary:
      'Makes an API key; its secret is answered once. Without scopes it may do what its owner may',
    access: { permission: ['api_keys', 'create'] },
    params: UserParams,
    body: z.strictObject({
      name: DisplayName,
      scopes: Scopes.nullish(),
      /** Left out by a key that expires itself, the new key expires with it. */
      expires_at: ExpiresAt.nullish(),
    }),
    ok: 201,
    response: NewSecret.extend({ id: z.string() }),
    idempotent: true,
  }),
  update: endpoint({
    method: 'PATCH',
    path: '/api/v0/api-keys/:user/:key',
    summary: 'Changes the name, scopes or expiry of an API key; what is left out stays',
    access: { permission: ['api_keys', 'update'] },
    params: KeyParams,
    body: z.strictObject({
      name: DisplayName.optional(),
      /** `null`: everything that its owner may do. */
      scopes: Scopes.nullish(),
      /** `null`: no expiry of its own. */
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
    /** A new expiry, which a key needs whose own has passed; left out, the expiry stays. */
    body: z.strictObject({ expires_at: ExpiresAt.nullish() }).nullish(),
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

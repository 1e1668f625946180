import { z } from 'zod'
import { endpoint } from './endpoint.ts'
import { User } from './users.ts'
import { DisplayName, Email, Password, Username } from './common.ts'

const Health = z.object({ status: z.string() })

/**
 * The last version of Coder v1: its command lines warn on every command when a server names another
 * one, and can only be updated up to it.
 */
export const spokenVersion = '1.44.6'

export const system = {
  health: endpoint({
    method: 'GET',
    path: '/healthz',
    summary: 'Says that the process is alive',
    access: { public: 'Process supervisors have no account' },
    ok: 200,
    response: Health,
    duringPasswordChange: true,
  }),
  ready: endpoint({
    method: 'GET',
    path: '/readyz',
    summary: 'Says that the database answers and its schema is current',
    access: { public: 'Load balancers have no account' },
    ok: 200,
    response: Health,
    duringPasswordChange: true,
  }),
  api: endpoint({
    method: 'GET',
    path: '/api',
    summary: 'Carries the version header that command lines read before every command',
    access: { public: 'Command lines ask before they sign in; the answer holds the version only' },
    ok: 200,
    response: z.object({ version: z.string() }),
    duringPasswordChange: true,
  }),
  version: endpoint({
    method: 'GET',
    path: '/api/private/version',
    summary: 'The version of the existing command line that the server speaks with',
    access: { public: 'The update command asks without a token' },
    ok: 200,
    response: z.object({ version: z.string() }),
    duringPasswordChange: true,
  }),
  setupMode: endpoint({
    method: 'GET',
    path: '/api/private/config/setup-mode',
    summary: 'Says whether the first user is still to be created',
    access: { public: 'Before setup there is nobody who could sign in' },
    ok: 200,
    response: z.object({ setup_mode: z.boolean() }),
    duringPasswordChange: true,
  }),
  setup: endpoint({
    method: 'POST',
    path: '/api/v0/setup',
    summary: 'Creates the site admin, once, with the token of the printed link',
    access: { public: 'The one-time token is the permission; afterwards the route answers 404' },
    body: z.strictObject({
      token: z.string().min(1).max(200),
      email: Email,
      username: Username,
      name: DisplayName,
      password: Password,
    }),
    ok: 201,
    response: User,
  }),
  openapi: endpoint({
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This description, as OpenAPI 3.1',
    access: { public: 'The contract is open source' },
    ok: 200,
    response: z.unknown(),
    duringPasswordChange: true,
  }),
  passwordPolicy: endpoint({
    method: 'POST',
    path: '/api/v0/password-strength',
    summary:
      'Judges a password before it is chosen; nothing is stored; after setup for who is signed in',
    access: { public: 'The setup page asks before there is a user' },
    body: z.strictObject({
      password: z.string().max(256),
      hints: z.array(z.string().max(254)).max(8).optional(),
    }),
    ok: 200,
    response: z.object({
      acceptable: z.boolean(),
      score: z.number().int(),
      policy: z.string(),
      messages: z.array(z.string()),
    }),
    duringPasswordChange: true,
  }),
}

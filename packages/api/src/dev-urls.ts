import { z } from 'zod'
import { Can, Cannot, Empty, Id, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

/** Who may open a dev URL, from few to all; each level includes those before it. */
export const devUrlLevels = ['PRIVATE', 'ORG', 'AUTHED', 'PUBLIC'] as const

/** An address of one port of a workspace. `can` knows `read`, `update`, `delete` and `open`. */
export const DevUrl = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    url: z.string(),
    port: z.number().int(),
    access: z.enum(devUrlLevels),
    /** What counts: `access`, or the site's maximum where that is lower. */
    effective_access: z.enum(devUrlLevels),
    name: z.string(),
    /** How the app speaks. */
    scheme: z.enum(['http', 'https']),
    version: z.number().int(),
    can: Can,
    cannot: Cannot,
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'DevUrl' })

export type DevUrl = z.infer<typeof DevUrl>

const Name = z.union([
  z.literal(''),
  z
    .string()
    .trim()
    .max(43, 'Use at most 43 characters')
    .regex(
      /^[A-Za-z](?:[A-Za-z0-9_]|-(?!-))*[A-Za-z0-9]$|^[A-Za-z]$/,
      'Use letters, digits, single hyphens and underscores; begin with a letter',
    ),
])

const WorkspaceParams = z.strictObject({ workspace: Id })
const DevUrlParams = z.strictObject({ workspace: Id, devUrl: Id })

const body = z.strictObject({
  /** The path decides; the existing command line repeats it here. */
  workspace_id: z.string().max(64).nullish(),
  port: z.number().int().min(1).max(65_535, 'Enter a port from 1 to 65535'),
  access: z.enum(devUrlLevels).nullish(),
  name: Name.nullish(),
  scheme: z.enum(['http', 'https']).nullish(),
})

/** Which levels may be chosen: each includes those before it, so one that is wider than a refused one is refused too. */
const Levels = z.strictObject({
  private: z.boolean(),
  org: z.boolean(),
  authed: z.boolean(),
  public: z.boolean(),
})

export const devUrls = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/workspaces/:workspace/devurls',
    summary: 'The dev URLs of a workspace that the caller may see',
    access: { permission: ['dev_urls', 'read'] },
    params: WorkspaceParams,
    ok: 200,
    response: z.array(DevUrl),
  }),
  create: endpoint({
    method: 'POST',
    path: '/api/v0/workspaces/:workspace/devurls',
    summary: 'Gives a port of a workspace an address',
    access: { permission: ['dev_urls', 'create'] },
    params: WorkspaceParams,
    body,
    ok: 201,
    response: DevUrl,
    idempotent: true,
  }),
  update: endpoint({
    method: 'PUT',
    path: '/api/v0/workspaces/:workspace/devurls/:devUrl',
    summary: 'Replaces what a dev URL says',
    access: { permission: ['dev_urls', 'update'] },
    params: DevUrlParams,
    body,
    ok: 200,
    response: DevUrl,
  }),
  remove: endpoint({
    method: 'DELETE',
    path: '/api/v0/workspaces/:workspace/devurls/:devUrl',
    summary: 'Takes the address of a port away; what is open through it is closed',
    access: { permission: ['dev_urls', 'delete'] },
    params: DevUrlParams,
    body: z
      .strictObject({
        workspace_id: z.string().max(64).optional(),
        url_id: z.string().max(64).optional(),
      })
      .nullish(),
    ok: 204,
    response: Empty,
  }),
  config: endpoint({
    method: 'GET',
    path: '/api/private/devurls/config',
    summary: 'The levels of access to dev URLs that the site permits',
    access: { permission: ['configuration', 'read'] },
    ok: 200,
    response: Levels,
  }),
  updateConfig: endpoint({
    method: 'PUT',
    path: '/api/private/devurls/config',
    summary: 'Changes how far dev URLs may be shared; what is open and no longer allowed is closed',
    access: { permission: ['configuration', 'update'] },
    body: Levels,
    ok: 200,
    response: Levels,
  }),
}

import { newId, randomToken } from '../../src/platform/ids.ts'
import { addWorkspace } from '../workspace-rows.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

const freshWorkspace = (stage: Stage): Promise<string> =>
  addWorkspace(stage.server, { owner: stage.user.id, organization: stage.organization })

/** A dev URL that is shared with the organization. */
async function freshDevUrl(stage: Stage): Promise<{ workspace: string; path: string }> {
  const [id, workspace] = [newId(new Date()), await freshWorkspace(stage)]
  await stage.server.sql(
    `insert into dev_urls (id, workspace_id, user_id, port, label, access, created_at, updated_at)
     values ($1, $2, $3, 8080, $4, 'org', now(), now())`,
    [id, workspace, stage.user.id, `8080--${randomToken(20).toLowerCase()}`],
  )
  return { workspace, path: `/api/v0/workspaces/${workspace}/devurls/${id}` }
}

const onDevUrl = (stage: Stage, operation: 'update' | 'delete', ok: number): number =>
  statusFor(stage.actor, operation, 'dev_urls', stage.place, ok)

const seesWorkspace = (stage: Stage): boolean => may(stage.actor, 'read', 'workspaces', stage.place)

const levels = { private: true, org: true, authed: true, public: true }
const siteWide = { own: false, inActorsOrganization: false }

export const devUrlPlays: Readonly<Record<string, Play>> = {
  'devUrls.list': {
    request: async (stage) => {
      const { workspace } = await freshDevUrl(stage)
      return { path: `/api/v0/workspaces/${workspace}/devurls` }
    },
    // Whoever sees the workspace alone finds an empty list; whoever sees neither, nothing.
    expect: (stage) =>
      may(stage.actor, 'read', 'dev_urls', stage.place) || seesWorkspace(stage) ? 200 : 404,
  },
  'devUrls.create': {
    request: async (stage) => ({
      path: `/api/v0/workspaces/${await freshWorkspace(stage)}/devurls`,
      body: { port: 8080, access: 'PRIVATE' },
    }),
    // One needs the workspace: creating is for oneself, and what is added to is hidden from others.
    expect: (stage) => {
      if (!seesWorkspace(stage)) return 404
      return stage.place.own && may(stage.actor, 'create', 'dev_urls', stage.place) ? 201 : 403
    },
  },
  'devUrls.update': {
    request: async (stage) => ({
      path: (await freshDevUrl(stage)).path,
      body: { port: 8080, access: 'PRIVATE', name: `n${randomToken(8)}` },
    }),
    expect: (stage) => onDevUrl(stage, 'update', 200),
  },
  'devUrls.remove': {
    request: async (stage) => ({ path: (await freshDevUrl(stage)).path }),
    expect: (stage) => onDevUrl(stage, 'delete', 204),
  },
  'devUrls.config': { request: () => ({ path: '/api/private/devurls/config' }), expect: () => 200 },
  'devUrls.updateConfig': {
    request: () => ({ path: '/api/private/devurls/config', body: levels }),
    expect: (stage) => statusFor(stage.actor, 'update', 'configuration', siteWide, 200),
  },
}

import { newId, randomToken } from '../../src/platform/ids.ts'
import { addWorkspace } from '../workspace-rows.ts'
import { addImage, addProvider, nowhere } from '../workspace-world.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

let endpoint = nowhere

/** Names the engine that workspaces are stopped and deleted on. */
export function playWorkspacesOn(engine: string): void {
  endpoint = engine
}

/** A workspace of the user whom the stage is about. */
async function fresh(stage: Stage, status = 'off', action = ''): Promise<string> {
  const { server, user, organization } = stage
  const provider = await addProvider(server, endpoint, [organization])
  const id = await addWorkspace(server, { owner: user.id, organization, status, provider })
  return `/api/v0/workspaces/${id}${action}`
}

/** One whose build has been under way for as long as anybody remembers. */
async function building(stage: Stage, action: string): Promise<string> {
  const path = await fresh(stage, 'building')
  await stage.server.sql(
    `with build as (
       insert into workspace_builds (id, workspace_id, kind, status, created_at)
       values ($1, $2, 'start', 'running', now()) returning id)
     update workspaces set build_id = $1 where id = $2`,
    [newId(new Date()), path.split('/').at(-1)],
  )
  return path + action
}

const on = (stage: Stage, operation: 'read' | 'update' | 'delete', ok: number): number =>
  statusFor(stage.actor, operation, 'workspaces', stage.place, ok)

const sees = (stage: Stage): boolean =>
  may(stage.actor, 'list', 'organizations', { ...stage.place, own: false })

/** The request, and then what came of it in the background. */
const thenInBackground = (outcome: string) => () => ['success', outcome]

export const workspacePlays: Readonly<Record<string, Play>> = {
  'workspaces.list': {
    request: (stage) => ({ path: `/api/v0/workspaces?orgs=${stage.organization}` }),
    // What one may not read is left out.
    expect: () => 200,
  },
  'workspaces.get': {
    request: async (stage) => ({ path: await fresh(stage) }),
    expect: (stage) => on(stage, 'read', 200),
  },
  'workspaces.create': {
    request: async (stage) => {
      const { server, organization } = stage
      await addProvider(server, nowhere, [organization])
      return {
        path: '/api/v0/workspaces',
        body: {
          name: `w${randomToken(10).toLowerCase()}`,
          org_id: organization,
          image_id: await addImage(server, { organization }),
          for_user_id: stage.user.id,
        },
      }
    },
    expect: (stage) => {
      if (!sees(stage)) return 404
      const allowed =
        may(stage.actor, 'create', 'workspaces', stage.place) &&
        (stage.place.own || may(stage.actor, 'update', 'workspaces', stage.place))
      return allowed ? 201 : 403
    },
    leaves: thenInBackground('failed'),
  },
  'workspaces.update': {
    request: async (stage) => {
      const path = await fresh(stage)
      await stage.server.sql(`update workspace_providers set endpoint = $1`, [nowhere])
      return { path, body: { cpu_cores: 2 } }
    },
    expect: (stage) => on(stage, 'update', 200),
    leaves: thenInBackground('failed'),
  },
  'workspaces.schedule': {
    request: async (stage) => ({
      path: await fresh(stage, 'off', '/schedule'),
      body: { autostart_enabled: true, auto_off_threshold: null },
    }),
    expect: (stage) => on(stage, 'update', 200),
  },
  'workspaces.stop': {
    request: async (stage) => ({ path: await fresh(stage, 'running', '/stop') }),
    expect: (stage) => on(stage, 'update', 200),
    leaves: thenInBackground('success'),
  },
  'workspaces.cancel': {
    request: async (stage) => ({ path: await building(stage, '/cancel') }),
    expect: (stage) => on(stage, 'update', 200),
  },
  'workspaces.remove': {
    request: async (stage) => ({ path: await fresh(stage) }),
    expect: (stage) => on(stage, 'delete', 204),
    leaves: thenInBackground('success'),
  },
  'workspaces.log': {
    request: async (stage) => ({ path: await building(stage, '/log') }),
    expect: (stage) => on(stage, 'read', 200),
  },
  'workspaces.watchLog': {
    request: async (stage) => ({
      path: (await building(stage, '/watch-update')).replace('/v0/', '/private/'),
    }),
    // Whoever may watch is told to ask for a WebSocket.
    expect: (stage) => on(stage, 'read', 426),
  },
  'workspaces.onProvider': {
    request: async (stage) => ({
      path: `/api/private/resource-pools/${await addProvider(stage.server)}/workspaces`,
    }),
    expect: () => 200,
  },
}

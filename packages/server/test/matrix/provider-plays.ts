import { newId, randomToken } from '../../src/platform/ids.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

// Where nothing listens: to be asked is to be found wanting, which is no refusal.
const nowhere = 'unix:///nonexistent/engine.sock'

/** A provider that the members of the stage's organization may use. */
async function freshProvider(stage: Stage, action = '', cordoned = false): Promise<string> {
  const id = newId(new Date())
  await stage.server.sql(
    `insert into workspace_providers (id, name, kind, endpoint, cordoned_at, check_at, created_at, updated_at)
     values ($1, $2, 'engine', $3, $4, now() + interval '1 day', now(), now())`,
    [id, `provider ${randomToken(12)}`, nowhere, cordoned ? new Date() : null],
  )
  await stage.server.sql(
    'insert into workspace_provider_organizations (provider_id, organization_id) values ($1, $2)',
    [id, stage.organization],
  )
  return `/api/private/resource-pools/${id}${action}`
}

const siteWide = { own: false, inActorsOrganization: false }

/** Whoever may not update the configuration sees the providers of their organizations only. */
const isVisible = ({ actor, whose }: Stage): boolean =>
  may(actor, 'update', 'configuration', siteWide) ||
  (!actor.startsWith('site-') && whose !== 'elsewhere')

const onProvider = (stage: Stage, operation: 'read' | 'update', ok: number): number =>
  isVisible(stage) ? statusFor(stage.actor, operation, 'configuration', siteWide, ok) : 404

const change = (path: (stage: Stage) => Promise<string>, ok: number, body?: object): Play => ({
  request: async (stage) => ({ path: await path(stage), body }),
  expect: (stage) => onProvider(stage, 'update', ok),
})

export const providerPlays: Readonly<Record<string, Play>> = {
  'workspaceProviders.list': {
    request: () => ({ path: '/api/private/resource-pools' }),
    // What one may not see is left out.
    expect: () => 200,
  },
  'workspaceProviders.get': {
    request: async (stage) => ({ path: await freshProvider(stage) }),
    expect: (stage) => onProvider(stage, 'read', 200),
  },
  'workspaceProviders.create': {
    request: () => ({
      path: '/api/private/resource-pools',
      body: { name: `new ${randomToken(12)}`, kind: 'engine', endpoint: nowhere },
    }),
    expect: (stage) => statusFor(stage.actor, 'update', 'configuration', siteWide, 201),
  },
  'workspaceProviders.update': {
    request: async (stage) => ({
      path: await freshProvider(stage),
      body: { name: `renamed ${randomToken(12)}` },
    }),
    expect: (stage) => onProvider(stage, 'update', 200),
  },
  'workspaceProviders.remove': change((stage) => freshProvider(stage), 204),
  'workspaceProviders.check': change((stage) => freshProvider(stage, '/check'), 200),
  'workspaceProviders.cordon': change((stage) => freshProvider(stage, '/cordon'), 200, {
    reason: 'repairs',
  }),
  'workspaceProviders.uncordon': change((stage) => freshProvider(stage, '/uncordon', true), 200),
}

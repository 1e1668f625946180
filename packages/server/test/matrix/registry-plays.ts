import { newId, randomToken } from '../../src/platform/ids.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

async function freshRegistry(stage: Stage, action = ''): Promise<string> {
  const id = newId(new Date())
  // An address that no registry may have: to be contacted is to be refused.
  await stage.server.sql(
    `insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
     values ($1, $2, $3, '127.0.0.9:1', now(), now())`,
    [id, stage.organization, `registry ${randomToken(12)}`],
  )
  return `/api/v0/registries/${id}${action}`
}

const placeOf = (stage: Stage) => ({ ...stage.place, own: false })

const onRegistry = (stage: Stage, operation: 'read' | 'update' | 'delete', ok: number): number =>
  statusFor(stage.actor, operation, 'registries', placeOf(stage), ok)

export const registryPlays: Readonly<Record<string, Play>> = {
  'registries.list': {
    request: (stage) => ({ path: `/api/v0/registries?org=${stage.organization}` }),
    // What one may not read is left out.
    expect: () => 200,
  },
  'registries.get': {
    request: async (stage) => ({ path: await freshRegistry(stage) }),
    expect: (stage) => onRegistry(stage, 'read', 200),
  },
  'registries.create': {
    request: (stage) => ({
      path: '/api/v0/registries',
      body: {
        org_id: stage.organization,
        friendly_name: `new ${randomToken(12)}`,
        registry: 'registry.example.com',
      },
    }),
    // 404 to whom the organization itself is not shown.
    expect: (stage) =>
      may(stage.actor, 'list', 'organizations', placeOf(stage))
        ? statusFor(stage.actor, 'create', 'registries', placeOf(stage), 201)
        : 404,
  },
  'registries.update': {
    request: async (stage) => ({
      path: await freshRegistry(stage),
      body: { username: 'robot', password: randomToken(12) },
    }),
    expect: (stage) => onRegistry(stage, 'update', 200),
  },
  'registries.remove': {
    request: async (stage) => ({ path: await freshRegistry(stage) }),
    expect: (stage) => onRegistry(stage, 'delete', 204),
  },
  'registries.check': {
    request: async (stage) => ({ path: await freshRegistry(stage, '/check') }),
    expect: (stage) => onRegistry(stage, 'update', 200),
  },
}

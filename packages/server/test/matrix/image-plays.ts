import { newId, randomToken } from '../../src/platform/ids.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

let host = ''

/** Names the registry that images are imported from: it has `made` and `another` of `team/image`. */
export function playImagesFrom(registry: string): void {
  host = registry
}

async function freshRegistry(stage: Stage): Promise<string> {
  const id = newId(new Date())
  await stage.server.sql(
    `insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
     values ($1, $2, $3, $4, now(), now())`,
    [id, stage.organization, `registry ${randomToken(12)}`, `http://${host}`],
  )
  return id
}

/** An image with a default tag `made` and a tag `old`. */
async function freshImage(stage: Stage, action = ''): Promise<string> {
  const [id, registry] = [newId(new Date()), await freshRegistry(stage)]
  await stage.server.sql(
    `insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values ($1, $2, $3, 'team/image', 1, 1, 10, now() + interval '1 day', now(), now())`,
    [id, stage.organization, registry],
  )
  await stage.server.sql(
    `insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at,
       checked_at, size, created_at, updated_at)
     select $1, tag, tag = 'made', 'sha256:0', now(), now(), 1, now(), now()
     from unnest(array['made', 'old']) as t (tag)`,
    [id],
  )
  return `/api/v0/images/${id}${action}`
}

const placeOf = (stage: Stage) => ({ ...stage.place, own: false })

const on = (
  stage: Stage,
  operation: 'read' | 'update' | 'delete',
  ok: number,
  resource = 'images',
): number => statusFor(stage.actor, operation, resource, placeOf(stage), ok)

/** What is added to something is hidden from whom that is. */
const adding = (stage: Stage, visible: boolean, resource: string): number =>
  visible ? statusFor(stage.actor, 'create', resource, placeOf(stage), 201) : 404

export const imagePlays: Readonly<Record<string, Play>> = {
  'images.list': {
    request: (stage) => ({ path: `/api/v0/images?org=${stage.organization}` }),
    // What one may not read is left out.
    expect: () => 200,
  },
  'images.get': {
    request: async (stage) => ({ path: await freshImage(stage) }),
    expect: (stage) => on(stage, 'read', 200),
  },
  'images.create': {
    request: async (stage) => ({
      path: '/api/v0/images',
      body: {
        org_id: stage.organization,
        registry_id: await freshRegistry(stage),
        repository: 'team/image',
        tag: 'made',
        default_cpu_cores: 1,
        default_memory_gb: 2,
        default_disk_gb: 10,
      },
    }),
    expect: (stage) =>
      adding(stage, may(stage.actor, 'list', 'organizations', placeOf(stage)), 'images'),
  },
  'images.update': {
    request: async (stage) => ({ path: await freshImage(stage), body: { default_tag: 'old' } }),
    expect: (stage) => on(stage, 'update', 200),
  },
  'images.remove': {
    request: async (stage) => ({ path: await freshImage(stage) }),
    expect: (stage) => on(stage, 'delete', 204),
  },
  'imageTags.list': {
    request: async (stage) => ({ path: await freshImage(stage, '/tags') }),
    expect: (stage) => on(stage, 'read', 200, 'image_tags'),
  },
  'imageTags.get': {
    request: async (stage) => ({ path: await freshImage(stage, '/tags/old') }),
    expect: (stage) => on(stage, 'read', 200, 'image_tags'),
  },
  'imageTags.create': {
    request: async (stage) => ({
      path: await freshImage(stage, '/tags'),
      body: { tag: 'another' },
    }),
    expect: (stage) =>
      adding(stage, may(stage.actor, 'read', 'images', placeOf(stage)), 'image_tags'),
  },
  'imageTags.update': {
    request: async (stage) => ({
      path: await freshImage(stage, '/tags/old'),
      body: { decommissioned: true },
    }),
    expect: (stage) => on(stage, 'update', 200, 'image_tags'),
  },
  'imageTags.remove': {
    request: async (stage) => ({ path: await freshImage(stage, '/tags/old') }),
    expect: (stage) => on(stage, 'delete', 204, 'image_tags'),
  },
  'imageTags.refresh': {
    request: async (stage) => ({ path: await freshImage(stage, '/tags/update') }),
    expect: (stage) => on(stage, 'update', 200, 'image_tags'),
  },
  'imageTags.refreshImage': {
    request: async (stage) => ({ path: await freshImage(stage) }),
    expect: (stage) => on(stage, 'update', 200, 'image_tags'),
  },
}

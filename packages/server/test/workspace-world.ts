import { newId } from '../src/platform/ids.ts'
import type { Person, TestServer } from './harness.ts'

/** Where nothing listens: builds there fail, and say why. */
export const nowhere = 'unix:///nonexistent/engine.sock'

let count = 0

/** Adds a workspace provider that these organizations may use; answers its id. */
export async function addProvider(
  server: Pick<TestServer, 'sql' | 'organizationId'>,
  endpoint = nowhere,
  organizations: readonly string[] = [server.organizationId],
): Promise<string> {
  const id = newId(new Date())
  await server.sql(
    `insert into workspace_providers (id, name, kind, endpoint, status, created_at, updated_at)
     values ($1, $2, 'engine', $3, 'ready', now(), now())`,
    [id, `provider ${++count}`, endpoint],
  )
  await server.sql(
    `insert into workspace_provider_organizations (provider_id, organization_id)
     select $1, unnest($2::uuid[])`,
    [id, organizations],
  )
  return id
}

export interface ImageOptions {
  readonly organization?: string
  /** As a local image of an engine: `repository:tag`. */
  readonly reference?: string
}

/** Adds an image that engines have already, with this default tag and a tag `old`; answers its id. */
export async function addImage(
  server: Pick<TestServer, 'sql' | 'organizationId'>,
  { organization = server.organizationId, reference = `image-${++count}:made` }: ImageOptions = {},
): Promise<string> {
  const id = newId(new Date())
  const at = reference.lastIndexOf(':')
  await server.sql(
    `insert into images (id, organization_id, source, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values ($1, $2, 'local', $3, 1, 0.5, 1, now() + interval '1 day', now(), now())`,
    [id, organization, reference.slice(0, at)],
  )
  await server.sql(
    `insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at,
       checked_at, size, created_at, updated_at)
     select $1, tag, tag = $2, 'sha256:' || tag, now(), now(), 1, now(), now()
     from unnest(array[$2, 'old']) as t (tag)`,
    [id, reference.slice(at + 1)],
  )
  return id
}

/** Waits until no build of a workspace is under way; answers the workspace. */
export async function untilBuilt(person: Pick<Person, 'send'>, id: string) {
  for (;;) {
    const { body } = await person.send('GET', `/api/v0/workspaces/${id}`)
    if (!['queued', 'building', 'stopping'].includes(body.status as string)) return body
  }
}

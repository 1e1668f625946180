import { newId, randomToken } from '../src/platform/ids.ts'
import type { TestServer } from './harness.ts'

export interface WorkspaceRow {
  readonly owner: string
  readonly organization: string
  readonly name?: string
  readonly status?: string
  /** Absent: one that leads nowhere. */
  readonly provider?: string
}

/** A workspace as rows of the database, for what is not about how workspaces come to be. */
export async function addWorkspace(
  server: Pick<TestServer, 'sql'>,
  { owner, organization, name, status = 'running', provider }: WorkspaceRow,
): Promise<string> {
  const id = newId(new Date())
  await server.sql(
    `with registry as (
       insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
       values ($2, $5, 'registry ' || $1::uuid, 'https://registry.example', now(), now())),
     image as (
       insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
         default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
       values ($3, $5, $2, 'image', 1, 1, 10, now() + interval '1 day', now(), now())),
     tag as (
       insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at,
         checked_at, size, created_at, updated_at)
       values ($3, 'made', true, 'sha256:0', now(), now(), 1, now(), now())),
     provider as (
       insert into workspace_providers (id, name, kind, created_at, updated_at)
       select $4::uuid, 'provider ' || $1::uuid, 'sandbox', now(), now() where $9::uuid is null)
     insert into workspaces (id, organization_id, user_id, name, image_id, image_tag, provider_id,
       cpu_cores, memory_gb, disk_gb, status, created_at, updated_at)
     values ($1::uuid, $5, $6, $7, $3, 'made', coalesce($9::uuid, $4::uuid), 1, 1, 10, $8, now(), now())`,
    [
      id,
      newId(new Date()),
      newId(new Date()),
      newId(new Date()),
      organization,
      owner,
      name ?? `w${randomToken(10).toLowerCase()}`,
      status,
      provider ?? null,
    ],
  )
  return id
}

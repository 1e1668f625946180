import { createHash } from 'node:crypto'
import pg from 'pg'
import { newId } from '../src/platform/ids.ts'

/** So many belong to each user of a filled database. */
export const workspacesOfEach = 20

/** People whom the questions name; the same in databases of every size. */
export const known = { manager: idOf('manager'), member: idOf('member') }

/** Fills a migrated database with workspaces of ten organizations, each with three builds, and their owners. */
export async function fillWorkspaces(url: string, count: number): Promise<void> {
  await using(url, async (run) => {
    const users = count / workspacesOfEach
    await run(`insert into organizations (id, name, is_default, created_at, updated_at)
      select ${idBy(`'organization' || n`)}, 'Organization ' || n, n = 1, now(), now()
      from generate_series(1, 10) as n`)
    await run(
      `insert into users (id, email, username, name, site_role, created_at, updated_at)
       select case n when 0 then '${known.manager}' when 1 then '${known.member}' else ${idBy(`'user' || n`)} end,
         'person-' || n || '@example.com', 'person-' || n, 'Person ' || n,
         case n when 0 then 'site-manager' else 'site-member' end, now(), now()
       from generate_series(0, $1::int) as n`,
      users,
    )
    await run(`insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
      select ${idBy(`'organization' || 1 + substr(username, 8)::int % 10`)}, id, 'organization-member', now(), now()
      from users where site_role = 'site-member'`)
    await run(`insert into images (id, organization_id, source, repository, default_cpu_cores,
        default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
      select ${idBy(`'image' || id`)}, id, 'local', 'image', 1, 1, 10, now() + interval '1 day', now(), now()
      from organizations`)
    await run(`insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at,
        checked_at, size, created_at, updated_at)
      select id, 'made', true, 'sha256:0', now(), now(), 1, now(), now() from images`)
    await run(`insert into workspace_providers (id, name, kind, endpoint, status, created_at, updated_at)
      values ('${idOf('provider')}', 'Engine', 'engine', 'unix:///nonexistent', 'ready', now(), now())`)
    // The names of an owner's workspaces lie scattered in the order of all.
    await run(
      `insert into workspaces (id, organization_id, user_id, name, image_id, image_tag, provider_id,
         cpu_cores, memory_gb, disk_gb, status, last_built_at, created_at, updated_at)
       select ${idBy(`'workspace' || n`)}, organization_id, user_id, 'w' || substr(md5('name' || n), 1, 12),
         ${idBy(`'image' || organization_id`)}, 'made', '${idOf('provider')}', 1, 1, 10,
         case n % 4 when 0 then 'running' when 1 then 'failed' else 'off' end, now(), now(), now()
       from generate_series(1, $1::int) as n,
         lateral (select ${idBy(`'organization' || 1 + (1 + n % $2::int) % 10`)} as organization_id,
           case n % $2::int when 0 then '${known.member}' else ${idBy(`'user' || 1 + n % $2::int`)} end as user_id) as owners`,
      count,
      users,
    )
    await run(`insert into workspace_builds (id, workspace_id, kind, status, initiator_id, created_at, started_at, ended_at)
      select ${idBy(`'build' || n || workspaces.id`)}, workspaces.id, 'start', 'succeeded', user_id, now(), now(), now()
      from workspaces, generate_series(1, 3) as n`)
    await run(`update workspaces set build_id = ${idBy(`'build' || 3 || workspaces.id`)}`)
    await run('vacuum analyze')
  })
}

/** Where workspaces can be made, and whoever makes them. */
export interface Place {
  readonly ownerId: string
  readonly organizationId: string
  readonly imageId: string
}

/** Adds an engine, an image that it has, and somebody who may make workspaces of it. */
export async function addPlace(
  url: string,
  endpoint: string,
  image: { readonly repository: string; readonly tag: string },
): Promise<Place> {
  const [ownerId, organizationId, imageId, providerId] = [
    newId(new Date()),
    newId(new Date()),
    newId(new Date()),
    newId(new Date()),
  ]
  await using(url, async (run) => {
    await run(
      `insert into organizations (id, name, is_default, created_at, updated_at)
       values ($1, 'Bench', true, now(), now())`,
      organizationId,
    )
    await run(
      `insert into users (id, email, username, name, created_at, updated_at)
       values ($1, 'bench@example.com', 'bench', 'Bench', now(), now())`,
      ownerId,
    )
    await run(
      `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
       values ($1, $2, 'organization-member', now(), now())`,
      organizationId,
      ownerId,
    )
    await run(
      `insert into images (id, organization_id, source, repository, default_cpu_cores, default_memory_gb,
         default_disk_gb, refresh_at, created_at, updated_at)
       values ($1, $2, 'local', $3, 1, 1, 1, now() + interval '1 day', now(), now())`,
      imageId,
      organizationId,
      image.repository,
    )
    await run(
      `insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at, checked_at,
         size, created_at, updated_at)
       values ($1, $2, true, 'sha256:0', now(), now(), 1, now(), now())`,
      imageId,
      image.tag,
    )
    await run(
      `insert into workspace_providers (id, name, kind, endpoint, status, created_at, updated_at)
       values ($1, 'Engine', 'engine', $2, 'ready', now(), now())`,
      providerId,
      endpoint,
    )
    await run(
      'insert into workspace_provider_organizations (provider_id, organization_id) values ($1, $2)',
      providerId,
      organizationId,
    )
  })
  return { ownerId, organizationId, imageId }
}

async function using(
  url: string,
  work: (run: (text: string, ...values: unknown[]) => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work((text, ...values) => client.query(text, values))
  } finally {
    await client.end()
  }
}

/** A fixed UUID for a word. */
function idOf(word: string): string {
  return `00000000-0000-7000-8000-${createHash('sha256').update(word).digest('hex').slice(0, 12)}`
}

/** A fixed UUID for a text that Postgres makes. */
function idBy(seed: string): string {
  return `md5(${seed})::uuid`
}

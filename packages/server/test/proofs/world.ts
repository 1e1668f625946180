import {
  type KeyScope,
  keyScopes,
  type OrganizationRole,
  organizationRoles,
  type SiteRole,
} from '@atelier/access'
import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import { newId, randomToken } from '../../src/platform/ids.ts'
import { hashToken } from '../../src/sessions/principals.ts'
import type { TestServer } from '../harness.ts'

/** People, organizations, memberships and keys, as they are put into the database. */
export interface World {
  /** Part of every name in this world, and of no other one's. */
  readonly tag: string
  readonly organizations: readonly string[]
  readonly people: readonly WorldPerson[]
  readonly keys: readonly WorldKey[]
  /** One of each organization. */
  readonly registries: readonly { readonly id: string; readonly organization: string }[]
  /** One of each registry, with one tag. */
  readonly images: readonly { readonly id: string; readonly organization: string }[]
}

export interface WorldPerson {
  readonly id: string
  readonly role: SiteRole
  readonly suspended: boolean
  readonly temporary: boolean
  readonly memberships: Readonly<Record<string, OrganizationRole>>
  readonly token: string
}

export interface WorldKey {
  readonly id: string
  readonly owner: WorldPerson
  readonly scopes: readonly KeyScope[] | null
  readonly token: string
}

const places = fc.array(fc.option(fc.constantFrom(...organizationRoles), { freq: 2 }), {
  minLength: 3,
  maxLength: 3,
})

/** What a world is made of: numbers of things, and choices. */
const plan = fc.record({
  organizations: fc.nat(3),
  admin: places,
  people: fc.array(
    fc.record({
      role: fc.constantFrom('site-member', 'site-member', 'site-auditor', 'site-manager'),
      suspended: fc.nat(9).map((number) => number === 0),
      temporary: fc.nat(9).map((number) => number === 0),
      places,
    }),
    { minLength: 2, maxLength: 5 },
  ),
  keys: fc.array(
    fc.record({
      owner: fc.nat(5),
      scopes: fc.option(fc.subarray([...keyScopes], { minLength: 1 }), { freq: 4 }),
    }),
    { maxLength: 3 },
  ),
})

/** Makes random worlds, each around the one site admin, and puts them into the database at once. */
export async function insertWorlds(
  server: TestServer,
  count: number,
  seed: number,
): Promise<World[]> {
  const worlds = fc.sample(plan, { numRuns: count, seed }).map((made, index): World => {
    const organizations = Array.from({ length: made.organizations }, () => newId(new Date()))
    const membershipsOf = (roles: readonly (OrganizationRole | null)[]) =>
      Object.fromEntries(
        organizations.flatMap((id, at) => {
          const role = roles[at] ?? null
          return role === null ? [] : [[id, role] as const]
        }),
      )
    const admin: WorldPerson = {
      id: server.admin.id,
      role: 'site-admin',
      suspended: false,
      temporary: false,
      memberships: membershipsOf(made.admin),
      token: server.admin.token,
    }
    const people = made.people.map(
      ({ role, suspended, temporary, places: roles }): WorldPerson => ({
        id: newId(new Date()),
        role,
        suspended,
        temporary,
        memberships: membershipsOf(roles),
        token: randomBytes(24).toString('base64url'),
      }),
    )
    const everybody = [admin, ...people]
    return {
      tag: `w${index}x`,
      organizations,
      people: everybody,
      images: organizations.map((id) => ({ id: newId(new Date()), organization: id })),
      registries: organizations.map((id) => ({ id: newId(new Date()), organization: id })),
      keys: made.keys.map(({ owner, scopes }) => {
        const id = randomToken(10)
        const token = `${id}-${randomToken(22)}`
        return { id, owner: everybody[owner % everybody.length]!, scopes, token }
      }),
    }
  })
  await insert(server, worlds)
  return worlds
}

async function insert(server: TestServer, worlds: readonly World[]): Promise<void> {
  const newcomers = worlds.flatMap(({ tag, people }) =>
    people.slice(1).map(({ id, role, suspended, temporary, token }, index) => ({
      id,
      name: `${tag}p${index}`,
      role,
      temporary,
      status: suspended ? 'suspended' : 'active',
      token: hashToken(token).toString('hex'),
    })),
  )
  const organizations = worlds.flatMap(({ tag, organizations: ids }) =>
    ids.map((id, index) => ({ id, name: `${tag}o${index}` })),
  )
  const memberships = worlds.flatMap(({ people }) =>
    people.flatMap(({ id: user, memberships: roles }) =>
      Object.entries(roles).map(([organization, role]) => ({ user, organization, role })),
    ),
  )
  const keys = worlds.flatMap((world) =>
    world.keys.map(({ id, owner, scopes, token }, index) => ({
      id,
      owner: owner.id,
      scopes,
      name: `${world.tag}k${index}`,
      secret: hashToken(token.slice(11)).toString('hex'),
    })),
  )
  await server.sql(
    `with made as (
       insert into users (id, email, username, name, site_role, status, temporary_password,
         created_at, updated_at)
       select id, name || '@example.com', name, name, role, status, temporary, now(), now()
       from jsonb_to_recordset($1::jsonb)
         as r (id uuid, name text, role text, status text, temporary boolean)
       returning id)
     insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     select gen_random_uuid(), r.id, decode(r.token, 'hex'), '127.0.0.1', 'test', now(), now(),
       now() + interval '1 day'
     from jsonb_to_recordset($1::jsonb) as r (id uuid, token text) join made on made.id = r.id`,
    [JSON.stringify(newcomers)],
  )
  await server.sql(
    `insert into organizations (id, name, created_at, updated_at)
     select id, name, now(), now() from jsonb_to_recordset($1::jsonb) as r (id uuid, name text)`,
    [JSON.stringify(organizations)],
  )
  await server.sql(
    `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
     select organization, "user", role, now(), now()
     from jsonb_to_recordset($1::jsonb) as r ("user" uuid, organization uuid, role text)`,
    [JSON.stringify(memberships)],
  )
  await server.sql(
    `insert into api_keys (id, user_id, name, secret_hash, scopes, secret_at, created_at)
     select id, owner, name, decode(secret, 'hex'), scopes, now(), now()
     from jsonb_to_recordset($1::jsonb)
       as r (id text, owner uuid, name text, secret text, scopes text[])`,
    [JSON.stringify(keys)],
  )
  await server.sql(
    `insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
     select id, organization, 'Ours', 'registry.example.com', now(), now()
     from jsonb_to_recordset($1::jsonb) as r (id uuid, organization uuid)`,
    [JSON.stringify(worlds.flatMap(({ registries }) => registries))],
  )
  await server.sql(
    `with made as (
       insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
         default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
       select r.id, r.organization, registries.id, 'team/image', 1, 1, 1, now() + interval '1 year',
         now(), now()
       from jsonb_to_recordset($1::jsonb) as r (id uuid, organization uuid)
       join registries on registries.organization_id = r.organization
       returning id)
     insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at, checked_at,
       size, created_at, updated_at)
     select id, 'latest', true, 'sha256:0', now(), now(), 1, now(), now() from made`,
    [JSON.stringify(worlds.flatMap(({ images }) => images))],
  )
  await server.sql(
    'analyze registries, images, users, organizations, organization_members, api_keys',
  )
}

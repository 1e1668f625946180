import { type Endpoint, endpoints } from '@atelier/api'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { newId, randomToken } from '../../src/platform/ids.ts'
import { hashToken } from '../../src/sessions/principals.ts'
import { password, type Person, startServer, type TestServer } from '../harness.ts'
import { siteActors } from '../matrix/tables.ts'
import { addWorkspace } from '../workspace-rows.ts'
import { addProvider, nowhere } from '../workspace-world.ts'
import { calls, diceOf, noId, type Stage } from './calls.ts'

// No sequence of calls by one actor ends with anybody holding more than the rules allow. The rules
// are written here once more, as naively as can be.

vi.setConfig({ testTimeout: 600_000 })
const runs = Number(process.env['PROOF_RUNS'] ?? 150)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

type Role = (typeof siteActors)[number]
const rank = (role: Role): number => siteActors.length - siteActors.indexOf(role)

const actorKinds = [...siteActors, 'super-manager'] as const
type ActorKind = (typeof actorKinds)[number]
const siteRoleOf = (kind: ActorKind): Role => (kind === 'super-manager' ? 'site-member' : kind)

/** Sections 3.1 to 3.3: between which roles the actor moves others; the first one is a new user's. */
const movesBetween: Readonly<Record<ActorKind, readonly Role[]>> = {
  'site-admin': ['site-member', 'site-auditor', 'site-manager'],
  'site-manager': ['site-member', 'site-auditor'],
  'site-auditor': [],
  'site-member': [],
  'super-manager': [],
}

async function newSession(userId: string): Promise<{ id: string; token: string }> {
  const [id, token] = [newId(new Date()), randomToken(43)]
  await server.sql(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, '127.0.0.1', 'test', now(), now(), now() + interval '7 days')`,
    [id, userId, hashToken(token)],
  )
  return { id, token }
}

/** A key of the actor's, that may do much but not everything. */
const narrowScopes = [
  'api_keys:create',
  'api_keys:read',
  'api_keys:update',
  'api_keys:delete',
  'org_members:create',
  'org_members:update',
  'users:create',
  'users:read',
  'users:update',
]

async function newKey(owner: string, scopes: readonly string[] | null) {
  const [keyId, secret] = [randomToken(10), randomToken(22)]
  await server.sql(
    `insert into api_keys (id, user_id, name, secret_hash, scopes, expires_at, secret_at, created_at)
     values ($1, $2, 'old', $3, $4, '2034-06-01', now(), now())`,
    [keyId, owner, hashToken(secret), scopes],
  )
  return { keyId, owner, token: `${keyId}-${secret}` }
}

/** The world as in the beginning: one site admin, one organization, nobody else. */
async function cleanWorld(): Promise<void> {
  await server.restoreAdmin()
  await server.sql('delete from workspaces')
  await server.sql('delete from workspace_providers')
  await server.sql('delete from jobs')
  await server.sql(`delete from users where site_role <> 'site-admin';
    delete from organizations where id <> '${server.organizationId}';
    delete from api_keys; delete from settings; delete from system_banners;
    update organizations set is_default = true, default_role = 'organization-member';
    update users set username = 'admin', email = 'admin@example.com', name = 'Admin',
      login_type = 'built-in', ux_state = '{}'`)
}
beforeEach(cleanWorld)

async function setStage(kind: ActorKind): Promise<Stage> {
  const [home, away] = await Promise.all([server.organization(), server.organization()])
  const organizations = { [home]: 'organization-member' } as const
  const chiefs = { [home]: 'organization-super-manager' } as const
  const role = siteRoleOf(kind)
  const actor =
    role === 'site-admin'
      ? server.admin
      : await server.person(role, { organizations: kind === 'super-manager' ? chiefs : {} })
  const cast = await Promise.all([
    server.person('site-manager', { organizations }),
    server.person('site-auditor', { organizations: { [away]: 'organization-manager' } }),
    server.person('site-member', { organizations }),
    server.person('site-member', { organizations: chiefs }),
  ])
  const [own, others] = [await newSession(actor.id), await newSession(server.admin.id)]
  const [banner] = await server.sql(
    `insert into system_banners (id, kind, format, body, background_color, text_color, enabled,
       dismissible, revision, created_at, updated_at)
     values (gen_random_uuid(), 'message', 'text', 'Hello', '#000000', '#ffffff', true, true, 'r', now(), now())
     returning id`,
  )
  const [registry] = await server.sql(
    `insert into registries (id, organization_id, friendly_name, registry, created_at, updated_at)
     values (gen_random_uuid(), $1, 'Ours', '127.0.0.1:1', now(), now()) returning id`,
    [home],
  )
  const [image] = await server.sql(
    `with image as (
       insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
         default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
       values (gen_random_uuid(), $1, $2, 'team/ours', 1, 1, 1, now() + interval '1 day', now(), now())
       returning id)
     insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at, checked_at,
       size, created_at, updated_at)
     select id, tag, tag = 'made', 'sha256:0', now(), now(), 1, now(), now()
     from image, unnest(array['made', 'old']) as t (tag) returning image_id`,
    [home, registry.id],
  )
  const provider = await addProvider(server, nowhere, [home, server.organizationId])
  const owners = [actor, cast[0], cast[2], cast[3]].map(({ id }) => id)
  const workspaces = await Promise.all(
    owners.map((owner) =>
      addWorkspace(server, { owner, organization: home, status: 'off', provider }),
    ),
  )
  const devUrls = await server.sql(
    `insert into dev_urls (id, workspace_id, user_id, label, port, created_at, updated_at)
     select gen_random_uuid(), id, user_id, id::text, 3000, now(), now()
     from workspaces where id = any($1::uuid[]) returning id, workspace_id as workspace`,
    [workspaces],
  )
  const [narrow, old] = [await newKey(actor.id, narrowScopes), await newKey(cast[0].id, null)]
  const people: Person[] = [actor, server.admin, ...cast]
  return {
    actor: { ...actor, token: own.token },
    people: [...new Set(people)],
    organizations: [home, away, server.organizationId, noId],
    banners: [banner.id as string],
    registries: [registry.id as string],
    images: [image.image_id as string],
    providers: [provider],
    workspaces,
    devUrls,
    keys: [narrow, old].map(({ keyId, owner }) => ({ id: keyId, owner })),
    sessions: [own.id, others.id],
    passwords: [],
    tokens: [narrow],
    transferred: false,
  }
}

/** Everything that says what somebody may do, or lets somebody speak for them. */
async function snapshot() {
  const users = await server.sql(
    `select id, site_role, to_jsonb(users) - '{last_seen_at}'::text[] as row,
       (select coalesce(jsonb_agg(to_jsonb(k) - '{last_used_at}'::text[] order by k.id), '[]')
        from api_keys k where k.user_id = users.id) as keys,
       (select coalesce(jsonb_agg(s.id order by s.id), '[]') from sessions s
        where s.user_id = users.id) as sessions,
       (select coalesce(jsonb_object_agg(m.organization_id, m.role), '{}')
        from organization_members m where m.user_id = users.id) as memberships
     from users`,
  )
  return new Map(users.map((user) => [user.id as string, user]))
}

const covers = (scopes: readonly string[] | null, wanted: string): boolean =>
  scopes === null ||
  scopes.includes(wanted) ||
  (wanted.endsWith(':list') && scopes.includes(wanted.replace(':list', ':read')))

interface KeyRow {
  readonly scopes: readonly string[] | null
  readonly expires_at: Date | null
}

async function keyRow(id: string): Promise<KeyRow | undefined> {
  const [row] = await server.sql('select scopes, expires_at from api_keys where id = $1', [id])
  return row as KeyRow | undefined
}

/** Section 5: a key makes, widens and regenerates no key that may do more than itself. */
function expectNoWider(key: KeyRow, by: KeyRow): void {
  if (by.scopes !== null) {
    expect(key.scopes).not.toBeNull()
    expect(key.scopes?.filter((scope) => !covers(by.scopes, scope))).toEqual([])
  }
  if (by.expires_at !== null) {
    expect(key.expires_at).not.toBeNull()
    expect(key.expires_at!.getTime()).toBeLessThanOrEqual(by.expires_at.getTime())
  }
}

interface Move {
  readonly call: string
  readonly numbers: readonly number[]
  readonly credential: number
}

const methods = new Map<string, Endpoint>(
  Object.entries(endpoints).flatMap(([noun, group]) =>
    Object.entries(group as Record<string, Endpoint>).map(
      ([name, endpoint]) => [`${noun}.${name}`, endpoint] as const,
    ),
  ),
)

async function make(stage: Stage, { call, numbers, credential }: Move): Promise<void> {
  const own = stage.tokens.filter(({ owner }) => owner === stage.actor.id)
  const key = [undefined, ...own][credential % (own.length + 1)]
  const by = key === undefined ? undefined : await keyRow(key.keyId)
  const known = stage.tokens.length
  const { path, body, learn } = calls[call]!(stage, diceOf(numbers))
  const { method } = methods.get(call)!
  const answer = await server.send(method, path, body, {
    'session-token': key?.token ?? stage.actor.token,
  })
  expect(answer.status, `${method} ${path} ${JSON.stringify(body)}`).toBeLessThan(500)
  if (answer.status >= 300) return
  learn?.(answer)
  if (by === undefined || !/^apiKeys\.(create|update|regenerate)$/.test(call)) return
  const changed = stage.tokens[known]?.keyId ?? path.split('/')[5]!
  expectNoWider((await keyRow(changed))!, by)
}

const probes: readonly (readonly [string, string, (stage: Stage) => string, unknown?])[] = [
  ['api_keys:list', 'GET', () => '/api/v0/api-keys?limit=1'],
  ['audit_logs:read', 'GET', () => '/api/v0/audit?limit=1'],
  ['users:read', 'GET', (stage) => `/api/v0/users/${stage.people.at(-1)!.id}`],
  ['organizations:read', 'GET', (stage) => `/api/v0/orgs/${stage.organizations[1]!}?members=false`],
  ['org_members:list', 'GET', (stage) => `/api/v0/orgs/${stage.organizations[0]!}/members?limit=1`],
  ['system_banners:read', 'GET', () => '/api/v0/banners'],
  [
    'users:create',
    'POST',
    () => '/api/v0/users/import',
    { csv: 'name,username,email\n', dry_run: true },
  ],
  ['configuration:update', 'PATCH', () => '/api/v0/config', {}],
]

/** Which of the probes a token is let through. */
async function powersOf(stage: Stage, token: string): Promise<string[]> {
  const answers = await Promise.all(
    probes.map(([, method, path, body]) =>
      server.send(method, path(stage), body, { 'session-token': token }),
    ),
  )
  return probes
    .map(([scope]) => scope)
    .filter((_, index) => ![401, 403, 404].includes(answers[index]!.status))
}

type World = Awaited<ReturnType<typeof snapshot>>

function expectRolesInOrder(kind: ActorKind, stage: Stage, before: World, after: World): void {
  const admins = [...after.values()].filter(({ site_role: role }) => role === 'site-admin')
  expect(admins).toHaveLength(1)
  if (!stage.transferred) expect(admins[0].id).toBe(server.admin.id)
  else expect(kind).toBe('site-admin')

  const allowed = movesBetween[kind]
  for (const [id, user] of after) {
    const former = before.get(id)?.site_role ?? 'site-member'
    if (user.site_role === former) continue
    if (stage.transferred && (id === admins[0].id || id === stage.actor.id)) continue
    expect(allowed, `${String(former)} became ${String(user.site_role)}`).toContain(user.site_role)
    expect(allowed, `${String(former)} became ${String(user.site_role)}`).toContain(former)
  }
  const own = after.get(stage.actor.id)?.site_role
  expect(own).toBe(stage.transferred ? 'site-manager' : siteRoleOf(kind))
}

/** Whom nobody of this kind may touch: their row, their keys and their sessions are as they were. */
function expectUntouched(kind: ActorKind, stage: Stage, before: World, after: World): void {
  const role = siteRoleOf(kind)
  const administers = movesBetween[kind].length > 0
  for (const [id, user] of before) {
    if (id === stage.actor.id) continue
    const { memberships, ...rest } = user
    const { memberships: now, ...restNow } = after.get(id) ?? {}
    if (!administers || rank(user.site_role as Role) > rank(role)) {
      // A key that was made for somebody else, or a session begun for them, would be here.
      expect(restNow).toEqual(rest)
    }
    if (administers) continue
    const reach = kind === 'super-manager' ? [stage.organizations[0]] : []
    const outside = (of: object) =>
      Object.entries(of).filter(([organization]) => !reach.includes(organization))
    expect(outside((now as object | undefined) ?? {})).toEqual(outside(memberships as object))
    if (rank(user.site_role as Role) > rank(role)) expect(now).toEqual(memberships)
  }
  if (administers) return
  expect(after.size).toBe(before.size)
  // One may leave an organization, but not rise in one, nor enter another.
  expect(before.get(stage.actor.id)?.memberships).toMatchObject(
    after.get(stage.actor.id)?.memberships as object,
  )
}

async function expectNoStrongerCredential(kind: ActorKind, stage: Stage): Promise<void> {
  const { actor } = stage
  // The former site admin knows what they gave to their successor: that is what they chose.
  if (stage.transferred) return
  const own = await powersOf(stage, (await newSession(actor.id)).token)
  for (const { token, owner, keyId } of stage.tokens) {
    const row = await keyRow(keyId)
    const powers = await powersOf(stage, token)
    if (row === undefined) expect(powers).toEqual([])
    expect(powers.filter((scope) => !covers(row?.scopes ?? null, scope))).toEqual([])
    if (owner === actor.id || kind !== 'site-admin') {
      expect(powers.filter((scope) => !own.includes(scope))).toEqual([])
    }
    expect(owner === actor.id || kind === 'site-admin').toBe(true)
  }
  for (const { userId, password: known } of stage.passwords) {
    const [user] = await server.sql('select email, site_role from users where id = $1', [userId])
    if (user === undefined) continue
    const login = { email: user.email, password: known }
    const { status, body } = await server.send('POST', '/auth/basic/login', login)
    if (status !== 201) continue
    expect(rank(user.site_role as Role)).toBeLessThanOrEqual(rank(siteRoleOf(kind)))
    if (userId === actor.id) continue
    expect(user.site_role).not.toBe('site-admin')
    const powers = await powersOf(stage, body.session_token as string)
    expect(powers.filter((scope) => !own.includes(scope))).toEqual([])
  }
}

const names = Object.keys(calls)
// What moves rights about is tried more often than the rest.
const weighted = [
  ...names,
  ...names.filter((name) => /users\.|apiKeys\.|Member/.test(name)),
  ...names.filter((name) => /users\.|apiKeys\.|Member/.test(name)),
  'users.changeRole',
  'users.update',
  'users.create',
  'apiKeys.create',
  'apiKeys.create',
]
const move: fc.Arbitrary<Move> = fc.record({
  call: fc.constantFrom(...weighted),
  numbers: fc.array(fc.nat(4_999), { minLength: 12, maxLength: 12 }),
  credential: fc.nat(5),
})

test('every call of the contract that changes something is tried', () => {
  const changing = [...methods]
    .filter(([, { method, access }]) => method !== 'GET' && !('public' in access))
    .map(([name]) => name)
  expect(names.sort()).toEqual(changing.sort())
})

test('no sequence of calls by one actor gives anybody more than the rules allow', async () => {
  const seen = { succeeded: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...actorKinds, 'site-manager', 'super-manager'),
      fc.array(move, { minLength: 1, maxLength: 3 }),
      async (kind: ActorKind, moves) => {
        const stage = await setStage(kind)
        try {
          const before = await snapshot()
          for (const each of moves) await make(stage, each)
          const after = await snapshot()
          expectRolesInOrder(kind, stage, before, after)
          expectUntouched(kind, stage, before, after)
          await expectNoStrongerCredential(kind, stage)
          seen[before.size === after.size ? 'refused' : 'succeeded']++
        } finally {
          await cleanWorld()
        }
      },
    ),
    { numRuns: runs },
  )
  expect(seen.succeeded).toBeGreaterThan(0)
})

test('the password of everybody in these tests opens a session', async () => {
  const person = await server.person()
  const login = { email: person.email, password }
  expect((await server.send('POST', '/auth/basic/login', login)).status).toBe(201)
})

import {
  decide,
  filterFor,
  matchesFilter,
  operations,
  type Subject,
  type Target,
} from '@atelier/access'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { naiveAllows } from '../../../access/test/naive.ts'
import { filterUsers } from '../../src/users/visible.ts'
import { startServer, type TestServer } from '../harness.ts'
import { siteActors } from '../matrix/tables.ts'
import { insertWorlds, type World, type WorldPerson } from './world.ts'

// In random worlds in the real database the decision, the list filter in SQL and the `can` of every
// answer agree with an evaluator that reads the published tables as naively as can be.

vi.setConfig({ testTimeout: 600_000, hookTimeout: 120_000 })
const count = Number(process.env['PROOF_WORLDS'] ?? 1_000)
const seed = Number(process.env['PROOF_SEED'] ?? Date.now() % 2 ** 31)

let server: TestServer
let worlds: World[]
beforeAll(async () => {
  server = await startServer()
  worlds = await insertWorlds(server, count, seed)
})
afterAll(() => server.stop())

interface Caller {
  readonly person: WorldPerson
  readonly subject: Subject
  readonly token: string
}

/** Everybody who can ask, by their session and by each of their keys. */
function callersOf({ people, keys }: World): Caller[] {
  const subjectOf = ({ id, role, memberships }: WorldPerson) => ({
    id,
    siteRole: role,
    organizationRoles: memberships,
  })
  return [
    ...people.map((person) => ({ person, subject: subjectOf(person), token: person.token })),
    ...keys.map(({ owner, scopes, token }) => ({
      person: owner,
      subject: { ...subjectOf(owner), ...(scopes === null ? {} : { scopes }) },
      token,
    })),
  ]
}

const userTarget = ({ id, memberships }: WorldPerson): Target => ({
  resource: 'users',
  ownerId: id,
  organizationIds: Object.keys(memberships),
})
const inside = (
  resource: 'organizations' | 'org_members' | 'registries' | 'images' | 'image_tags',
  id: string,
): Target => ({
  resource,
  organizationIds: [id],
})

function targetsOf({ people, keys, organizations }: World): Target[] {
  return [
    ...people.map(userTarget),
    ...people.map(({ id }) => ({ resource: 'api_keys', ownerId: id }) as const),
    ...keys.map(({ owner }) => ({ resource: 'api_keys', ownerId: owner.id }) as const),
    ...organizations.map((id) => inside('organizations', id)),
    ...organizations.map((id) => inside('org_members', id)),
    ...organizations.map((id) => inside('registries', id)),
    ...organizations.map((id) => inside('images', id)),
    ...organizations.map((id) => inside('image_tags', id)),
    { resource: 'audit_logs' },
    { resource: 'configuration' },
    { resource: 'system_banners' },
  ]
}

/** A world that fails is named by its seed and its number. */
async function inEveryWorld(check: (world: World, index: number) => Promise<void> | void) {
  const waiting = worlds.map((world, index) => ({ world, index }))
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await check(next.world, next.index)
      } catch (error) {
        waiting.length = 0
        const failed = error as Error
        failed.message = `PROOF_SEED=${seed}, world ${next.index}: ${failed.message}`
        throw failed
      }
    }
  }
  await Promise.all(Array.from({ length: 6 }, work))
}

test(`${count} worlds: decisions and filters agree with the naive reading, for every caller and object`, async () => {
  let questions = 0
  await inEveryWorld((world) => {
    const targets = targetsOf(world)
    for (const { subject } of callersOf(world)) {
      for (const target of targets) {
        for (const operation of operations) {
          const expected = naiveAllows(subject, operation, target)
          const { allowed } = decide(subject, operation, target)
          if (allowed !== expected) expect({ subject, operation, target, allowed }).toBe(expected)
          if (operation === 'create') continue
          const filter = filterFor(subject, operation, target.resource)
          const matched = matchesFilter(filter, subject.id, target)
          if (matched !== expected) expect({ subject, operation, target, matched }).toBe(expected)
          questions++
        }
      }
    }
  })
  expect(questions).toBeGreaterThan(count * 100)
})

test(`${count} worlds: the filter of users in SQL agrees, for every caller and user`, async () => {
  const { db } = server.platform
  await inEveryWorld(async (world) => {
    const ids = world.people.map(({ id }) => id)
    const callers = callersOf(world)
    const asked = callers.flatMap(({ subject }, caller) =>
      (['list', 'read'] as const).map((operation) => ({ subject, caller, operation })),
    )
    const [first, ...rest] = asked.map(({ subject, caller, operation }) =>
      db
        .selectFrom('users')
        .where('users.id', 'in', ids)
        .where((is) => filterUsers(is, filterFor(subject, operation, 'users'), subject.id))
        .select(['users.id', sql<string>`${`${caller} ${operation}`}::text`.as('question')]),
    )
    const rows = await rest.reduce((all, one) => all.unionAll(one), first!).execute()
    const found = new Set(rows.map(({ id, question }) => `${question} ${id}`))
    const expected = new Set(
      asked.flatMap(({ subject, caller, operation }) =>
        world.people
          .filter((person) => naiveAllows(subject, operation, userTarget(person)))
          .map(({ id }) => `${caller} ${operation} ${id}`),
      ),
    )
    expect(found).toEqual(expected)
  })
})

interface Listed {
  readonly id: string
  readonly can: Readonly<Record<string, boolean>>
  readonly cannot: Readonly<Record<string, string>>
  readonly [field: string]: any
}

const rank = ({ role }: WorldPerson): number => -siteActors.indexOf(role)
const idsOf = (items: readonly { readonly id: string }[]) => items.map(({ id }) => id).sort()

/** What the tables allow, and what a rule then refuses (access-control.md 3 and 4). */
type Verdict = readonly [allowed: boolean, refused?: boolean]

function verdictsOnUser({ subject, person: caller }: Caller, user: WorldPerson) {
  const target = userTarget(user)
  const may = (operation: 'read' | 'update' | 'delete', of = target) =>
    naiveAllows(subject, operation, of)
  const all = may('update', { ...target, ownerId: undefined })
  const keys: Target = { resource: 'api_keys', ownerId: user.id }
  const [self, admin] = [user.id === caller.id, user.role === 'site-admin']
  const outranked = !self && rank(user) > rank(caller)
  const mayAssign =
    !self && !admin && (caller.role === 'site-admin' || user.role !== 'site-manager')
  const verdicts: Record<string, Verdict> = {
    read: [may('read')],
    update: [may('update'), outranked],
    assign_role: [all, !mayAssign],
    suspend: [all, admin || outranked || self || user.suspended],
    reactivate: [all, outranked || !user.suspended],
    reset_password: [all, self || outranked],
    change_password: [may('update') && self],
    sign_out: [all, outranked],
    delete: [may('delete'), admin || outranked],
    transfer: [all && caller.role === 'site-admin', self || user.suspended || user.temporary],
    read_keys: [may('read', keys)],
    create_keys: [naiveAllows(subject, 'create', keys), outranked],
  }
  return verdicts
}

function verdictsOnMember({ subject, person: caller }: Caller, user: WorldPerson, id: string) {
  const members = inside('org_members', id)
  const outranked = user.id !== caller.id && rank(user) > rank(caller)
  const bySiteRole = naiveAllows({ ...subject, organizationRoles: {} }, 'update', members)
  const verdicts: Record<string, Verdict> = {
    read: [naiveAllows(subject, 'read', userTarget(user))],
    change_role: [
      naiveAllows(subject, 'update', members),
      outranked || (user.id === caller.id && !bySiteRole),
    ],
    remove: [naiveAllows(subject, 'delete', members), outranked],
  }
  return verdicts
}

function verdictsOnOrganization({ subject }: Caller, id: string) {
  const itself = inside('organizations', id)
  const members = inside('org_members', id)
  const verdicts: Record<string, Verdict> = {
    read: [naiveAllows(subject, 'read', itself)],
    update: [naiveAllows(subject, 'update', itself)],
    // No organization of these worlds is a default one.
    unset_default: [false],
    delete: [naiveAllows(subject, 'delete', itself)],
    list_members: [naiveAllows(subject, 'list', members)],
    add_members: [naiveAllows(subject, 'create', members)],
    import_images: [naiveAllows(subject, 'create', inside('images', id))],
    add_registries: [naiveAllows(subject, 'create', inside('registries', id))],
  }
  return verdicts
}

function verdictsOnRegistry({ subject }: Caller, id: string) {
  const registry = inside('registries', id)
  const update = naiveAllows(subject, 'update', registry)
  const verdicts: Record<string, Verdict> = {
    read: [naiveAllows(subject, 'read', registry)],
    update: [update],
    check: [update],
    // An image comes from each.
    delete: [naiveAllows(subject, 'delete', registry), true],
  }
  return verdicts
}

function verdictsOnImage({ subject }: Caller, id: string) {
  const may = (operation: 'read' | 'update' | 'delete') =>
    naiveAllows(subject, operation, inside('images', id))
  const verdicts: Record<string, Verdict> = {
    read: [may('read')],
    update: [may('update')],
    delete: [may('delete')],
    add_tags: [naiveAllows(subject, 'create', inside('image_tags', id))],
    refresh: [naiveAllows(subject, 'update', inside('image_tags', id))],
  }
  return verdicts
}

function verdictsOnDefaultTag({ subject }: Caller, id: string) {
  const may = (operation: 'read' | 'update' | 'delete') =>
    naiveAllows(subject, operation, inside('image_tags', id))
  const verdicts: Record<string, Verdict> = {
    read: [may('read')],
    make_default: [false],
    decommission: [may('update'), true],
    recommission: [false],
    delete: [may('delete'), true],
  }
  return verdicts
}

/** Every action is answered; `cannot` says why just where a rule refuses what the tables allow. */
function expectVerdicts({ can, cannot }: Listed, verdicts: Readonly<Record<string, Verdict>>) {
  const entries = Object.entries(verdicts)
  const expected = entries.map(([action, [allowed, refused]]) => [
    action,
    allowed && refused !== true,
  ])
  expect(can).toEqual(Object.fromEntries(expected))
  const refused = entries.filter(([, [allowed, is]]) => allowed && is === true)
  expect(Object.keys(cannot).sort()).toEqual(refused.map(([action]) => action).sort())
}

test(`${count} worlds: lists and answers over HTTP agree, for a caller of each`, async () => {
  const seen: Record<string, number> = {}
  await inEveryWorld(async (world, index) => {
    const callers = callersOf(world).filter(({ person }) => !person.suspended && !person.temporary)
    const caller = callers[index % callers.length]!
    const { subject } = caller
    const ask = async (path: string) => {
      const answer = await server.send('GET', path, undefined, { 'session-token': caller.token })
      const kind = `${path.split('/')[3]!.replace(/\?.*/, '')} ${answer.status}`
      seen[kind] = (seen[kind] ?? 0) + 1
      return answer
    }
    const scoped = (scope: string) => {
      const scopes: readonly string[] | undefined = subject.scopes
      return scopes?.some((one) => one === scope || one === scope.replace(':list', ':read')) ?? true
    }
    const pick = <T>(list: readonly T[]) => list[index % list.length]

    const readable = world.people.filter((user) => naiveAllows(subject, 'read', userTarget(user)))
    const [users, byEmail] = await Promise.all([
      ask(`/api/v0/users?q=${world.tag}&limit=200`),
      ask(`/api/v0/users?q=${world.tag}&sort=email&limit=200`),
    ])
    expect([users.status, byEmail.status]).toEqual(scoped('users:list') ? [200, 200] : [403, 403])
    if (users.status === 200) {
      const others = world.people.slice(1)
      expect(idsOf(users.body)).toEqual(idsOf(others))
      expect(users.headers.get('x-total-count')).toBe(String(others.length))
      // An order that the directory does not show reaches only whom one may read.
      const shown = readable.filter(({ id }) => id !== server.admin.id)
      expect(idsOf(byEmail.body)).toEqual(idsOf(shown))
      expect(byEmail.headers.get('x-total-count')).toBe(String(shown.length))
      for (const user of users.body as Listed[]) {
        const person = world.people.find(({ id }) => id === user.id)!
        expect('email' in user).toBe(readable.includes(person))
        expectVerdicts(user, verdictsOnUser(caller, person))
      }
    }

    const wanted = pick(world.people)!
    const one = await ask(`/api/v0/users/${wanted.id}`)
    expect(one.status).toBe(scoped('users:read') ? (readable.includes(wanted) ? 200 : 404) : 403)
    if (one.status === 200) expectVerdicts(one.body, verdictsOnUser(caller, wanted))

    const listable = world.organizations.filter((id) =>
      naiveAllows(subject, 'list', inside('organizations', id)),
    )
    const organizations = await ask(`/api/v0/orgs?q=${world.tag}&members=true&limit=200`)
    expect(organizations.status).toBe(scoped('organizations:list') ? 200 : 403)
    if (organizations.status === 200) {
      expect(idsOf(organizations.body)).toEqual([...listable].sort())
      for (const organization of organizations.body as Listed[]) {
        const { id } = organization
        const read = naiveAllows(subject, 'read', inside('organizations', id))
        expect('member_count' in organization).toBe(read)
        expectVerdicts(organization, verdictsOnOrganization(caller, id))
        const inIt = world.people.filter(({ memberships }) => id in memberships)
        const mayList = naiveAllows(subject, 'list', inside('org_members', id))
        expect(idsOf(organization['members'])).toEqual(mayList ? idsOf(inIt) : [])
        for (const member of organization['members'] as Listed[]) {
          const person = inIt.find((someone) => someone.id === member.id)!
          expect('email' in member).toBe(readable.includes(person))
          expectVerdicts(member, verdictsOnMember(caller, person, id))
        }
      }
    }

    const place = pick(world.organizations)
    if (place !== undefined) {
      const [itself, members] = await Promise.all([
        ask(`/api/v0/orgs/${place}?members=false`),
        ask(`/api/v0/orgs/${place}/members?limit=200`),
      ])
      const read = naiveAllows(subject, 'read', inside('organizations', place))
      expect(itself.status).toBe(scoped('organizations:read') ? (read ? 200 : 404) : 403)
      const mayList = naiveAllows(subject, 'list', inside('org_members', place))
      const hidden = scoped('org_members:list') ? 404 : 403
      expect(members.status).toBe(mayList ? 200 : hidden)
      if (mayList) {
        const inIt = world.people.filter(({ memberships }) => place in memberships)
        expect(idsOf(members.body)).toEqual(idsOf(inIt))
      }
    }

    const readableThere = world.registries.filter(({ organization }) =>
      naiveAllows(subject, 'read', inside('registries', organization)),
    )
    const oneThere = pick(world.registries)
    for (const org of world.organizations) {
      const list = await ask(`/api/v0/registries?org=${org}&limit=200`)
      expect(list.status).toBe(scoped('registries:read') ? 200 : 403)
      if (list.status !== 200) continue
      const there = readableThere.filter(({ organization }) => organization === org)
      expect(idsOf(list.body)).toEqual(idsOf(there))
      expect(list.headers.get('x-total-count')).toBe(String(there.length))
      for (const registry of list.body as Listed[]) {
        expectVerdicts(registry, verdictsOnRegistry(caller, org))
        expect(registry['username'] === null).toBe(!registry.can['update'])
      }
    }
    for (const org of world.organizations) {
      const list = await ask(`/api/v0/images?org=${org}&limit=200`)
      expect(list.status).toBe(scoped('images:read') ? 200 : 403)
      if (list.status !== 200) continue
      const readableImages = world.images.filter(
        ({ organization }) =>
          organization === org && naiveAllows(subject, 'read', inside('images', org)),
      )
      expect(idsOf(list.body)).toEqual(idsOf(readableImages))
      expect(list.headers.get('x-total-count')).toBe(String(readableImages.length))
      for (const image of list.body as Listed[]) {
        expectVerdicts(image, verdictsOnImage(caller, org))
        expect(image['registry'] !== null).toBe(
          naiveAllows(subject, 'read', inside('registries', org)),
        )
        const tag = image['default_tag'] as Listed | null
        expect(tag !== null).toBe(naiveAllows(subject, 'read', inside('image_tags', org)))
        if (tag !== null) expectVerdicts(tag, verdictsOnDefaultTag(caller, org))
      }
    }
    if (oneThere !== undefined) {
      const registry = await ask(`/api/v0/registries/${oneThere.id}`)
      const hidden = scoped('registries:read') ? 404 : 403
      expect(registry.status).toBe(readableThere.includes(oneThere) ? 200 : hidden)
    }

    const [keys, theirs] = await Promise.all([
      ask(`/api/v0/api-keys?q=${world.tag}k&limit=200`),
      ask(`/api/v0/api-keys/${wanted.id}`),
    ])
    const mayListKeys = naiveAllows(subject, 'list', { resource: 'api_keys' })
    expect(keys.status).toBe(mayListKeys ? 200 : 403)
    if (mayListKeys) {
      const inWorld = world.keys.map(({ id }) => id).sort()
      expect(idsOf(keys.body)).toEqual(inWorld)
    }
    const mayReadKeys = naiveAllows(subject, 'read', { resource: 'api_keys', ownerId: wanted.id })
    expect(theirs.status).toBe(scoped('api_keys:read') ? (mayReadKeys ? 200 : 404) : 403)
    if (mayReadKeys && wanted.id !== server.admin.id) {
      expect(idsOf(theirs.body)).toEqual(idsOf(world.keys.filter(({ owner }) => owner === wanted)))
    }
  })
  // Nothing above was true only because nothing was asked.
  for (const kind of ['users 200', 'users 403', 'users 404', 'orgs 200', 'orgs 403', 'orgs 404']) {
    expect(seen[kind], kind).toBeGreaterThan(count / 50)
  }
  for (const kind of [
    'api-keys 200',
    'api-keys 403',
    'api-keys 404',
    'registries 200',
    'images 200',
  ]) {
    expect(seen[kind], kind).toBeGreaterThan(count / 50)
  }
})

import { filterFor, type ListFilter, type Subject } from '@atelier/access'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import type { Cursor } from '../http/paging.ts'
import { newId } from '../platform/ids.ts'
import * as list from './list-store.ts'
import type { UserQuery } from './visible.ts'

interface Person {
  readonly id: string
  readonly email: string
  readonly username: string
  readonly name: string
  readonly site_role: string
  readonly status: string
  readonly places: readonly string[]
}

let server: TestServer
/** Everybody in the database, each as the naive reading sees them. */
let people: readonly Person[]
const [first, second, callerId] = [newId(new Date()), newId(new Date()), newId(new Date())]

beforeAll(async () => {
  server = await startServer()
  await server.sql(
    `insert into organizations (id, name, created_at, updated_at)
     values ($1, 'First', now(), now()), ($2, 'Second', now(), now())`,
    [first, second],
  )
})
afterAll(() => server.stop())

// Few syllables make words common; the others are rare, and mean something to LIKE or to regular expressions.
const syllable = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('an', 'na', 'lo', 'Ve', 'ace', 'ö', 'Å') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('x', '%', '_', '\\', '-', '.', "'", '𝒳', '界', 'zq', '"', '{'),
  },
)
const text = fc.array(syllable, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
const person = fc.record({
  name: fc.array(text, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
  username: text,
  domain: fc.constantFrom('example.com', 'example.com', 'lovelace.example'),
  role: fc.constantFrom(
    'site-member',
    'site-member',
    'site-member',
    'site-auditor',
    'site-manager',
  ),
  status: fc.constantFrom('active', 'active', 'active', 'suspended', 'deleting'),
  seen: fc.option(fc.nat(5)),
  made: fc.nat(5),
  first: fc.boolean(),
  second: fc.nat(9).map((number) => number === 0),
})

type Made = typeof person extends fc.Arbitrary<infer T> ? T : never

/** Something or nothing, the first so many times as often. */
function sometimes<T>(often: number, something: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: often * 4, arbitrary: something },
    { weight: 4, arbitrary: fc.constant(undefined) },
  )
}

/** Puts people into the database beside those who are there, and reads everybody. */
async function add(made: readonly Made[]) {
  const rows = made.map((one, n) => ({
    ...one,
    id: n === 0 ? callerId : newId(new Date()),
    username: `${one.username}-${n}`,
    email: `${n}.${one.username.replace(/[^a-z]/g, '')}@${one.domain}`,
  }))
  await server.sql(
    `with made as (select * from jsonb_to_recordset($1) as made (id uuid, username text, email text,
         name text, role text, status text, seen int, made int, first boolean, second boolean)),
       added as (insert into users (id, email, username, name, site_role, status, last_seen_at, created_at, updated_at)
         select id, email, username, name, role, status, timestamptz '2025-01-01' + seen * interval '1 day',
           timestamptz '2024-01-01' + made * interval '1 day', now() from made)
     select from made`,
    [JSON.stringify(rows)],
  )
  for (const [organization, column] of [
    [first, 'first'],
    [second, 'second'],
  ] as const) {
    const members = rows.filter((row) => row[column]).map(({ id }) => id)
    await server.sql(
      `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
       select $1, unnest($2::uuid[]), 'organization-member', now(), now()`,
      [organization, members],
    )
  }
  people = (await server.sql(`select id, email, username, name, site_role, status,
    array(select organization_id::text from organization_members where user_id = users.id) as places
    from users`)) as Person[]
}

const admin: Subject = { id: newId(new Date()), siteRole: 'site-admin', organizationRoles: {} }
const member: Subject = {
  id: callerId,
  siteRole: 'site-member',
  organizationRoles: { [first]: 'organization-member' },
}
const manager: Subject = {
  id: callerId,
  siteRole: 'site-member',
  organizationRoles: { [second]: 'organization-manager' },
}

function scopeOf(subject: Subject) {
  return {
    callerId: subject.id,
    list: filterFor(subject, 'list', 'users'),
    read: filterFor(subject, 'read', 'users'),
  }
}

function passes(filter: ListFilter, self: boolean, places: readonly string[]): boolean {
  if (filter.kind !== 'some') return filter.kind === 'all'
  const isIn = (organizations: readonly string[]) => organizations.some((id) => places.includes(id))
  return (
    (filter.own && self) || isIn(filter.organizations) || (self && isIn(filter.ownInOrganizations))
  )
}

/** The ids that a query means, read one by one in the order that the database gives to all. */
async function naively(subject: Subject, query: UserQuery): Promise<string[]> {
  const scope = scopeOf(subject)
  const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  const directoryOrder = query.sort === 'username' || query.sort === 'name'
  const beyond = query.role ?? query.status ?? query.organization ?? !directoryOrder
  const meant = people.filter((one) => {
    const readable = passes(scope.read, one.id === scope.callerId, one.places)
    const directory = `${one.username} ${one.name}`.toLowerCase()
    const whole = `${directory} ${one.email.toLowerCase()}`
    return (
      one.status !== 'deleting' &&
      passes(scope.list, one.id === scope.callerId, one.places) &&
      (beyond === false || readable) &&
      (query.role === undefined || one.site_role === query.role) &&
      (query.status === undefined || one.status === query.status) &&
      (query.organization === undefined || one.places.includes(query.organization)) &&
      words.every((word) => directory.includes(word) || (readable && whole.includes(word)))
    )
  })
  const keys = {
    username: 'lower(username)',
    name: 'lower(name)',
    email: 'lower(email)',
    created_at: 'created_at',
    last_seen_at: `coalesce(last_seen_at, '-infinity')`,
  }
  const direction = query.descending ? 'desc' : 'asc'
  const rows = await server.sql(
    `select id from users where id = any($1::uuid[])
     order by ${keys[query.sort]} ${direction}, id ${direction}`,
    [meant.map(({ id }) => id)],
  )
  return (rows as { id: string }[]).map(({ id }) => id)
}

async function allPages(subject: Subject, query: UserQuery, limit: number): Promise<string[]> {
  const ids: string[] = []
  let after: Cursor | undefined
  do {
    const page = await list.listUsers(server.platform.db, scopeOf(subject), query, limit, after)
    ids.push(...page.items.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids
}

async function agree(subject: Subject, query: UserQuery, limit: number): Promise<void> {
  const expected = await naively(subject, query)
  expect(await allPages(subject, query, limit)).toEqual(expected)
  const count = await list.countUsers(server.platform.db, scopeOf(subject), query)
  expect(count).toBe(Math.min(expected.length, 1001))
}

describe('what lists of users find', () => {
  test('every search, filter and order finds whom a naive reading finds, page by page, and counts them', async () => {
    const seed = fc.sample(fc.integer(), 1)[0] ?? 0
    await add(fc.sample(person, { numRuns: 700, seed }))
    await server.sql('analyze users, organization_members')
    const wholes = people.map((one) =>
      Array.from(`${one.username} ${one.name} ${one.email}`.toLowerCase()),
    )
    const word = fc.oneof(
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 6 }))
          .map(([whom, from, length]) => {
            const whole = wholes[whom % wholes.length] ?? []
            return whole
              .slice(from % whole.length)
              .slice(0, length)
              .join('')
          }),
      },
      { weight: 2, arbitrary: fc.constantFrom('an', 'example', 'AN', '@', 'e', 'lo', 'lovelace') },
      { weight: 1, arbitrary: text },
    )
    const query = fc.record({
      q: sometimes(
        3,
        fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' ')),
      ),
      role: sometimes(0.25, fc.constantFrom('site-member', 'site-manager', 'site-auditor')),
      status: sometimes(0.25, fc.constantFrom('active', 'suspended')),
      organization: sometimes(0.25, fc.constantFrom(first, second, newId(new Date()), 'none')),
      sort: fc.constantFrom('username', 'name', 'email', 'created_at', 'last_seen_at'),
      descending: fc.boolean(),
    })
    const subject = fc.constantFrom(admin, admin, member, manager)
    await fc.assert(fc.asyncProperty(subject, query, fc.constantFrom(30, 100), agree), {
      numRuns: 150,
      seed,
    })
  }, 120_000)

  test('a word that thousands have, but nobody of the first, is listed and counted like any other', async () => {
    await server.sql(
      `insert into users (id, email, username, name, created_at, updated_at)
       select gen_random_uuid(), 'late-' || n || '@example.org', 'late-' || n,
         case when n > 300 then 'Quill ' || n % 7 || ' kin' || n % 11 else 'Nobody' end, now(), now()
       from generate_series(1, 9300) n`,
    )
    await server.sql('analyze users')
    people = (await server.sql(`select id, email, username, name, site_role, status,
      '{}'::text[] as places from users where name like 'Quill%'`)) as Person[]
    for (const q of ['quill', 'quill 3', 'uil', 'qu', 'kin3']) {
      for (const sort of ['username', 'created_at'] as const) {
        const query = { q, sort, descending: false }
        const expected = await naively(admin, query)
        const found = await list.listUsers(
          server.platform.db,
          scopeOf(admin),
          query,
          200,
          undefined,
        )
        expect(found.items.map(({ id }) => id)).toEqual(expected.slice(0, 200))
        expect(await list.countUsers(server.platform.db, scopeOf(admin), query)).toBe(
          Math.min(expected.length, 1001),
        )
      }
    }
  })
})

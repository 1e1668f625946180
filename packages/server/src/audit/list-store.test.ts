import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import type { Cursor } from '../http/paging.ts'
import { newId } from '../platform/ids.ts'
import * as list from './list-store.ts'
import type { EntryQuery } from './list-store.ts'

interface Entry {
  readonly id: string
  /** Milliseconds. */
  readonly at: number
  readonly actor_id: string | null
  readonly actor_username: string
  readonly actor_email: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly target: string
  readonly outcome: string
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const began = Date.UTC(2025, 0, 1)
const actors = Array.from({ length: 4 }, () => newId(new Date(began)))
const actions = ['login', 'login', 'login', 'write', 'create']
const types = ['session', 'session', 'user', 'image']
const outcomes = ['success', 'success', 'success', 'denied', 'failed'] as const

const word = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom('an', 'na', 'lo', 'Ve', 'ace', 'Ö') },
      { weight: 1, arbitrary: fc.constantFrom('x', '%', '_', '\\', '.', "'", '界') },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join(''))

const written = fc.record({
  at: fc.nat(200),
  actor: fc.nat(4),
  name: fc.constantFrom('ada', 'Ada', 'ben'),
  action: fc.constantFrom(...actions),
  resource_type: fc.constantFrom(...types),
  resource_id: fc.constantFrom('one', 'two', 'three'),
  target: fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' ')),
  outcome: fc.constantFrom(...outcomes),
})

type Written = typeof written extends fc.Arbitrary<infer T> ? T : never

/** Writes entries, some of them in the same millisecond, and answers them newest first. */
async function write(made: readonly Written[]): Promise<Entry[]> {
  const entries = made.map(({ actor, name, ...one }) => ({
    ...one,
    id: newId(new Date(began + one.at)),
    at: began + one.at,
    actor_id: actors[actor] ?? null,
    actor_username: name,
    actor_email: `${name}@example.com`,
  }))
  await server.sql(
    `insert into audit_log (id, at, actor_id, actor_username, actor_email, ip, user_agent, action,
       resource_type, resource_id, target, outcome, diff, request_id)
     select id, to_timestamp(at / 1000.0), actor_id, actor_username, actor_email, '', '', action,
       resource_type, resource_id, target, outcome, '{}', ''
     from jsonb_to_recordset($1) as made (id uuid, at float8, actor_id uuid, actor_username text,
       actor_email text, action text, resource_type text, resource_id text, target text, outcome text)`,
    [JSON.stringify(entries)],
  )
  await server.sql('analyze audit_log')
  return entries.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1))
}

interface Asked extends Omit<EntryQuery, 'actor'> {
  readonly user?: string | undefined
}

/** The ids that a query means, read one by one; nothing that was written by the server itself. */
function naively(entries: readonly Entry[], { user, ...query }: Asked): string[] {
  const name = user?.toLowerCase()
  return entries
    .filter((entry) => {
      const words = (query.q ?? '').toLowerCase().split(/\s+/).filter(Boolean)
      const target = entry.target.toLowerCase()
      return (
        (name === undefined ||
          entry.actor_id === name ||
          (entry.actor_id !== null &&
            [entry.actor_username.toLowerCase(), entry.actor_email.toLowerCase()].includes(
              name,
            ))) &&
        (query.action === undefined || entry.action === query.action) &&
        (query.resourceType === undefined || entry.resource_type === query.resourceType) &&
        (query.resourceId === undefined || entry.resource_id === query.resourceId) &&
        (query.outcome === undefined || entry.outcome === query.outcome) &&
        (query.from === undefined || entry.at >= query.from * 1000) &&
        (query.until === undefined || entry.at < query.until * 1000) &&
        words.every((part) =>
          Array.from(part).length < 3 ? ` ${target}`.includes(` ${part}`) : target.includes(part),
        )
      )
    })
    .map(({ id }) => id)
}

async function queryOf({ user, ...query }: Asked): Promise<EntryQuery> {
  if (user === undefined) return query
  return { ...query, actor: await list.findActors(server.platform.db, user) }
}

async function allPages(query: EntryQuery, limit: number): Promise<string[]> {
  const ids: string[] = []
  let after: Cursor | undefined
  do {
    const page = await list.listEntries(server.platform.db, query, limit, after)
    ids.push(...page.items.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids
}

/** Something or nothing, the first so many times as often. */
function sometimes<T>(often: number, something: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { weight: often * 4, arbitrary: something },
    { weight: 4, arbitrary: fc.constant(undefined) },
  )
}

describe('what lists of entries find', () => {
  test('every search and filter finds what a naive reading finds, page by page, and counts it', async () => {
    const seed = fc.sample(fc.integer(), 1)[0] ?? 0
    const entries = await write(fc.sample(written, { numRuns: 800, seed }))
    const part = fc
      .tuple(fc.nat(entries.length - 1), fc.nat(), fc.integer({ min: 1, max: 6 }))
      .map(([which, from, length]) => {
        const target = Array.from(entries[which]?.target ?? '')
        return target
          .slice(from % target.length)
          .slice(0, length)
          .join('')
      })
    const search = fc.array(fc.oneof(part, word), { minLength: 1, maxLength: 2 })
    const time = fc.nat(200).map((milliseconds) => (began + milliseconds) / 1000)
    const asked = fc.record({
      q: sometimes(
        3,
        search.map((words) => words.join(' ')),
      ),
      user: sometimes(0.5, fc.constantFrom(...actors, 'ADA', 'ben@example.com', 'nobody')),
      action: sometimes(0.5, fc.constantFrom(...actions, 'cordon')),
      resourceType: sometimes(0.25, fc.constantFrom(...types)),
      resourceId: sometimes(0.25, fc.constantFrom('one', 'none')),
      outcome: sometimes(0.5, fc.constantFrom(...outcomes)),
      from: sometimes(0.25, time),
      // What the server wrote by itself is not part of the naive reading.
      until: fc.oneof(time, fc.constant(began / 1000 + 1)),
    })
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(20, 100), async (question, limit) => {
        for (const end of [question.until, undefined]) {
          if (end === undefined && question.q === undefined) continue
          const query = await queryOf({ ...question, until: end })
          const expected = naively(entries, { ...question, until: end })
          expect(await allPages(query, limit)).toEqual(expected)
          expect(await list.countEntries(server.platform.db, query)).toBe(expected.length)
        }
      }),
      { numRuns: 200, seed },
    )
  }, 120_000)

  test('a word of thousands of entries, but of none of the newest, is listed and counted like any other', async () => {
    await server.sql(
      `insert into audit_log (id, at, ip, user_agent, action, resource_type, resource_id, target,
         outcome, diff, request_id)
       select gen_random_uuid(), timestamptz '2024-01-01' + n * interval '1 s', '', '', 'view', 'image', '',
         case when n <= 36000 then 'quill-' || n % 7 else 'another' end,
         case when n % 2 = 0 then 'success' else 'failed' end, '{}', '' from generate_series(1, 36500) n`,
    )
    await server.sql('analyze audit_log')
    for (const query of [
      { q: 'quill' },
      { q: 'quill-3' },
      { q: 'uil' },
      { q: 'qu' },
      { q: 'quill', outcome: 'success' as const },
      { q: 'quill', outcome: 'failed' as const },
      { q: 'quill', action: 'view' },
      { q: 'quill-3', action: 'write' },
      { q: 'quill', resourceType: 'image', until: Date.UTC(2024, 0, 1, 1) / 1000 },
    ]) {
      const expected = await server.sql(
        `select id from audit_log where target ilike '%' || $1 || '%' and action = $2
           and outcome = any($3) and at < $4 order by at desc, id desc`,
        [
          query.q,
          query.action ?? 'view',
          query.outcome === undefined ? outcomes : [query.outcome],
          query.until === undefined ? 'infinity' : new Date(query.until * 1000),
        ],
      )
      const ids = (expected as { id: string }[]).map(({ id }) => id)
      const { db } = server.platform
      const page = await list.listEntries(db, query, 200, undefined)
      expect(page.items.map(({ id }) => id)).toEqual(ids.slice(0, 200))
      const later = await list.listEntries(
        db,
        query,
        50,
        page.next ?? ['2024-01-01', actors[0]!],
        10,
      )
      expect(later.items.map(({ id }) => id)).toEqual(
        page.next === undefined ? [] : ids.slice(210, 260),
      )
      expect(await list.countEntries(db, query)).toBe(Math.min(ids.length, 1001))
    }
  })
})

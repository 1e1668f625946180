import { type Endpoint, endpoints } from '@atelier/api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { type Answer, startServer, type TestServer } from '../harness.ts'
import { addWorkspace } from '../workspace-rows.ts'

// Whatever stands in the place of a cursor or of a text that is searched for is read, or refused with
// a sentence: it never ends as a failure of the database. The lists are those of the contract, so that
// a new one is asked too.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
  for (const name of ['first one', 'second one', 'third one']) {
    const { id: owner } = await server.person()
    await addWorkspace(server, { owner, organization: server.organizationId })
    await server.organization(`${name}!`)
    await server.admin.send('POST', '/api/v0/api-keys/me', { name })
    await addImage(name)
  }
})
afterAll(() => server.stop())

/** A registry, and an image as if it had been imported from there. */
async function addImage(name: string): Promise<void> {
  const registry = { friendly_name: name, registry: 'registry.example.com' }
  const body = { org_id: server.organizationId, ...registry }
  const added = await server.admin.send('POST', '/api/v0/registries', body)
  await server.sql(
    `insert into images (id, organization_id, registry_id, repository, default_cpu_cores,
       default_memory_gb, default_disk_gb, refresh_at, created_at, updated_at)
     values (gen_random_uuid(), $1, $2, 'team/image', 1, 1, 1, now() + interval '1 day', now(), now())`,
    [server.organizationId, added.body.id],
  )
}

const all: readonly (readonly [string, Endpoint])[] = Object.entries(endpoints).flatMap(
  ([noun, group]) =>
    Object.entries(group as Readonly<Record<string, Endpoint>>).map(
      ([name, endpoint]) => [`${noun}.${name}`, endpoint] as const,
    ),
)
const lists = all.filter(([, { query }]) => query !== undefined && 'after' in query.shape)

/** Every list in each of its orders. */
const orders = lists.flatMap(([name, endpoint]) =>
  sortsOf(endpoint).map((sort) => [`${name} ${sort ?? ''}`.trim(), endpoint, sort] as const),
)

function sortsOf({ query }: Endpoint): readonly (string | undefined)[] {
  const sort = (query?.shape as Record<string, z.ZodType>)['sort'] as
    z.ZodOptional<z.ZodEnum<Record<string, string>>> | undefined
  return sort === undefined ? [undefined] : sort.unwrap().options
}

function pathOf({ path }: Endpoint, value?: string): string {
  return path.replaceAll(/:(\w+)/g, (_all, name: string) => {
    if (value !== undefined) return encodeURIComponent(value)
    return name === 'organization' ? server.organizationId : server.admin.id
  })
}

function ask(endpoint: Endpoint, query: Readonly<Record<string, string | undefined>>) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const search = new URLSearchParams(given as [string, string][])
  return server.admin.send('GET', `${pathOf(endpoint)}?${search.toString()}`)
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function expectRefusal(answer: Answer, cursor: unknown): void {
  expect({ cursor, status: answer.status, body: answer.body }).toMatchObject({
    cursor,
    status: 400,
    body: {
      code: 'request.invalid',
      title: 'after: Use the cursor of the Link header, unchanged',
      errors: [{ path: 'after' }],
    },
  })
}

test('the lists of the contract are those that this asks', () => {
  expect(lists.map(([name]) => name).sort()).toEqual(
    all
      .filter(([, endpoint]) => endpoint.paged === true)
      .map(([name]) => name)
      .sort(),
  )
  expect(lists.length).toBeGreaterThanOrEqual(5)
})

describe.each(orders)('%s', (_name, endpoint, sort) => {
  /** The cursor of the second page, as the server gave it. */
  async function genuine(): Promise<readonly [string, string]> {
    if (endpoint === endpoints.organizations.members) {
      await server.person()
    }
    const { status, headers } = await ask(endpoint, { sort, limit: '1' })
    expect(status).toBe(200)
    const address = /<([^>]+)>/.exec(headers.get('link') ?? '')?.[1] ?? ''
    const after = new URL(address, 'http://any').searchParams.get('after') ?? ''
    expect((await ask(endpoint, { sort, after, limit: '1' })).status).toBe(200)
    return JSON.parse(Buffer.from(after, 'base64url').toString()) as [string, string]
  }

  test('400: a forged cursor', async () => {
    const [value, id] = await genuine()
    const isTime = /^\d{4}-|^-infinity/.test(value)
    const forged: unknown[] = [
      ...[null, true, 7, 'text', {}, [], [value], [id], [value, id, id]],
      ...[
        [null, id],
        [7, id],
        [{}, id],
        [[value], id],
        [value, null],
        [value, 7],
        [id, value],
      ],
      ...[
        [value, `${id}0`],
        [value, ''],
        [value, 'not-an-id!'],
        [value, `${id}'`],
        [value, '\0'],
      ],
      [`${value}\0`, id],
      { 0: value, 1: id, length: 2 },
      ...(isTime
        ? ['', 'now', 'infinity', 'epoch', '2026-02-30T00:00:00.000Z', '2026-01-01 24:00:00+00']
            .concat([
              '0000-01-01 00:00:00+00',
              '294277-01-01 00:00:00+00',
              '2026-01-01',
              value + '0',
            ])
            .map((moment) => [moment, id])
        : []),
    ]
    for (const cursor of forged) {
      for (const limit of ['2', undefined]) {
        expectRefusal(await ask(endpoint, { sort, limit, after: encode(cursor) }), cursor)
      }
    }
  })

  test('400: what is not a cursor at all', async () => {
    for (const after of ['', ' ', '%', 'null', 'W10', encode('x').slice(1), '[]', '🐎']) {
      expectRefusal(await ask(endpoint, { sort, limit: '2', after }), undefined)
    }
    // Refused for what it is, wherever it stands, before the list is asked.
    const { status, body } = await ask(endpoint, { sort, limit: '2', after: '\0' })
    expect([status, body.code, body.title]).toEqual([
      400,
      'request.invalid',
      expect.stringContaining('U+0000'),
    ])
  })

  test('400 or a page: random values and ids', async () => {
    const [, id] = await genuine()
    const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant(id))
    await fc.assert(
      fc.asyncProperty(anything, fc.oneof(anything, fc.uuid()), async (value, last) => {
        const { status } = await ask(endpoint, { sort, limit: '2', after: encode([value, last]) })
        expect([200, 400]).toContain(status)
      }),
      { numRuns: 40 },
    )
  })
})

const reads = all.filter(([, { method, raw }]) => method === 'GET' && raw !== 'text/event-stream')

describe('the character that Postgres cannot store', () => {
  const withTexts = reads.flatMap(([name, endpoint]) =>
    Object.keys(endpoint.query?.shape ?? {}).map((field) => [name, field, endpoint] as const),
  )
  test.each(withTexts)('is refused or finds nothing: %s, %s', async (_name, field, endpoint) => {
    expect([200, 400, 404]).toContain((await ask(endpoint, { [field]: 'a\0b' })).status)
  })

  const withParams = reads.filter(([, { path }]) => path.includes(':'))
  test.each(withParams)('is refused or finds nothing: %s', async (_name, endpoint) => {
    expect([400, 404]).toContain((await server.admin.send('GET', pathOf(endpoint, 'a\0b'))).status)
  })

  test('400: in the body of a change, and nothing is changed', async () => {
    const before = await server.admin.send('GET', '/api/v0/users/me')
    const change = { dotfiles_git_uri: 'https://example.com/a\0b' }
    const answer = await server.admin.send('PATCH', '/api/v0/users/me', change)
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid' } })
    expect((await server.admin.send('GET', '/api/v0/users/me')).body).toEqual(before.body)
  })
})

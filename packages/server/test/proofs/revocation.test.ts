import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { resetAdminPassword } from '../../src/users/reset-admin.ts'
import { password, type Person, startServer, type TestServer } from '../harness.ts'
import { openPage, type Page } from './page.ts'

// Access-control.md 3.7: a change of somebody's access shows in the very next request of their
// session and their key, and on their open page, in every server process, whichever made the change.

let server: TestServer
let second: Awaited<ReturnType<TestServer['second']>>
beforeAll(async () => {
  server = await startServer()
  second = await server.second()
})
afterAll(() => server.stop())
beforeEach(() => server.restoreAdmin())

const pages: Page[] = []
afterEach(() => {
  for (const page of pages.splice(0)) page.close()
})

interface Scene {
  readonly person: Person
  readonly key: { readonly id: string; readonly key: string }
  /** An older user, whom not everybody may read. */
  readonly other: Person
  /** An organization that the person belongs to, and one that they do not. */
  readonly organization: string
  readonly elsewhere: string
}

interface Outcome {
  readonly session: number
  readonly key: number
  /** What the pages opened by the session and by the key are told. */
  readonly told: readonly [string, string]
}

interface Kind {
  readonly what: string
  readonly role?: 'site-manager' | 'site-member'
  /** What is asked before and after. */
  readonly path: (scene: Scene) => string
  /** How it is answered before, by both credentials. */
  readonly before?: number
  readonly prepare?: (scene: Scene) => Promise<unknown>
  readonly change: (scene: Scene, admin: Sender) => Promise<{ status: number } | undefined>
  readonly after: Outcome
}

type Sender = Pick<Person, 'send'>

const readOther = ({ other }: Scene) => `/api/v0/users/${other.id}`
const readSelf = () => '/api/v0/users/me'
const readOrganization = ({ organization }: Scene) => `/api/v0/orgs/${organization}`
const listMembers = ({ organization }: Scene) => `/api/v0/orgs/${organization}/members`
const on = ({ person }: Scene, action = '') => `/api/v0/users/${person.id}${action}`
const gone: Outcome = { session: 401, key: 401, told: ['signed_out', 'signed_out'] }
const hidden: Outcome = { session: 404, key: 404, told: ['access_changed', 'access_changed'] }
const shown: Outcome = { session: 200, key: 200, told: ['access_changed', 'access_changed'] }
const sessionGone: Outcome = { session: 401, key: 200, told: ['signed_out', 'access_changed'] }

const kinds: readonly Kind[] = [
  {
    what: 'demoted',
    role: 'site-manager',
    path: readOther,
    change: (scene, admin) => admin.send('PUT', on(scene, '/role'), { role: 'site-member' }),
    after: hidden,
  },
  {
    what: 'promoted',
    path: readOther,
    before: 404,
    change: (scene, admin) => admin.send('PUT', on(scene, '/role'), { role: 'site-manager' }),
    after: shown,
  },
  {
    what: 'demoted with many others',
    role: 'site-manager',
    path: readOther,
    change: (scene, admin) =>
      admin.send('POST', '/api/v0/users/bulk', {
        action: 'role',
        role: 'site-auditor',
        user_ids: [scene.other.id, scene.person.id],
      }),
    after: hidden,
  },
  {
    what: 'suspended',
    path: readSelf,
    change: (scene, admin) => admin.send('POST', on(scene, '/suspend')),
    after: gone,
  },
  {
    what: 'suspended by a change of the user',
    path: readSelf,
    change: (scene, admin) => admin.send('PATCH', on(scene), { revoked: true }),
    after: gone,
  },
  {
    what: 'deleted',
    path: readSelf,
    change: (scene, admin) => admin.send('DELETE', on(scene)),
    after: gone,
  },
  {
    what: 'given a temporary password',
    path: ({ organization }) => `/api/v0/orgs/${organization}/members`,
    change: (scene, admin) => admin.send('POST', on(scene, '/reset-password')),
    after: { session: 401, key: 403, told: ['signed_out', 'access_changed'] },
  },
  {
    what: 'given a password',
    path: readSelf,
    change: (scene, admin) =>
      admin.send('PATCH', on(scene), {
        password: 'a quite different phrase',
        temporary_password: false,
      }),
    after: sessionGone,
  },
  {
    what: 'signed out by an administrator',
    path: readSelf,
    change: (scene, admin) => admin.send('POST', on(scene, '/sign-out')),
    after: sessionGone,
  },
  {
    what: 'signed out',
    path: readSelf,
    change: ({ person }, admin) => as(admin, person.token).send('DELETE', '/api/v0/session'),
    after: sessionGone,
  },
  {
    what: 'signed out elsewhere',
    path: readSelf,
    change: async (scene, admin) => {
      const [session] = (await scene.person.send('GET', '/api/v0/sessions')).body
      const path = `/api/v0/sessions/${String(session.id)}`
      return as(admin, await signIn(scene.person)).send('DELETE', path)
    },
    after: sessionGone,
  },
  {
    what: 'signed out everywhere else',
    path: readSelf,
    change: async ({ person }, admin) =>
      as(admin, await signIn(person)).send('DELETE', '/api/v0/sessions'),
    after: sessionGone,
  },
  {
    what: 'changing their password elsewhere',
    path: readSelf,
    change: async ({ person }, admin) =>
      as(admin, await signIn(person)).send('PUT', '/api/v0/users/me/password', {
        old_password: password,
        password: 'a quite different phrase',
      }),
    after: sessionGone,
  },
  {
    what: 'deleting the key',
    path: readSelf,
    change: ({ person, key }, admin) =>
      as(admin, person.token).send('DELETE', `/api/v0/api-keys/me/${key.id}`),
    after: { session: 200, key: 401, told: ['access_changed', 'signed_out'] },
  },
  {
    what: 'giving the key a new secret',
    path: readSelf,
    change: ({ person, key }, admin) =>
      as(admin, person.token).send('POST', `/api/v0/api-keys/me/${key.id}/regen`),
    after: { session: 200, key: 401, told: ['access_changed', 'signed_out'] },
  },
  {
    what: 'narrowing the key',
    path: readSelf,
    change: ({ person, key }, admin) =>
      as(admin, person.token).send('PATCH', `/api/v0/api-keys/me/${key.id}`, {
        scopes: ['workspaces:read'],
      }),
    after: { session: 200, key: 403, told: ['access_changed', 'access_changed'] },
  },
  {
    what: 'losing their key to the site admin',
    path: readSelf,
    change: ({ person, key }, admin) =>
      admin.send('DELETE', `/api/v0/api-keys/${person.id}/${key.id}`),
    after: { session: 200, key: 401, told: ['access_changed', 'signed_out'] },
  },
  {
    what: 'lowered in an organization',
    path: readOrganization,
    change: ({ person, organization }, admin) =>
      admin.send('PUT', `/api/v0/orgs/${organization}/members/${person.id}/role`, {
        role: 'organization-member',
      }),
    after: hidden,
  },
  {
    what: 'removed from an organization',
    path: listMembers,
    change: ({ person, organization }, admin) =>
      admin.send('DELETE', `/api/v0/orgs/${organization}/members/${person.id}`),
    after: hidden,
  },
  {
    what: 'in an organization that is deleted',
    path: listMembers,
    change: ({ organization }, admin) => admin.send('DELETE', `/api/v0/orgs/${organization}`),
    after: hidden,
  },
  {
    what: 'added to an organization',
    path: ({ elsewhere }) => `/api/v0/orgs/${elsewhere}/members`,
    before: 404,
    change: ({ person, elsewhere }, admin) =>
      admin.send('POST', `/api/v0/orgs/${elsewhere}/members`, { user_id: person.id }),
    after: shown,
  },
  {
    what: 'made the site admin',
    path: () => '/api/v0/api-keys',
    before: 403,
    change: ({ person }, admin) =>
      admin.send('POST', '/api/v0/site-admin/transfer', { user_id: person.id, password }),
    after: shown,
  },
  {
    what: 'the site admin no longer',
    path: () => '/api/v0/api-keys',
    prepare: ({ person }) => handOver(server.admin, person),
    change: ({ person, other }, admin) => handOver(as(admin, person.token), other),
    after: { session: 403, key: 403, told: ['access_changed', 'access_changed'] },
  },
  {
    what: 'the site admin whose password the server resets',
    path: readSelf,
    prepare: ({ person }) => handOver(server.admin, person),
    change: async () => {
      await resetAdminPassword(server.platform)
      return undefined
    },
    after: gone,
  },
]

const handOver = (admin: Sender, heir: Person) =>
  admin.send('POST', '/api/v0/site-admin/transfer', { user_id: heir.id, password })

/** The same process, asked with another credential. */
const as = (sender: Sender, token: string): Sender => ({
  send: (method, path, body, headers) =>
    sender.send(method, path, body, { ...headers, 'session-token': token }),
})

async function signIn(person: Person): Promise<string> {
  const answer = await server.send('POST', '/auth/basic/login', { email: person.email, password })
  return answer.body.session_token as string
}

async function setScene({ role = 'site-member', prepare }: Kind): Promise<Scene> {
  const [organization, elsewhere] = [await server.organization(), await server.organization()]
  const other = await server.person()
  const person = await server.person(role, {
    organizations: { [organization]: 'organization-manager' },
  })
  const key = (await person.send('POST', '/api/v0/api-keys/me', { name: 'key' })).body
  const scene = { person, key, other, organization, elsewhere }
  await prepare?.(scene)
  return scene
}

async function ask(url: string, token: string, path: string): Promise<number> {
  const response = await fetch(url + path, { headers: { 'session-token': token } })
  await response.arrayBuffer()
  return response.status
}

describe.each(['this process', 'another process'] as const)('a change made through %s', (where) => {
  test.each(kinds)('counts at once: $what', async (kind) => {
    const scene = await setScene(kind)
    const path = kind.path(scene)
    const urls = [server.url, second.url]
    const tokens = [scene.person.token, scene.key.key]
    const askAll = () =>
      Promise.all(urls.map((url) => Promise.all(tokens.map((token) => ask(url, token, path)))))
    const before = kind.before ?? 200
    // Twice: the second one is answered from what the process remembers.
    for (let i = 0; i < 2; i++) {
      expect(await askAll()).toEqual([
        [before, before],
        [before, before],
      ])
    }
    for (const url of urls) {
      for (const token of tokens) pages.push(await openPage(url, token))
    }

    const admin: Sender = {
      send: (method, target, body, headers) =>
        where === 'this process'
          ? server.admin.send(method, target, body, headers)
          : second.send(method, target, body, {
              'session-token': server.admin.token,
              ...headers,
            }),
    }
    const changed = await kind.change(scene, admin)
    expect(changed?.status ?? 200).toBeLessThan(300)

    const { session, key, told } = kind.after
    expect(await askAll()).toEqual([
      [session, key],
      [session, key],
    ])
    expect(await Promise.all(pages.map((page) => page.next()))).toEqual([...told, ...told])
    const ends = pages.map(async (page, index) =>
      told[index % 2] === 'signed_out' ? page.next() : 'end',
    )
    expect(await Promise.all(ends)).toEqual(pages.map(() => 'end'))
  })
})

describe('also', () => {
  test('a suspended user’s key works again as soon as they are let in', async () => {
    const person = await server.person()
    const { key } = (await person.send('POST', '/api/v0/api-keys/me', { name: 'key' })).body
    const both = () =>
      Promise.all(
        [server.url, second.url].map((url) => ask(url, key as string, '/api/v0/users/me')),
      )
    await server.admin.send('POST', `/api/v0/users/${person.id}/suspend`)
    expect(await both()).toEqual([401, 401])
    await server.admin.send('POST', `/api/v0/users/${person.id}/reactivate`)
    expect(await both()).toEqual([200, 200])
  })

  test('a key that becomes too old by a changed setting is refused at once', async () => {
    const person = await server.person()
    const { id, key } = (await person.send('POST', '/api/v0/api-keys/me', { name: 'key' })).body
    await server.sql("update api_keys set secret_at = now() - interval '3 days' where id = $1", [
      id,
    ])
    const both = () =>
      Promise.all(
        [server.url, second.url].map((url) => ask(url, key as string, '/api/v0/users/me')),
      )
    const limit = (days: number | null) =>
      server.admin.send('PATCH', '/api/v0/config', { api_key_max_age_days: days })
    for (let i = 0; i < 3; i++) {
      expect(await both()).toEqual([200, 200])
      expect((await limit(2)).status).toBe(200)
      expect(await both()).toEqual([401, 401])
      expect((await limit(null)).status).toBe(200)
    }
  })

  test('an organization of hundreds is deleted: each of them loses it at once', async () => {
    // More ids than a notification can carry.
    const organization = await server.organization()
    const manager = await server.person('site-member', {
      organizations: { [organization]: 'organization-manager' },
    })
    await server.sql(
      `with crowd as (
         insert into users (id, email, username, name, created_at, updated_at)
         select gen_random_uuid(), 'c' || n || '@example.com', 'crowd-' || n, 'Crowd', now(), now()
         from generate_series(1, 300) n returning id)
       insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
       select $1, id, 'organization-member', now(), now() from crowd`,
      [organization],
    )
    const path = `/api/v0/orgs/${organization}`
    const both = () =>
      Promise.all([server.url, second.url].map((url) => ask(url, manager.token, path)))
    expect([await both(), await both()].flat()).toEqual([200, 200, 200, 200])
    pages.push(await openPage(second.url, manager.token))
    expect((await server.admin.send('DELETE', path)).status).toBe(204)
    expect(await both()).toEqual([404, 404])
    expect(await pages[0]?.next()).toBe('access_changed')
  })
})

import fastify, { type FastifyInstance } from 'fastify'
import type { KyselyPlugin } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import type { Platform } from '../../src/platform/platform.ts'
import type { Context } from '../../src/context.ts'
import { createPrincipalCache } from '../../src/sessions/cache.ts'
import { createEventHub } from '../../src/sessions/events.ts'
import { startLiveSettings } from '../../src/configuration/live.ts'
import { startSignals } from '../../src/db/signals.ts'
import { type Person, type SecondServer, startServer, type TestServer } from '../harness.ts'
import { openPage, type Page } from './page.ts'

// A server process that does not hear the others must never serve what it remembers: its listening
// connection is cut, kept from coming back, made too slow, or overtaken by a change.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(() => server.restoreAdmin())

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** The listening connections of this database, oldest first. */
async function listeners(): Promise<number[]> {
  const rows = await server.sql(
    `select pid from pg_stat_activity where datname = current_database()
     and application_name = 'atelier signals' order by backend_start`,
  )
  return rows.map(({ pid }) => pid as number)
}

async function cut(pid: number): Promise<void> {
  await server.sql('select pg_terminate_backend($1)', [pid])
  while ((await listeners()).includes(pid));
}

/** A second server process and its listening connection. */
async function startSecond(): Promise<{ second: SecondServer; pid: number }> {
  const before = await listeners()
  const second = await server.second()
  undo.push(() => second.stop())
  const [pid] = (await listeners()).filter((one) => !before.includes(one))
  return { second, pid: pid! }
}

/** Waits by asking the database: whatever is awaited happens by itself. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await server.sql('select 1')
}

async function ask(url: string, token: string, path: string): Promise<number> {
  const response = await fetch(url + path, { headers: { 'session-token': token } })
  await response.arrayBuffer()
  return response.status
}

async function open(url: string, token: string): Promise<Page> {
  const page = await openPage(url, token)
  undo.push(() => page.close())
  return page
}

/** Five people, each with something to lose, and how it is taken away. */
async function victims() {
  const organization = await server.organization()
  const manager = await server.person('site-manager')
  const suspended = await server.person()
  const keeper = await server.person()
  const { id, key } = (await keeper.send('POST', '/api/v0/api-keys/me', { name: 'key' })).body
  const member = await server.person('site-member', {
    organizations: { [organization]: 'organization-manager' },
  })
  const deleted = await server.person()
  const self = '/api/v0/users/me'
  const all = [
    {
      token: manager.token,
      path: `/api/v0/users/${server.admin.id}`,
      after: 404,
      change: ['PUT', `/api/v0/users/${manager.id}/role`, { role: 'site-member' }],
    },
    {
      token: suspended.token,
      path: self,
      after: 401,
      change: ['POST', `/api/v0/users/${suspended.id}/suspend`],
    },
    {
      token: key as string,
      path: self,
      after: 401,
      change: ['DELETE', `/api/v0/api-keys/${keeper.id}/${String(id)}`],
    },
    {
      token: member.token,
      path: `/api/v0/orgs/${organization}`,
      after: 404,
      change: ['DELETE', `/api/v0/orgs/${organization}`],
    },
    {
      token: deleted.token,
      path: self,
      after: 401,
      change: ['DELETE', `/api/v0/users/${deleted.id}`],
    },
  ] as const
  return {
    ask: (url: string) => Promise.all(all.map(({ token, path }) => ask(url, token, path))),
    before: all.map(() => 200),
    after: all.map(({ after }) => after),
    takeAway: async () => {
      const answers = await Promise.all(
        all.map(({ change: [method, path, body] }) => server.admin.send(method, path, body)),
      )
      expect(answers.filter(({ status }) => status >= 300)).toEqual([])
    },
  }
}

describe('a process whose listening connection is cut', () => {
  test('just before the changes: serves nothing that it remembered', async () => {
    const { second, pid } = await startSecond()
    const people = await victims()
    const page = await open(second.url, server.admin.token)
    expect([await people.ask(second.url), await people.ask(second.url)]).toEqual([
      people.before,
      people.before,
    ])
    await cut(pid)
    await people.takeAway()
    expect(await people.ask(second.url)).toEqual(people.after)
    expect(await people.ask(server.url)).toEqual(people.after)
    // The page has to ask again, since nobody knows what it missed.
    expect(await page.next()).toBe('end')
  })

  test('while the change waits: neither', async () => {
    const { second, pid } = await startSecond()
    const [person, path] = [await server.person('site-manager'), `/api/v0/users/${server.admin.id}`]
    const held = await server.hold('select 1 from users where id = $1 for update', [person.id])
    const demoting = server.admin.send('PUT', `/api/v0/users/${person.id}/role`, {
      role: 'site-member',
    })
    await held.untilWaiting(1)
    expect(await ask(second.url, person.token, path)).toBe(200)
    await cut(pid)
    expect(await ask(second.url, person.token, path)).toBe(200)
    await held.release()
    expect((await demoting).status).toBe(200)
    expect(await ask(second.url, person.token, path)).toBe(404)
  })

  test('the process itself that makes the changes: neither', async () => {
    const people = await victims()
    expect([await people.ask(server.url), await people.ask(server.url)]).toEqual([
      people.before,
      people.before,
    ])
    const [own] = await listeners()
    await cut(own!)
    await people.takeAway()
    expect(await people.ask(server.url)).toEqual(people.after)
    await until(() => server.platform.signals.trusted())
  })

  test('and that cannot connect again: asks the database, and catches up afterwards', async () => {
    const { second, pid } = await startSecond()
    const people = await victims()
    const person = await server.person()
    const page = await open(second.url, person.token)
    await fillPool(server.platform)
    await fillPool(second.platform)
    const allowAgain = await allowConnections(false)
    await cut(pid)
    expect(await page.next()).toBe('end')
    const meanwhile = await open(second.url, person.token)

    await people.takeAway()
    expect(await people.ask(second.url)).toEqual(people.after)
    const terms = { terms_of_service_enabled: true, terms_of_service_body: 'Be kind' }
    expect((await server.admin.send('PATCH', '/api/v0/config', terms)).status).toBe(200)
    undo.push(() =>
      server.admin.send('PATCH', '/api/v0/config', { terms_of_service_enabled: false }),
    )
    expect(second.platform.signals.trusted()).toBe(false)

    await allowAgain()
    await until(() => second.platform.signals.trusted())
    // A page that was opened meanwhile has missed what came before the connection was there again.
    expect(await meanwhile.next()).toBe('end')
    await until(() => second.platform.settings.current().terms_of_service_enabled)
  })

  test('again while it connects anew: has one connection in the end, and hears on it', async () => {
    const { second, pid } = await startSecond()
    const [own] = (await listeners()).filter((one) => one !== pid)
    const held = await server.hold('lock table server_processes in exclusive mode')
    await cut(pid)
    let again: number | undefined
    await until(async () => {
      again = (await listeners()).find((one) => one !== own && one !== pid)
      return again !== undefined
    })
    await held.untilWaiting(1)
    await cut(again!)
    await held.release()
    await until(() => second.platform.signals.trusted())
    const [{ seen_at: seen }] = await server.sql(
      'select max(seen_at) as seen_at from server_processes',
    )
    await until(
      async () =>
        (await server.sql('select 1 from server_processes where seen_at > $1', [seen])).length > 1,
    )
    expect(await listeners()).toHaveLength(2)

    const person = await server.person('site-manager')
    const path = `/api/v0/users/${server.admin.id}`
    expect(await ask(second.url, person.token, path)).toBe(200)
    const role = { role: 'site-member' }
    await server.admin.send('PUT', `/api/v0/users/${person.id}/role`, role)
    expect(await ask(second.url, person.token, path)).toBe(404)
  })

  /** Opens as many connections as the requests of a test can need at once: five, and what they write. */
  async function fillPool({ pool }: Platform): Promise<void> {
    const clients = await Promise.all(Array.from({ length: 12 }, () => pool.connect()))
    for (const client of clients) client.release()
  }

  /** Lets nobody connect anew; answers how to let them again. */
  async function allowConnections(allowed: boolean): Promise<() => Promise<void>> {
    const { pathname } = new URL(server.databaseUrl)
    const other = new URL(server.databaseUrl)
    other.pathname = '/postgres'
    const client = new pg.Client(other.href)
    await client.connect()
    const allow = (is: boolean) =>
      client.query(`alter database ${pathname.slice(1)} allow_connections ${String(is)}`)
    await allow(allowed)
    let ended = false
    const back = async () => {
      if (ended) return
      ended = true
      await allow(!allowed)
      await client.end()
    }
    undo.push(back)
    return back
  }
})

describe('a process that cannot say that it lives', () => {
  test('trusts nothing, and a change elsewhere does not wait for it for ever', async () => {
    const { second } = await startSecond()
    const person = await server.person('site-manager')
    const path = `/api/v0/users/${server.admin.id}`
    expect(await ask(second.url, person.token, path)).toBe(200)
    const held = await server.hold('lock table server_processes in exclusive mode')
    undo.push(() => held.release().catch(() => undefined))
    await held.untilWaiting(2)
    // While its heartbeat waits, Postgres tells it nothing.
    const role = { role: 'site-member' }
    const changed = await server.admin.send('PUT', `/api/v0/users/${person.id}/role`, role)
    expect(changed.status).toBe(200)
    expect(await ask(second.url, person.token, path)).toBe(404)
    expect(await ask(server.url, person.token, path)).toBe(404)
    await held.release()
    await until(() => second.platform.signals.trusted() && server.platform.signals.trusted())
  })

  test('and whose machine slept: trusts nothing until it has asked', async () => {
    await until(() => server.platform.signals.trusted())
    server.clock.advance(6_000)
    expect(server.platform.signals.trusted()).toBe(false)
    await until(() => server.platform.signals.trusted())
  })
})

/** Holds back what the database has answered already: what was read is the past when it arrives. */
function gate(of: Platform, matches: (text: string) => boolean) {
  const texts = new WeakMap<object, boolean>()
  let reached: () => void = () => undefined
  let release: () => void = () => undefined
  let closed = false
  const whenReleased = () =>
    new Promise<void>((resolve) => {
      release = resolve
      reached()
    })
  const plugin: KyselyPlugin = {
    transformQuery: ({ queryId, node }) => {
      texts.set(queryId, matches(JSON.stringify(node)))
      return node
    },
    transformResult: async ({ queryId, result }) => {
      if (closed && texts.get(queryId) === true) await whenReleased()
      return result
    },
  }
  return {
    db: of.db.withPlugin(plugin),
    /** Resolves when an answer is held back. */
    close: () => {
      closed = true
      return new Promise<void>((resolve) => {
        reached = resolve
      })
    },
    open: () => {
      closed = false
      release()
    },
  }
}

describe('what is read before a change and arrives after it', () => {
  const path = (person: Person) => `/api/v0/users/${person.id}/role`

  test('is not remembered', async () => {
    const person = await server.person('site-manager')
    const slow = gate(server.platform, (text) => text.includes('"sessions"'))
    const principals = createPrincipalCache({ ...server.platform, db: slow.db })
    await until(() => server.platform.signals.trusted())

    const held = slow.close()
    const reading = principals.find(person.token)
    await held
    await server.admin.send('PUT', path(person), { role: 'site-member' })
    slow.open()
    expect((await reading)?.subject.siteRole).toBe('site-manager')
    expect((await principals.find(person.token))?.subject.siteRole).toBe('site-member')
    expect((await principals.find(person.token))?.subject.siteRole).toBe('site-member')
  })

  test('opens no page that nobody will close', async () => {
    const person = await server.person()
    const slow = gate(server.platform, (text) => text.includes('"sessions"'))
    const app: FastifyInstance = await buildApp({ ...server.platform, db: slow.db })
    undo.push(() => app.close())
    const url = await app.listen({ host: '127.0.0.1', port: 0 })

    const held = slow.close()
    const opening = open(url, person.token)
    await held
    await server.admin.send('POST', `/api/v0/users/${person.id}/suspend`)
    slow.open()
    const page = await opening
    expect([await page.next(), await page.next()]).toEqual(['signed_out', 'end'])
  })

  test('settings: the change is not answered before every process works by them', async () => {
    const slow = gate(server.platform, (text) => text.includes('"settings"'))
    const { db, log, clock } = server.platform
    const signals = await startSignals(db, server.databaseUrl, log, () => clock.now())
    undo.push(() => signals.stop())
    const settings = await startLiveSettings(slow.db, signals, log)

    const terms = { terms_of_service_enabled: true, terms_of_service_body: 'Be kind' }
    const held = slow.close()
    const changing = server.admin
      .send('PATCH', '/api/v0/config', terms)
      .then(() => settings.current().terms_of_service_enabled)
    // If it were, it would be by now.
    const aWhile = async () => {
      for (let round = 0; round < 100; round++) await server.sql('select 1')
    }
    await held
    await Promise.race([changing, aWhile()])
    slow.open()
    expect(await changing).toBe(true)
    await server.admin.send('PATCH', '/api/v0/config', { terms_of_service_enabled: false })
  })
})

test('a page that is told twice at once that its session ended does not end the server', async () => {
  const person = await server.person()
  let end: () => void = () => undefined
  const nobody = new Promise<undefined>((resolve) => {
    end = () => {
      resolve(undefined)
    }
  })
  const hub = createEventHub(
    server.platform,
    () => nobody,
    () => person.token,
  )
  const app = fastify()
  undo.push(() => app.close())
  const principal = await createPrincipalCache(server.platform).find(person.token)
  app.get('/api/v0/events', (request, reply) =>
    hub.open({ principal } as unknown as Context, request, reply),
  )
  const page = await open(await app.listen({ host: '127.0.0.1', port: 0 }), person.token)

  const { signals, db } = server.platform
  await signals.send(db, 'access', { users: [person.id] })
  await signals.send(db, 'access', { users: 'all' })
  await signals.settle()
  end()
  expect([await page.next(), await page.next()]).toEqual(['signed_out', 'end'])
})

test('what is said of very many workspaces is heard of each', async () => {
  const ids = Array.from(
    { length: 1_000 },
    (_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  )
  const { platform } = (await startSecond()).second
  const heard = new Set<string>()
  platform.signals.on('workspaces', (signal) => {
    for (const id of signal.ids) heard.add(id)
  })
  await server.platform.signals.send(server.platform.db, 'workspaces', { ids })
  await server.platform.signals.settle()
  expect([...heard]).toEqual(ids)
})

test('a change that was made is answered as made, however busy the pool is', async () => {
  const [one, other] = [await server.person(), await server.person()]
  const lock = 'select 1 from users where id = $1 for update'
  const first = await server.hold(lock, [one.id])
  const rest = await server.hold(lock, [other.id])
  const role = (person: Person) =>
    server.admin.send('PUT', `/api/v0/users/${person.id}/role`, { role: 'site-auditor' })
  const change = role(one)
  await first.untilWaiting(1)
  // More than the pool has: as soon as the change leaves its connection, another one has it.
  const crowd = Array.from({ length: 40 }, () => role(other))
  await rest.untilWaiting(30)
  await first.release()
  const { status } = await change
  await rest.release()
  expect(status).toBe(200)
  expect((await Promise.all(crowd)).map((answer) => answer.status)).toEqual(crowd.map(() => 200))
})

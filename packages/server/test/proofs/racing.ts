import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import {
  type Answer,
  type Hold,
  password,
  type Person,
  startServer,
  type TestServer,
} from '../harness.ts'

// Every race here is forced: a third connection holds a row until the requests wait for it in a
// known order, and then lets go. Ids grow with time, and users are locked by id: a request waits for
// whoever is older first, so the tests say who is older by making them first.

/** The server of the test file that called `useServer`. */
export let server: TestServer

const held = new Set<Hold>()

/** Starts a server for the races of one file; a test that fails does not keep the others waiting. */
export function useServer(): void {
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())
  beforeEach(() => server.restoreAdmin())
  afterEach(async () => {
    await Promise.all([...held].map((one) => one.release()))
  })
}

/** Holds the rows that a query locks. */
export async function hold(text: string, values?: readonly unknown[]): Promise<Hold> {
  const inner = await server.hold(text, values)
  const one: Hold = {
    untilWaiting: (count) => inner.untilWaiting(count),
    release: async () => {
      held.delete(one)
      await inner.release()
    },
  }
  held.add(one)
  return one
}

/** Holds a user. */
export const holdUser = (person: { id: string }): Promise<Hold> =>
  hold('select 1 from users where id = $1 for update', [person.id])

/** Starts each request when the ones before it wait, lets go, and answers what became of them. */
export async function inOrder<T extends readonly (() => Promise<unknown>)[]>(
  row: Hold,
  ...requests: T
): Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
  const started: Promise<unknown>[] = []
  for (const request of requests) {
    started.push(request())
    await row.untilWaiting(started.length)
  }
  await row.release()
  return (await Promise.all(started)) as { [K in keyof T]: Awaited<ReturnType<T[K]>> }
}

/** What is known of a user in the database, and what the audit log says that was done to them. */
export async function stateOf({ id }: { id: string }) {
  const [user] = await server.sql(
    'select site_role as role, status, temporary_password as temporary, version from users where id = $1',
    [id],
  )
  const entries = await server.sql(
    'select outcome, refusal_code as code from audit_log where resource_id = $1 order by at, id',
    [id],
  )
  return { ...user, log: entries.map(({ outcome, code }) => (code as string | null) ?? outcome) }
}

/** Everybody who is the site admin now: one, if all is well. */
export async function siteAdmins(): Promise<unknown[]> {
  const rows = await server.sql("select id from users where site_role = 'site-admin'")
  return rows.map((row) => row.id as unknown)
}

/** The status, with the code of a refusal. */
export const summary = ({ status, body }: Answer) => (status < 300 ? status : [status, body.code])

/** Asks for another role for somebody. */
export const makeRole = (actor: Pick<Person, 'send'>, target: Person, role: string, headers = {}) =>
  actor.send('PUT', `/api/v0/users/${target.id}/role`, { role }, headers)
/** Asks for a suspension. */
export const suspend = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('POST', `/api/v0/users/${target.id}/suspend`)
/** Asks for a deletion. */
export const remove = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('DELETE', `/api/v0/users/${target.id}`)
/** Asks to hand over the site admin role. */
export const transfer = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('POST', '/api/v0/site-admin/transfer', { user_id: target.id, password })

/** Speaks with a credential of its own. */
export const by = (token: string): Pick<Person, 'send'> => ({
  send: (method, path, body, headers) =>
    server.send(method, path, body, { 'session-token': token, ...headers }),
})

/** The token of a new session. */
export async function signedIn(person: Person): Promise<string> {
  const answer = await server.send('POST', '/auth/basic/login', { email: person.email, password })
  return answer.body.session_token as string
}

/** A new key of somebody. */
export async function keyOf(
  person: Person,
  scopes?: readonly string[],
): Promise<{ id: string; key: string }> {
  const body = { name: `key ${Math.random()}`, scopes }
  return (await person.send('POST', '/api/v0/api-keys/me', body)).body
}

import type { OrganizationRole, SiteRole } from '@atelier/access'
import { type Client, createClient } from '@atelier/api'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/db/connect.ts'
import { type Clock } from '../src/platform/clock.ts'
import { newId } from '../src/platform/ids.ts'
import type { Providers } from '../src/provider/providers.ts'
import type { Platform } from '../src/platform/platform.ts'
import { joinPlatform } from '../src/platform/start.ts'
import { openVault } from '../src/platform/vault.ts'
import { startAuditSealing } from '../src/audit/seal.ts'
import { jobHandlers } from '../src/serve.ts'
import { startWorker } from '../src/jobs/worker.ts'
import { hashToken } from '../src/sessions/principals.ts'
import { newKeyPair, sealSshKey } from '../src/users/ssh-keys.ts'
import { createTestDatabase } from './cluster.ts'

/** Everybody's password in tests. */
export const password = 'correct horse battery'
let passwordHash: string | undefined

const master = Buffer.alloc(32, 7)
// Making a pair for each of thousands of people would take most of the time.
const keyPair = newKeyPair('ed25519')

export interface Answer {
  readonly status: number
  // Tests say what they expect of the body; the type would only repeat it.
  readonly body: any
  readonly text: string
  readonly headers: Headers
}

/** A user with a living session, and ways to speak as them. */
export interface Person {
  readonly id: string
  readonly username: string
  readonly email: string
  readonly token: string
  readonly client: Client
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
}

export interface TestServer {
  readonly url: string
  readonly databaseUrl: string
  readonly platform: Platform
  readonly clock: TestClock
  readonly admin: Person
  /** The default organization. */
  readonly organizationId: string
  /** Adds a user with a session; a member of the default organization unless told otherwise. */
  person(role?: SiteRole, options?: PersonOptions): Promise<Person>
  /** Adds an organization. */
  organization(name?: string): Promise<string>
  /** Sends without any credential. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>
  /** A second server process on the same database. */
  second(): Promise<SecondServer>
  /** Makes the first site admin the site admin again, with their password, without keys and memberships. */
  restoreAdmin(): Promise<void>
  /** Runs SQL on a connection of its own. */
  sql(text: string, values?: readonly unknown[]): Promise<any[]>
  /** Holds row locks by a statement until `release`; tells how many statements wait for locks. */
  hold(text: string, values?: readonly unknown[]): Promise<Hold>
  stop(): Promise<void>
}

/** Another server process on the same database. */
export interface SecondServer extends Pick<TestServer, 'url' | 'platform' | 'send'> {
  stop(): Promise<void>
}

export interface Hold {
  /** Resolves when as many statements wait for a lock. */
  untilWaiting(count: number): Promise<void>
  release(): Promise<void>
}

export interface PersonOptions {
  readonly name?: string
  readonly username?: string
  readonly organizations?: Readonly<Record<string, OrganizationRole>>
  readonly temporaryPassword?: boolean
}

/** A clock that a test turns by hand; it starts now, so that it agrees with the database. */
export class TestClock implements Clock {
  private offset = 0
  now(): Date {
    return new Date(Date.now() + this.offset)
  }
  /** Moves the time forward. */
  advance(milliseconds: number): void {
    this.offset += milliseconds
  }
}

export interface ServerOptions {
  /** What runs workspaces, in place of what the rows of the database name. */
  readonly providers?: Providers
  readonly trustedProxies?: string
}

/** A whole server on a real database of its own, listening on a free port. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const database = await createTestDatabase()
  const clock = new TestClock()
  const dataDir = await mkdtemp(join(tmpdir(), 'atelier-data-'))
  const first = await startProcess(database.url, dataDir, clock, options)
  const { platform } = first
  passwordHash ??= await platform.passwords.hash(password)
  const seconds: { stop(): Promise<void> }[] = []
  let count = 0

  // Beside the server's own pool, so that a test can look while the server waits.
  const looking = new pg.Pool({ connectionString: database.url, max: 2 })
  // Dropping the database ends what is still closing; a query that fails says so itself.
  looking.on('error', () => undefined)

  const addPerson = async (role: SiteRole, options: PersonOptions = {}): Promise<Person> => {
    const number = ++count
    const username = options.username ?? `${role.replace('site-', '')}-${number}`
    const id = newId(clock.now())
    const email = `${username}@example.com`
    const token = randomBytes(32).toString('base64url')
    const now = clock.now()
    const organizations = options.organizations ?? { [organizationId]: 'organization-member' }
    await looking.query(
      `with person as (
         insert into users (id, email, username, name, site_role, password_hash, temporary_password,
           ssh_public_key, ssh_private_key, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)),
       membership as (
         insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
         select key::uuid, $1, value, $10, $10 from jsonb_each_text($11))
       insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
       values ($12, $1, $13, '127.0.0.1', 'test', $10, $10, $14)`,
      [
        id,
        email,
        username,
        options.name ?? `${role} ${number}`,
        role,
        passwordHash,
        options.temporaryPassword ?? false,
        keyPair.publicKey,
        sealSshKey(platform, id, keyPair.privateKey),
        now,
        JSON.stringify(organizations),
        newId(now),
        hashToken(token),
        new Date(now.getTime() + 7 * 86_400_000),
      ],
    )
    return {
      id,
      username,
      email,
      token,
      client: createClient({ baseUrl: first.url, token }),
      send: (method, path, body, headers) =>
        send(first.url, method, path, body, { 'session-token': token, ...headers }),
    }
  }

  const addOrganization = async (name = `org-${++count}`, isDefault = false): Promise<string> => {
    const id = newId(clock.now())
    const now = clock.now()
    await platform.db
      .insertInto('organizations')
      .values({ id, name, is_default: isDefault, created_at: now, updated_at: now })
      .execute()
    return id
  }

  const query = async (text: string, values: readonly unknown[] = []): Promise<unknown[]> =>
    (await looking.query(text, [...values])).rows as unknown[]

  const organizationId = await addOrganization('Default', true)
  const admin = await addPerson('site-admin', { username: 'admin' })

  return {
    url: first.url,
    databaseUrl: database.url,
    platform,
    clock,
    admin,
    organizationId,
    person: (role = 'site-member', options) => addPerson(role, options),
    organization: (name) => addOrganization(name),
    send: (method, path, body, headers) => send(first.url, method, path, body, headers),
    async second() {
      const process = await startProcess(database.url, dataDir, clock, options)
      seconds.push(process)
      return {
        ...process,
        send: (method, path, body, headers) => send(process.url, method, path, body, headers),
      }
    },
    restoreAdmin: async () => {
      await platform.db.transaction().execute(async (tx) => {
        const others = tx.updateTable('users').where('id', '<>', admin.id)
        await others
          .set({ site_role: 'site-member' })
          .where('site_role', '=', 'site-admin')
          .execute()
        await tx
          .updateTable('users')
          .set({
            site_role: 'site-admin',
            password_hash: passwordHash ?? null,
            temporary_password: false,
          })
          .where('id', '=', admin.id)
          .execute()
        await tx.deleteFrom('api_keys').where('user_id', '=', admin.id).execute()
        await tx.deleteFrom('organization_members').where('user_id', '=', admin.id).execute()
        await tx.deleteFrom('sign_in_failures').execute()
        await platform.signals.send(tx, 'access', { users: 'all' })
      })
      await platform.signals.settle()
    },
    sql: query as TestServer['sql'],
    hold: (text, values) => hold(database.url, text, values ?? []),
    async stop() {
      for (const process of seconds) await process.stop()
      await first.stop()
      await looking.end()
      await database.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function startProcess(
  databaseUrl: string,
  dataDir: string,
  clock: Clock,
  options: ServerOptions,
) {
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
  const undo: (() => Promise<void> | void)[] = []
  const connection = connect(databaseUrl, { applicationName: 'atelier', max: 30, log })
  undo.push(() => connection.pool.end())
  const vault = openVault(master)
  const joined = await joinPlatform(connection, databaseUrl, {
    vault,
    log,
    version: '0.1.0',
    clock,
    dataDir,
    engine: 'none',
    serves: true,
    undo,
  })
  const { providers = joined.providers, trustedProxies } = options
  const platform: Platform = { ...joined, providers }
  const app = await buildApp(platform, { logger: log, trustedProxies })
  const worker = startWorker(platform, jobHandlers)
  const sealer = startAuditSealing(platform)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  let stopped = false
  return {
    url: `http://127.0.0.1:${port}`,
    platform,
    async stop() {
      if (stopped) return
      stopped = true
      await app.close()
      await worker.stop()
      await sealer.stop()
      for (const step of undo.reverse()) await step()
    },
  }
}

async function send(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const json = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: json && text !== '' ? JSON.parse(text) : text,
  }
}

async function hold(url: string, text: string, values: readonly unknown[]): Promise<Hold> {
  const holder = new pg.Client(url)
  const watcher = new pg.Client(url)
  await holder.connect()
  await watcher.connect()
  await holder.query('begin')
  await holder.query(text, [...values])
  return {
    async untilWaiting(count) {
      for (;;) {
        const { rows } = await watcher.query<{ waiting: number }>(
          `select count(*)::int as waiting from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock'`,
        )
        if ((rows[0]?.waiting ?? 0) >= count) return
      }
    },
    async release() {
      await holder.query('rollback')
      await holder.end()
      await watcher.end()
    },
  }
}

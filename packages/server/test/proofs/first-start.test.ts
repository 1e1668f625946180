import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../cluster.ts'
import { runProgram, type Served, serveProgram } from '../served.ts'
import { openPage } from './page.ts'
import { admin, signIn } from './load-people.ts'

// The real program creates its first site admin without anybody at hand, and gives the site admin back
// to whoever holds the machine.

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let database: TestDatabase
let dataDir: string
const running: Served[] = []
beforeEach(async () => {
  database = await createTestDatabase()
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-first-'))
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.end('SIGTERM')
  await database.drop()
  await rm(dataDir, { recursive: true })
})

type Variables = Readonly<Record<string, string>>

const first = {
  ATELIER_ADMIN_EMAIL: admin.email,
  ATELIER_ADMIN_USERNAME: 'ann',
  ATELIER_ADMIN_PASSWORD: admin.password,
}

function environment(variables: Variables): Variables {
  return {
    ATELIER_DATA_DIR: dataDir,
    ATELIER_LOG_LEVEL: 'error',
    DATABASE_URL: database.url,
    ...variables,
  }
}

async function serve(variables: Variables): Promise<Served> {
  const server = await serveProgram(environment(variables))
  running.push(server)
  return server
}

async function sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client(database.url)
  await client.connect()
  const { rows } = await client.query<Row>(text)
  await client.end()
  return rows
}

async function status(server: Served, token: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/v0/users/me`, {
    headers: { 'session-token': token },
  })
  return answer.status
}

describe('ATELIER_ADMIN_*', () => {
  const everybody = 'select username, email, site_role from users order by created_at'
  const ann = { username: 'ann', email: admin.email, site_role: 'site-admin' }

  test('creates the site admin at the first start, with its entries, and never again', async () => {
    const server = await serve(first)
    expect(server.setupLink).toBe(undefined)
    await signIn(server.url, 'ann')
    const entries = await sql(
      `select action, resource_type, target, allowed_by, actor_username from audit_log
       where allowed_by = 'setup' order by resource_type`,
    )
    const made = { action: 'create', allowed_by: 'setup', actor_username: 'ann' }
    expect(entries).toEqual([
      { ...made, resource_type: 'organization', target: 'Default' },
      { ...made, resource_type: 'user', target: 'ann' },
    ])
    await server.end('SIGTERM')

    const others = {
      ...first,
      ATELIER_ADMIN_EMAIL: 'bob@example.com',
      ATELIER_ADMIN_USERNAME: 'bob',
    }
    for (const again of [others, { ...first, ATELIER_ADMIN_PASSWORD: 'another horse battery' }]) {
      const next = await serve(again)
      await signIn(next.url, 'ann')
      await next.end('SIGTERM')
    }
    // Half of them does not matter any more either.
    const last = await serve({ ATELIER_ADMIN_EMAIL: 'carol@example.com' })
    await signIn(last.url, 'ann')
    expect(await sql(everybody)).toEqual([ann])
  })

  test('two servers that start at once on one database create one', async () => {
    const key = { ATELIER_SECRET_KEY: '7'.repeat(64) }
    const servers = await Promise.allSettled([
      serve({ ...first, ...key }),
      serve({ ...first, ...key }),
    ])
    expect(await sql(everybody)).toEqual([ann])
    expect(servers.map((each) => each.status)).toEqual(['fulfilled', 'fulfilled'])
  })

  test('each may be the path of a file, whose last line end does not count', async () => {
    const files = await Promise.all(
      Object.entries(first).map(async ([name, value]) => {
        const path = join(dataDir, name)
        await writeFile(path, `${value}\n`)
        return [`${name}_FILE`, path] as const
      }),
    )
    const server = await serve(Object.fromEntries(files))
    await signIn(server.url, 'ann')
    expect(await sql(everybody)).toEqual([ann])
  })

  test('without them the setup link creates one, once', async () => {
    const server = await serve({})
    const token = new URL(server.setupLink ?? '').searchParams.get('token')
    const body = {
      token,
      name: 'Ann',
      username: 'ann',
      email: admin.email,
      password: admin.password,
    }
    const send = () =>
      fetch(`${server.url}/api/v0/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const answers = await Promise.all([send(), send()])
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 404])
    expect(await sql(everybody)).toEqual([ann])
  })
})

describe('reset-admin-password', () => {
  test('beside a running server: sessions end, keys are deleted, it is audited', async () => {
    const server = await serve(first)
    const { token, client } = await signIn(server.url, 'ann')
    const { key } = await client.apiKeys.create({ params: { user: 'me' }, body: { name: 'key' } })
    const page = await openPage(server.url, token)
    expect([await status(server, token), await status(server, key)]).toEqual([200, 200])

    const { code, out, err } = await runProgram(['reset-admin-password'], environment({}))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const password = /^Temporary password of ann: (\S+)$/m.exec(out)?.[1] ?? ''
    // The very next requests, and the open page.
    expect([await status(server, token), await status(server, key)]).toEqual([401, 401])
    expect([await page.next(), await page.next()]).toEqual(['signed_out', 'end'])
    await expect(signIn(server.url, 'ann')).rejects.toMatchObject({ status: 401 })
    expect(
      await sql('select (select count(*) from sessions) + (select count(*) from api_keys) as left'),
    ).toEqual([{ left: '0' }])
    expect(
      await sql(`select action, resource_type, target, actor_id, outcome, diff from audit_log
        where allowed_by = 'server command'`),
    ).toEqual([
      {
        action: 'write',
        resource_type: 'user',
        target: 'ann',
        actor_id: null,
        outcome: 'success',
        diff: {
          password: { before: '******', after: '******' },
          temporary_password: { before: false, after: true },
          ended_sessions: { before: 1, after: 0 },
          deleted_api_keys: { before: 1, after: 0 },
        },
      },
    ])

    const again = await signIn(server.url, 'ann', password)
    const refused = again.client.users.list({ query: { limit: 1 } })
    await expect(refused).rejects.toMatchObject({ code: 'user.password_change_required' })
    await again.client.users.changePassword({
      body: { old_password: password, password: 'wholly new horse battery' },
    })
    expect((await again.client.users.list({ query: { limit: 1 } })).items).toHaveLength(1)
  })

  test('without a site admin: one line, and exit code 1', async () => {
    expect(await runProgram(['reset-admin-password'], environment({}))).toEqual({
      code: 1,
      out: '',
      err: 'atelier-server: There is no site admin yet: start the server and open its setup link\n',
    })
  })
})

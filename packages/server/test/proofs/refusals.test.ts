import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { runsAsRoot } from '../../src/db/service-account.ts'
import { createTestDatabase, type TestDatabase } from '../cluster.ts'
import { forkChild } from '../cluster-fork.ts'
import { runProgram, serveProgram } from '../served.ts'

// The real program cannot start: it says why and what to do in one line, without a stack, and ends with
// an exit code that is not 0.

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let database: TestDatabase
let dataDir: string
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-refusal-'))
})
afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

type Variables = Readonly<Record<string, string>>

function environment(variables: Variables = {}): Variables {
  return {
    ATELIER_DATA_DIR: dataDir,
    ATELIER_LISTEN: '127.0.0.1:0',
    ATELIER_LOG_LEVEL: 'warn',
    DATABASE_URL: database.url,
    ATELIER_SECRET_KEY: '1'.repeat(64),
    ...variables,
  }
}

/** Starts a server that cannot start; answers its one line. */
async function refusal(variables: Variables, { embedded = false } = {}): Promise<string> {
  const { DATABASE_URL, ...others } = environment(variables)
  const { code, out, err } = await runProgram(
    ['serve'],
    embedded ? others : { ...others, DATABASE_URL },
  )
  expect({ code, out }).toEqual({ code: 1, out: '' })
  const [, line] = /^atelier-server: (.*)\n$/.exec(err) ?? []
  expect(err).toBe(`atelier-server: ${line ?? 'one line'}\n`)
  return line ?? ''
}

describe('a setting that cannot be used', () => {
  test.each([
    ['ATELIER_LISTEN', 'nonsense', 'ATELIER_LISTEN: use host:port, such as 127.0.0.1:7080'],
    ['ATELIER_LISTEN', 'no-such-host.invalid:0', /^Cannot listen on .* set ATELIER_LISTEN to/],
    ['ATELIER_LISTEN', '192.0.2.1:0', /^Cannot listen on 192\.0\.2\.1:0 .* set ATELIER_LISTEN to/],
    ['DATABASE_URL', 'postgres://[', /^DATABASE_URL: use postgres:\/\/user/],
  ])('%s=%s', async (name, value, message) => {
    expect(await refusal({ [name]: value })).toMatch(message)
  })

  test('an unknown command names itself after the list of commands', async () => {
    const { code, err } = await runProgram(['frobnicate'], environment())
    expect(code).toBe(1)
    expect(err).toMatch(/^Usage: .*[^]*\natelier-server: unknown command: frobnicate\n$/)
  })

  test('an unknown variable is named in a warning, and the server goes on', async () => {
    const server = await serveProgram(environment({ ATELIER_LISTN: '127.0.0.1:7080' }))
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const { code, err } = await server.end('SIGTERM')
    expect(code).toBe(0)
    expect(err).toMatch(/^[\d:.]+ warn {2}config\.unknown_variable variable=ATELIER_LISTN\n/)
  })
})

test('a port that is taken', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as AddressInfo
  expect(await refusal({ ATELIER_LISTEN: `127.0.0.1:${port}` })).toBe(
    `Port ${port} of 127.0.0.1 is taken: stop the program that uses it, or set ATELIER_LISTEN to another one, such as 127.0.0.1:${port + 1}.`,
  )
  taken.close()
})

describe('a database that cannot be used', () => {
  function at(change: (url: URL) => void): string {
    const url = new URL(database.url)
    change(url)
    return url.href
  }

  test('nobody listens there', async () => {
    expect(await refusal({ DATABASE_URL: 'postgres://ann:secret@127.0.0.1:1/atelier' })).toMatch(
      /^The database cannot be opened \(.*ECONNREFUSED.*\): check that Postgres runs and that DATABASE_URL is right\.$/,
    )
  })

  test('the host is not known', async () => {
    const url = 'postgres://ann:secret@no-such-host.invalid/atelier'
    expect(await refusal({ DATABASE_URL: url })).toMatch(/^The database cannot be opened \(.*host/)
  })

  test('there is no such database', async () => {
    const url = at((changed) => (changed.pathname = '/no_such_database'))
    expect(await refusal({ DATABASE_URL: url })).toMatch(/"no_such_database" does not exist/)
  })

  test('it is newer than the program', async () => {
    const client = new pg.Client(database.url)
    await client.connect()
    const { rows } = await client.query<{ number: number }>(
      `insert into schema_migrations (number, name, checksum)
       select max(number) + 1, 'later', '' from schema_migrations returning number`,
    )
    const newest = rows[0]?.number ?? 0
    const refused = await refusal({})
    await client.query('delete from schema_migrations where number = $1', [newest])
    await client.end()
    expect(refused).toBe(
      `The database has migration ${newest}, and this program knows them only up to ${newest - 1}: start the newer version of the program that was used before.`,
    )
  })

  test('it was made with another secret key', async () => {
    const first = await serveProgram(environment())
    expect((await first.end('SIGTERM')).code).toBe(0)
    expect(await refusal({ ATELIER_SECRET_KEY: '2'.repeat(64) })).toMatch(
      /^The secret key is not the one .* set ATELIER_SECRET_KEY/,
    )
  })
})

describe('a data folder that cannot be used', () => {
  // Then it is needed beside a database of one's own too.
  const keyInFolder = { ATELIER_SECRET_KEY: '' }

  test('another server uses it', async () => {
    const other = forkChild('lock', dataDir)
    await other.answer
    expect(await refusal({}, { embedded: true })).toBe(
      `Another server (process ${other.pid}) uses the data folder ${dataDir}: stop it first, or give this one a folder of its own.`,
    )
    await other.end('SIGKILL')
  })

  test('it is a file', async () => {
    const path = join(dataDir, 'file')
    await writeFile(path, '')
    for (const embedded of [true, false]) {
      expect(await refusal({ ...keyInFolder, ATELIER_DATA_DIR: path }, { embedded })).toMatch(
        /^The data folder \S+ cannot be used .*ATELIER_DATA_DIR/,
      )
    }
  })

  /** Mounts a small disk on the data folder for as long as `body` runs. */
  async function onDisk(options: string, skip: () => void, body: () => Promise<void>) {
    try {
      const args = ['-t', 'tmpfs', '-o', `mode=700,${options}`, 'atelier', dataDir]
      execFileSync('mount', args, { stdio: 'pipe' })
    } catch {
      skip()
      return
    }
    try {
      await body()
    } finally {
      execFileSync('umount', [dataDir])
    }
  }
  const reason = 'a disk can be mounted only with more privileges'

  test.runIf(runsAsRoot())('its disk is mounted read-only', async ({ skip }) => {
    await onDisk(
      'ro,size=1m',
      () => {
        skip(reason)
      },
      async () => {
        for (const embedded of [true, false]) {
          expect(await refusal(keyInFolder, { embedded })).toMatch(
            /^The data folder \S+ is on a disk that is mounted read-only: .*ATELIER_DATA_DIR/,
          )
        }
      },
    )
  })

  test.runIf(runsAsRoot())('its disk is full', async ({ skip }) => {
    await onDisk(
      'size=64k',
      () => {
        skip(reason)
      },
      async () => {
        await writeFile(join(dataDir, 'much'), Buffer.alloc(60_000))
        await writeFile(join(dataDir, 'more'), Buffer.alloc(60_000)).catch(() => undefined)
        for (const embedded of [true, false]) {
          expect(await refusal(keyInFolder, { embedded })).toMatch(
            /^The disk that holds the data folder \S+ is full: free some space/,
          )
        }
      },
    )
  })
})

describe('the first site admin', () => {
  const admin = {
    ATELIER_ADMIN_EMAIL: 'ann@example.com',
    ATELIER_ADMIN_USERNAME: 'ann',
    ATELIER_ADMIN_PASSWORD: 'correct horse battery',
  }

  test('one of its variables is left out', async () => {
    expect(await refusal({ ...admin, ATELIER_ADMIN_PASSWORD: '' })).toBe(
      'Set all of ATELIER_ADMIN_EMAIL, ATELIER_ADMIN_USERNAME and ATELIER_ADMIN_PASSWORD, or none.',
    )
  })

  test.each([
    ['ATELIER_ADMIN_EMAIL', 'nobody', /^ATELIER_ADMIN_EMAIL: Enter an e-mail address/],
    ['ATELIER_ADMIN_USERNAME', 'ann smith', /^ATELIER_ADMIN_USERNAME: Use letters, digits/],
    ['ATELIER_ADMIN_PASSWORD', 'password', /^ATELIER_ADMIN_PASSWORD: /],
  ] as const)('%s=%s: nobody is created', async (name, value, message) => {
    expect(await refusal({ ...admin, [name]: value })).toMatch(message)
    const client = new pg.Client(database.url)
    await client.connect()
    const { rows } = await client.query('select count(*)::int as users from users')
    await client.end()
    expect(rows).toEqual([{ users: 0 }])
  })
})

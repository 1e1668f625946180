import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/cluster.ts'
import type { TestDatabase } from '../../test/cluster.ts'
import { connect } from './connect.ts'
import { migrate, migrationLock, migrationStatus } from './migrate.ts'

let database: TestDatabase
let pool: pg.Pool
let dir: string

beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  pool = connect(database.url, { applicationName: 'migrate-test' }).pool
  dir = await mkdtemp(join(tmpdir(), 'atelier-migrations-'))
  await write('0001_first.sql', 'create table first (n integer);\ninsert into first values (1);\n')
  await write('0002_second.sql', 'insert into first values (2);\n')
})

afterEach(async () => {
  await pool.end()
  await database.drop()
  await rm(dir, { recursive: true })
})

async function write(name: string, sql: string): Promise<void> {
  await writeFile(join(dir, name), sql)
}

async function numbers(): Promise<number[]> {
  const { rows } = await pool.query<{ n: number }>('select n from first order by n')
  return rows.map(({ n }) => n)
}

test('applies the files in order, once, and tells what is pending', async () => {
  expect(await migrationStatus(pool, dir)).toEqual({
    database: 0,
    program: 2,
    pending: ['0001_first.sql', '0002_second.sql'],
  })
  expect(await migrate(pool, dir)).toEqual(['0001_first.sql', '0002_second.sql'])
  await write('0003_third.sql', 'insert into first values (3);')
  expect(await migrationStatus(pool, dir)).toMatchObject({ database: 2, program: 3 })
  expect(await migrate(pool, dir)).toEqual(['0003_third.sql'])
  expect(await migrate(pool, dir)).toEqual([])
  expect(await numbers()).toEqual([1, 2, 3])
})

test('undoes a file that fails, keeps those before it, and names the line', async () => {
  await write('0003_third.sql', '-- Žluťoučký 🐎\ninsert into first values (3);\nselekt 1;\n')
  await expect(migrate(pool, dir)).rejects.toMatchObject({
    code: 'migrate.failed',
    message: expect.stringMatching(
      /0003_third\.sql failed at line 3 and was undone: syntax/,
    ) as string,
  })
  expect(await numbers()).toEqual([1, 2])
  expect(await migrationStatus(pool, dir)).toMatchObject({ pending: ['0003_third.sql'] })
  await write('0003_third.sql', 'insert into first values (3);')
  expect(await migrate(pool, dir)).toEqual(['0003_third.sql'])
})

test('refuses when an applied file has changed, but not for its line ends', async () => {
  await migrate(pool, dir)
  await write('0002_second.sql', 'insert into first values (2);\r\n')
  expect(await migrate(pool, dir)).toEqual([])
  await write('0002_second.sql', 'insert into first values (22);\n')
  const refusal = { code: 'migrate.checksum_changed', details: { name: '0002_second.sql' } }
  await expect(migrate(pool, dir)).rejects.toMatchObject(refusal)
  await expect(migrationStatus(pool, dir)).rejects.toMatchObject(refusal)
  expect(await numbers()).toEqual([1, 2])
})

test('refuses a database that a newer program has migrated, and names both numbers', async () => {
  await migrate(pool, dir)
  await rm(join(dir, '0002_second.sql'))
  await expect(migrate(pool, dir)).rejects.toMatchObject({
    code: 'migrate.database_newer',
    message: expect.stringMatching(/migration 2,.* up to 1/) as string,
    details: { database: 2, program: 1 },
  })
})

test('refuses numbers that are missing or taken twice', async () => {
  await write('0002_other.sql', '')
  await expect(migrate(pool, dir)).rejects.toMatchObject({ code: 'migrate.bad_files' })
  await rm(join(dir, '0002_other.sql'))
  await rm(join(dir, '0001_first.sql'))
  await expect(migrationStatus(pool, dir)).rejects.toThrow('should have the number 0001')
})

test('servers that start at once apply each file once', async () => {
  const holder = await pool.connect()
  await holder.query('select pg_advisory_lock($1)', [migrationLock])
  const both = Promise.all([migrate(pool, dir), migrate(pool, dir)])
  let waiting = 0
  while (waiting < 2) {
    const { rows } = await pool.query<{ waiting: number }>(
      `select count(*) as waiting from pg_stat_activity
       where datname = current_database() and wait_event = 'advisory'`,
    )
    waiting = rows[0]?.waiting ?? 0
  }
  holder.release(true)
  expect((await both).sort()).toEqual([[], ['0001_first.sql', '0002_second.sql']])
  expect(await numbers()).toEqual([1, 2])
})

test('leaves nothing of itself in the pool', async () => {
  await migrate(pool, dir)
  const { rows } = await pool.query('show statement_timeout')
  expect(rows).toEqual([{ statement_timeout: '1min' }])
  const locks = await pool.query(
    `select 1 from pg_locks join pg_database on oid = database
     where locktype = 'advisory' and datname = current_database()`,
  )
  expect(locks.rows).toEqual([])
})

test('says so when the database cannot be opened', async () => {
  const url = new URL(database.url)
  url.pathname = '/no-such-database'
  const unreachable = connect(url.href, { applicationName: 'migrate-test' }).pool
  await expect(migrate(unreachable, dir)).rejects.toMatchObject({
    code: 'postgres.unreachable',
    message: expect.stringContaining('"no-such-database" does not exist') as string,
  })
  await unreachable.end()
})

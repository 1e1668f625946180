import fc from 'fast-check'
import { sql } from 'kysely'
import pg from 'pg'
import { pino } from 'pino'
import { PassThrough } from 'node:stream'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/cluster.ts'
import type { TestDatabase } from '../../test/cluster.ts'
import { parseInt8, parseTimestamp } from './connect-types.ts'
import { connect } from './connect.ts'
import type { Connection } from './connect.ts'

let database: TestDatabase
let connection: Connection

beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
  connection = connect(database.url, { applicationName: 'connect-test', max: 2 })
})

afterAll(async () => {
  await connection.pool.end()
  await database.drop()
})

const firstInstant = Date.parse('0001-01-01T00:00:00.000Z')
const lastInstant = Date.parse('9999-12-31T23:59:59.999Z')

test('a timestamp reads as JavaScript prints the same instant', async () => {
  const { pool } = connection
  const instants = fc.array(fc.integer({ min: firstInstant, max: lastInstant }), { minLength: 50 })
  await fc.assert(
    fc.asyncProperty(instants, async (milliseconds) => {
      const expected = milliseconds.map((each) => new Date(each).toISOString())
      const { rows } = await pool.query<{ at: string }>(
        'select at from unnest($1::timestamptz[]) with ordinality as t (at, n) order by n',
        [expected],
      )
      expect(rows.map(({ at }) => at)).toEqual(expected)
    }),
    { numRuns: 20 },
  )
})

test('a timestamp has three decimals whatever Postgres stores', () => {
  expect(parseTimestamp('2026-11-23 14:58:00+00')).toBe('2026-11-23T14:58:00.000Z')
  expect(parseTimestamp('2026-11-23 14:58:00.1+00')).toBe('2026-11-23T14:58:00.100Z')
  expect(parseTimestamp('2026-11-23 14:58:00.123+00')).toBe('2026-11-23T14:58:00.123Z')
  expect(parseTimestamp('2026-11-23 14:58:59.999999+00')).toBe('2026-11-23T14:58:59.999Z')
})

test('a timestamp that RFC 3339 cannot say is refused, not mangled', async () => {
  for (const text of ['infinity', '0044-03-15 00:00:00+00 BC', '2026-11-23 14:58:00+01']) {
    expect(() => parseTimestamp(text)).toThrow(RangeError)
  }
  await expect(connection.pool.query(`select 'infinity'::timestamptz`)).rejects.toThrow(RangeError)
})

test('numbers are numbers, in arrays too, and days are text', async () => {
  const { rows } = await connection.pool.query(`
    select count(*) as count, 12.5::numeric as amount, null::bigint as nothing,
      array[1::bigint, null] as counts, array[0.5::numeric] as amounts,
      '2026-11-23'::date as day, array['2026-11-23 10:00+01'::timestamptz] as times`)
  expect(rows).toEqual([
    {
      count: 1,
      amount: 12.5,
      nothing: null,
      counts: [1, null],
      amounts: [0.5],
      day: '2026-11-23',
      times: ['2026-11-23T09:00:00.000Z'],
    },
  ])
  expect(() => parseInt8('9007199254740993')).toThrow('does not fit')
})

test('the parsers belong to this pool only', async () => {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  const { rows } = await client.query('select 1::bigint as one, now() as now')
  await client.end()
  expect(rows).toEqual([{ one: '1', now: expect.any(Date) as Date }])
})

test('every session has our settings, and those of the URL', async () => {
  const url = new URL(database.url)
  url.searchParams.set('options', '-c work_mem=8MB -c TimeZone=Asia/Tokyo -c DateStyle=German')
  const { pool } = connect(url.href, { applicationName: 'settings' })
  const { rows } = await pool.query(`
    select name, setting from pg_settings
    where name in ('TimeZone', 'DateStyle', 'work_mem', 'statement_timeout', 'application_name',
      'idle_in_transaction_session_timeout') order by lower(name)`)
  await pool.end()
  expect(rows.map(({ name, setting }: Record<string, string>) => `${name!} ${setting!}`)).toEqual([
    'application_name settings',
    'DateStyle ISO, DMY',
    'idle_in_transaction_session_timeout 60000',
    'statement_timeout 60000',
    'TimeZone UTC',
    'work_mem 8192',
  ])
})

test('a connection that Postgres ends within a transaction fails its query, and nothing else', async () => {
  const { db, pool } = connect(database.url, { applicationName: 'broken', max: 1 })
  const broken = db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx)
    await Promise.all([
      sql`select pg_sleep(60)`.execute(tx),
      connection.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]),
    ])
  })
  await expect(broken).rejects.toThrow()
  await pool.query('select')
  await pool.end()
})

test('a connection that Postgres ends while idle is logged, and the next query works', async () => {
  const lines = new PassThrough()
  const { pool } = connect(database.url, { applicationName: 'idle', log: pino(lines) })
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  const logged = once(lines, 'data')
  await connection.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
  expect(String((await logged)[0])).toContain('db.connection_lost')
  await pool.query('select')
  await pool.end()
})

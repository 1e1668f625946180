import type pg from 'pg'
import { DatabaseFailure } from './connect-failure.ts'
import { readMigrations } from './migrate-files.ts'
import type { Migration } from './migrate-files.ts'

export interface MigrationStatus {
  /** The number of the newest migration that the database has; 0 for an empty database. */
  database: number
  /** The number of the newest migration that this program has. */
  program: number
  /** The names of the files that `migrate` would apply, in order. */
  pending: string[]
}

interface AppliedMigration {
  number: number
  name: string
  checksum: string
}

const oldestPostgres = 15

/** The advisory lock, which is per database, that only the server that migrates holds. */
export const migrationLock = 7_301_200_600

/**
 * Brings the database to this program's schema and answers the names of the files it applied, each
 * in a transaction of its own; servers that start at the same time wait for the one that migrates.
 */
export async function migrate(pool: pg.Pool, dir: string): Promise<string[]> {
  const migrations = await readMigrations(dir)
  const client = await pool.connect().catch(unreachable)
  // A connection that breaks also fails the query under way, which says what was lost.
  client.on('error', () => undefined)
  try {
    await refuseOldPostgres(client)
    // Both the wait for the lock and a migration may take longer than a request may.
    await client.query(
      'set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0',
    )
    await client.query(`select pg_advisory_lock(${String(migrationLock)})`)
    await client.query(`
      create table if not exists schema_migrations (
        number integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`)
    const pending = pendingAfter(await readApplied(client), migrations)
    for (const migration of pending) await apply(client, migration)
    return pending.map(({ name }) => name)
  } finally {
    // Asked for, because a session that is told to end holds its locks for a moment longer.
    await client.query('rollback; select pg_advisory_unlock_all()').catch(() => undefined)
    // Ending the session forgets the settings above.
    client.release(true)
  }
}

/** Says which migrations the database has and lacks, and changes nothing; fails as `migrate` does. */
export async function migrationStatus(pool: pg.Pool, dir: string): Promise<MigrationStatus> {
  const migrations = await readMigrations(dir)
  await refuseOldPostgres(pool)
  const found = await pool.query<{ exists: boolean }>(
    `select to_regclass('schema_migrations') is not null as exists`,
  )
  const applied = found.rows[0]?.exists ? await readApplied(pool) : []
  return {
    database: applied.at(-1)?.number ?? 0,
    program: migrations.length,
    pending: pendingAfter(applied, migrations).map(({ name }) => name),
  }
}

type Queryable = Pick<pg.ClientBase, 'query'>

function unreachable(error: NodeJS.ErrnoException): never {
  // A host name with several addresses fails with an error that has only a code.
  const reason = error.message || error.code || 'no reason given'
  throw new DatabaseFailure(
    'postgres.unreachable',
    `The database cannot be opened (${reason}): check that Postgres runs and that DATABASE_URL is right.`,
    {},
    error,
  )
}

async function refuseOldPostgres(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ server_version: string }>('show server_version')
  const version = rows[0]?.server_version ?? ''
  if (Number.parseInt(version, 10) >= oldestPostgres) return
  throw new DatabaseFailure(
    'postgres.too_old',
    `The database is Postgres ${version}, and Atelier needs ${String(oldestPostgres)} or newer.`,
    { version },
  )
}

async function readApplied(db: Queryable): Promise<AppliedMigration[]> {
  const { rows } = await db.query<AppliedMigration>(
    'select number, name, checksum from schema_migrations order by number',
  )
  return rows
}

function pendingAfter(applied: AppliedMigration[], migrations: Migration[]): Migration[] {
  const database = applied.at(-1)?.number ?? 0
  const program = migrations.length
  if (database > program) {
    throw new DatabaseFailure(
      'migrate.database_newer',
      `The database has migration ${String(database)}, and this program knows them only up to ` +
        `${String(program)}: start the newer version of the program that was used before.`,
      { database, program },
    )
  }
  for (const [index, { number, name, checksum }] of applied.entries()) {
    const file = migrations[index]
    if (file?.number === number && file.checksum === checksum) continue
    throw new DatabaseFailure(
      'migrate.checksum_changed',
      `The migration ${name} was changed after this database applied it: ` +
        'restore the file, and put the change into a new migration.',
      { number, name },
    )
  }
  return migrations.slice(applied.length)
}

async function apply(client: Queryable, migration: Migration): Promise<void> {
  const { number, name, checksum, sql } = migration
  try {
    await client.query('begin')
    await client.query(sql)
    await client.query(
      'insert into schema_migrations (number, name, checksum) values ($1, $2, $3)',
      [number, name, checksum],
    )
    await client.query('commit')
  } catch (error) {
    const { message, position } = error as pg.DatabaseError
    const line = position ? ` at line ${String(lineOf(sql, Number(position)))}` : ''
    throw new DatabaseFailure(
      'migrate.failed',
      `The migration ${name} failed${line} and was undone: ${message}`,
      { number, name },
      error,
    )
  }
}

/** Postgres counts characters from 1, not UTF-16 units. */
function lineOf(sql: string, position: number): number {
  return (
    Array.from(sql)
      .slice(0, position - 1)
      .filter((character) => character === '\n').length + 1
  )
}

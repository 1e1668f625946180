import { createHash } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseFailure } from './connect-failure.ts'

export interface Migration {
  number: number
  /** The file's name, such as `0001_access_control.sql`. */
  name: string
  sql: string
  checksum: string
}

/**
 * Reads the migrations of a folder in order; fails with `migrate.bad_files` unless they are numbered
 * 1, 2, 3 and so on, which also finds two branches that took the same number.
 */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).sort()
  return await Promise.all(names.map((name, index) => readMigration(dir, name, index + 1)))
}

async function readMigration(dir: string, name: string, number: number): Promise<Migration> {
  const expected = String(number).padStart(4, '0')
  if (!name.startsWith(`${expected}_`)) {
    throw new DatabaseFailure(
      'migrate.bad_files',
      `The migration ${name} in ${dir} should have the number ${expected}: rename it.`,
      { name, expected },
    )
  }
  // A checkout on another system may end lines in its own way, which changes no statement.
  const sql = (await readFile(join(dir, name), 'utf8')).replaceAll('\r\n', '\n')
  return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

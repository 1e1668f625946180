import { dirname } from 'node:path'
import { DatabaseFailure } from './connect-failure.ts'
import { runCommand, tailOf } from './embedded-command.ts'
import type { CommandIdentity } from './embedded-command.ts'

const accountMadeByUs = 'atelier'

/** True when this process runs as root, which Postgres refuses to do. */
export function runsAsRoot(): boolean {
  return process.geteuid?.() === 0
}

/** Answers the account that runs Postgres for a root server, and creates one when there is none. */
export async function serviceAccount(): Promise<CommandIdentity> {
  const found = (await lookUp('postgres')) ?? (await lookUp(accountMadeByUs))
  if (found) return found
  const created = await runCommand('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir=/nonexistent',
    '--shell=/usr/sbin/nologin',
    accountMadeByUs,
  ])
  const account = await lookUp(accountMadeByUs)
  if (account) return account
  throw new DatabaseFailure(
    'data.unusable',
    `Postgres refuses to run as root and the account "${accountMadeByUs}" could not be created for it: ` +
      `create it, start as another user, or set DATABASE_URL.\n${tailOf(created.output)}`,
  )
}

/**
 * Answers the first folder on the way to `path` that the account cannot enter, or undefined when it
 * reaches all of them; asks the kernel as that account, so that ACLs and mounts count too.
 */
export async function firstUnreachable(
  account: CommandIdentity,
  path: string,
): Promise<string | undefined> {
  const folders = [path]
  for (let at = path; dirname(at) !== at; at = dirname(at)) folders.unshift(dirname(at))
  const script = 'for f do [ -x "$f" ] || { printf %s "$f"; exit 1; }; done'
  const { code, output } = await runCommand('/bin/sh', ['-c', script, 'sh', ...folders], account)
  return code === 0 ? undefined : output
}

/** Gives a folder and everything in it to the account, without following symbolic links. */
export async function chownTree(folder: string, account: CommandIdentity): Promise<void> {
  const owner = `${String(account.uid)}:${String(account.gid)}`
  const { code, output } = await runCommand('chown', ['-R', owner, folder])
  if (code === 0) return
  throw new DatabaseFailure(
    'data.unusable',
    `The folder ${folder} could not be given to the account that runs Postgres.\n${tailOf(output)}`,
  )
}

async function lookUp(name: string): Promise<CommandIdentity | undefined> {
  const [uid, gid] = await Promise.all([
    runCommand('id', ['-u', name]),
    runCommand('id', ['-g', name]),
  ])
  if (uid.code !== 0 || gid.code !== 0) return undefined
  return { uid: Number(uid.output), gid: Number(gid.output) }
}

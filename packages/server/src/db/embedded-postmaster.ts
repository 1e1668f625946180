import { readFileSync, realpathSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { DatabaseFailure } from './connect-failure.ts'
import { processArguments, processProgram } from './lock-process.ts'

/** The running main process of Postgres, as it describes itself in postmaster.pid. */
export interface Postmaster {
  pid: number
  port: number
  /** The folder of its unix socket; empty when it listens on 127.0.0.1 only. */
  socketDir: string
  status: string
}

const pollMilliseconds = 10
const orphansMilliseconds = 5_000

/** Answers the live postmaster of the data folder `folder`, or undefined when none runs there. */
export function findPostmaster(folder: string): Postmaster | undefined {
  const postmaster = readPidFile(folder)
  return postmaster && isPostmasterOf(folder, postmaster.pid) ? postmaster : undefined
}

/** True while process `pid` is the postmaster of the data folder, and not another with its number. */
export function isPostmasterOf(folder: string, pid: number): boolean {
  const args = processArguments(pid) ?? []
  return basename(args[0] ?? '') === 'postgres' && args.join(' ').includes(` -D ${folder} -c `)
}

/** True when the postmaster runs this very program, not that of an older or removed installation. */
export function runsProgram(postmaster: Postmaster, program: string): boolean {
  const running = processProgram(postmaster.pid)
  return running === undefined || running === realpathSync(program)
}

/**
 * Removes what a killed Postgres left behind, when its number now belongs to another process, since
 * Postgres itself then refuses to start. A pid file whose process is gone stays: Postgres uses it
 * to find server processes that outlived their postmaster.
 */
export async function clearStaleState(folder: string): Promise<void> {
  const stale = readPidFile(folder)
  if (!stale) return
  // Of a postmaster that was killed, what it started holds the socket until it notices.
  const patienceEnds = Date.now() + orphansMilliseconds
  while (stale.socketDir && (await answers(socketPath(stale)))) {
    if (Date.now() < patienceEnds) {
      await delay(pollMilliseconds)
      continue
    }
    throw new DatabaseFailure(
      'data.locked',
      `Another Postgres, perhaps in another container, uses the folder ${folder}: stop it first.`,
      { folder },
    )
  }
  if (processArguments(stale.pid) === undefined) return
  rmSync(join(folder, 'postmaster.pid'), { force: true })
  if (stale.socketDir) rmSync(`${socketPath(stale)}.lock`, { force: true })
}

/** Stops the postmaster by a fast shutdown, which ends open connections, and waits until it is gone. */
export async function stopPostmaster(
  folder: string,
  pid: number,
  patienceMilliseconds = 60_000,
): Promise<void> {
  signal(pid, 'SIGINT')
  const patienceEnds = Date.now() + patienceMilliseconds
  let insisted = false
  while (isPostmasterOf(folder, pid)) {
    if (!insisted && Date.now() > patienceEnds) {
      // Immediate shutdown: nothing is lost, the next start replays the write-ahead log.
      signal(pid, 'SIGQUIT')
      insisted = true
    }
    await delay(pollMilliseconds)
  }
}

/** Waits until the postmaster accepts connections and describes it; undefined once it is gone. */
export async function waitUntilReady(folder: string, pid: number): Promise<Postmaster | undefined> {
  for (;;) {
    const postmaster = readPidFile(folder)
    if (postmaster?.pid === pid && postmaster.status === 'ready') return postmaster
    if (!isPostmasterOf(folder, pid)) return undefined
    await delay(pollMilliseconds)
  }
}

/** Answers the path of the unix socket that clients of this postmaster connect to. */
export function socketPath({ socketDir, port }: { socketDir: string; port: number }): string {
  return join(socketDir, `.s.PGSQL.${String(port)}`)
}

function readPidFile(folder: string): Postmaster | undefined {
  let lines
  try {
    lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return undefined
  }
  const [pid, , , port, socketDir = '', , , status = ''] = lines
  if (!Number(pid)) return undefined
  return { pid: Number(pid), port: Number(port), socketDir, status: status.trim() }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

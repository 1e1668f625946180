import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import { cleanEnvironment } from './embedded-command.ts'
import type { CommandIdentity } from './embedded-command.ts'
import { preparePostgresFiles } from './embedded-files.ts'
import type { PostgresFiles } from './embedded-files.ts'
import {
  admitServiceAccount,
  databaseName,
  ensureInitialised,
  explainFailure,
  superuserPassword,
} from './embedded-init.ts'
import { limitLog, openLog, readLog } from './embedded-log.ts'
import {
  clearStaleState,
  findPostmaster,
  isPostmasterOf,
  runsProgram,
  socketPath,
  stopPostmaster,
  waitUntilReady,
} from './embedded-postmaster.ts'
import type { Postmaster } from './embedded-postmaster.ts'
import { ensureDataDir } from './lock.ts'

export type Log = Pick<Logger, 'info' | 'warn' | 'error'>

export interface EmbeddedOptions {
  dataDir: string
  log: Log
  /** Listen on this port of 127.0.0.1 as well; otherwise on a unix socket only, where possible. */
  port?: number | undefined
  /** False only for tests: a crash of the machine then destroys the database. */
  fsync?: boolean | undefined
}

export interface Embedded {
  url: string
  /** True when the Postgres of an earlier, killed server was still running and goes on. */
  adopted: boolean
  stop(): Promise<void>
}

interface Launch {
  files: PostgresFiles
  dataDir: string
  folder: string
  account: CommandIdentity | undefined
  settings: string[]
}

/** Linux allows 107 bytes, macOS 103. */
const longestSocketPath = 100
const watchMilliseconds = 1000

/**
 * Starts the bundled Postgres on `<dataDir>/postgres`, or adopts the one that a killed server left
 * running, and restarts it if it dies; the caller holds the lock of the data folder.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { log, fsync = true } = options
  const dataDir = ensureDataDir(options.dataDir)
  const folder = join(dataDir, 'postgres')
  const account = await admitServiceAccount(dataDir)
  const files = await preparePostgresFiles(join(dataDir, 'cache'), account)
  const password = await superuserPassword(dataDir)
  if (await ensureInitialised(files, dataDir, { password, fsync, account })) {
    log.info({ folder }, 'postgres.initialised')
  }

  let postmaster = await adopt(folder, files, log)
  const adopted = postmaster !== undefined
  const launch = {
    files,
    dataDir,
    folder,
    account,
    settings: await chooseSettings(folder, options),
  }
  postmaster ??= await start(launch)
  const url = urlOf(postmaster, password)
  await ensureDatabase(url)
  log.info({ postgresPid: postmaster.pid, adopted, folder }, 'postgres.ready')

  let { pid } = postmaster
  let reviving: Promise<void> | undefined
  const revive = async () => {
    log.error({ postgresPid: pid }, 'postgres.died')
    try {
      pid = (await start(sameAddress(launch, postmaster))).pid
      log.info({ postgresPid: pid }, 'postgres.restarted')
    } catch (error) {
      log.error({ err: error }, 'postgres.restart_failed')
    }
    reviving = undefined
  }
  const watch = setInterval(() => {
    limitLog(logPath(dataDir))
    if (!isPostmasterOf(folder, pid)) reviving ??= revive()
  }, watchMilliseconds)
  watch.unref()

  const stop = async () => {
    clearInterval(watch)
    await reviving
    await stopPostmaster(folder, pid)
    log.info({ postgresPid: pid }, 'postgres.stopped')
  }
  return { url, adopted, stop }
}

/**
 * Answers the address of the Postgres that a living server runs on the data folder, for a command
 * that works beside it; undefined when none runs there.
 */
export async function findEmbedded(dataDir: string): Promise<string | undefined> {
  const folder = join(ensureDataDir(dataDir), 'postgres')
  const found = findPostmaster(folder)
  const postmaster = found && (await waitUntilReady(folder, found.pid))
  return postmaster && urlOf(postmaster, await superuserPassword(dataDir))
}

async function adopt(
  folder: string,
  files: PostgresFiles,
  log: Log,
): Promise<Postmaster | undefined> {
  const found = findPostmaster(folder)
  if (!found) return undefined
  if (found.status !== 'stopping' && runsProgram(found, files.postgres)) {
    return await waitUntilReady(folder, found.pid)
  }
  log.info({ postgresPid: found.pid }, 'postgres.stopping_predecessor')
  await stopPostmaster(folder, found.pid)
  return undefined
}

async function start(launch: Launch): Promise<Postmaster> {
  await clearStaleState(launch.folder)
  const path = logPath(launch.dataDir)
  // Server processes outlive a killed postmaster for a moment, and Postgres waits for none of them.
  for (let attempt = 1; ; attempt++) {
    limitLog(path)
    const { descriptor, size } = openLog(path)
    const child = spawn(launch.files.postgres, ['-D', launch.folder, ...launch.settings], {
      cwd: '/',
      env: cleanEnvironment,
      // A session of its own, so that Ctrl+C in the terminal does not reach it before the server.
      detached: true,
      stdio: ['ignore', descriptor, descriptor],
      ...(launch.account && { uid: launch.account.uid, gid: launch.account.gid }),
    })
    closeSync(descriptor)
    child.unref()
    const refused = new Promise<string>((resolve) => {
      child.once('error', (error) => {
        resolve(error.message)
      })
    })
    const outcome =
      child.pid === undefined ? await refused : await waitUntilReady(launch.folder, child.pid)
    if (typeof outcome === 'object') return outcome
    const output = outcome ?? readLog(path, size)
    if (attempt >= 100 || !output.includes('shared memory block')) {
      throw explainFailure('postgres.start_failed', launch.folder, output)
    }
    await delay(100)
  }
}

async function chooseSettings(folder: string, options: EmbeddedOptions): Promise<string[]> {
  const fits = Buffer.byteLength(socketPath({ socketDir: folder, port: 65535 })) < longestSocketPath
  const port = options.port ?? (fits ? 5432 : await freePort())
  const settings = {
    port: String(port),
    listen_addresses: options.port !== undefined || !fits ? '127.0.0.1' : '',
    unix_socket_directories: fits ? folder : '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    logging_collector: 'off',
    ...(options.fsync === false && { fsync: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** A revived Postgres must be found where the open pools look for it. */
function sameAddress(launch: Launch, { port }: Postmaster): Launch {
  return { ...launch, settings: [...launch.settings, '-c', `port=${String(port)}`] }
}

function urlOf({ port, socketDir }: Postmaster, password: string): string {
  const address = socketDir ? 'localhost' : '127.0.0.1'
  const socket = socketDir && `&host=${encodeURIComponent(socketDir)}`
  return (
    `postgresql://${databaseName}:${password}@${address}:${String(port)}/${databaseName}` +
    `?sslmode=disable${socket}`
  )
}

async function ensureDatabase(url: string): Promise<void> {
  const opened = await tryQuery(url, 'select')
  if (opened?.code !== '3D000') {
    if (opened) throw opened
    return
  }
  const failed = await tryQuery(
    url.replace(/\/[^/?]*(\?|$)/, '/postgres$1'),
    `create database ${databaseName}`,
  )
  if (failed) throw failed
}

async function tryQuery(url: string, text: string): Promise<pg.DatabaseError | undefined> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    await client.query(text)
    return undefined
  } catch (error) {
    return error as pg.DatabaseError
  } finally {
    await client.end()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => {
        resolve(port)
      })
    })
  })
}

function logPath(dataDir: string): string {
  return join(dataDir, 'postgres.log')
}

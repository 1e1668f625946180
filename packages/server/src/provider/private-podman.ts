import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processArguments, processStart } from '../db/lock-process.ts'
import { hardLimits, runtimeOf } from './podman-host.ts'
import { ProviderFailure } from './provider.ts'

/** A Podman that belongs to this server alone. */
export interface PrivatePodman {
  /** `unix:///path` of its socket. */
  readonly url: string
  /** True where that of an earlier, killed server was still running and goes on. */
  readonly adopted: boolean
  /**
   * Ends the service, unless another process has taken it over; not the containers, which need
   * none to go on.
   */
  stop(): Promise<void>
}

export interface PrivatePodmanLog {
  info(fields: object, event: string): void
  error(fields: object, event: string): void
}

const watchMilliseconds = 1_000
const patienceMilliseconds = 20_000
const pollMilliseconds = 20
/** Bytes of the folder of state. */
const longestPath = 50
const longestLog = 1024 * 1024

/**
 * Starts Podman's service on `folder`, or adopts the one that is there, and restarts it if it dies. Storage,
 * networks, locks and state are its own: nothing is shared with another Podman of this host. Who takes
 * over ends what was there already, too.
 */
export async function startPrivatePodman(
  folder: string,
  log: PrivatePodmanLog,
  { takesOver = true }: { readonly takesOver?: boolean } = {},
): Promise<PrivatePodman> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  prepareState(folder)
  forgetEarlierBoot(folder)
  const socket = socketOf(folder)
  writeConfiguration(folder)
  let pid = pidOf(folder, socket)
  if (pid !== undefined && !(await answers(socket))) {
    // It begins, or hangs.
    if (!(await becomesReady(socket, pid))) await end(folder, socket)
    pid = pidOf(folder, socket)
  }
  const adopted = pid !== undefined
  pid ??= await launch(folder, socket)
  if (takesOver || !adopted) own(folder)
  log.info({ podmanPid: pid, adopted, folder }, 'podman.ready')

  let reviving: Promise<void> | undefined
  const revive = async () => {
    log.error({ podmanPid: pid }, 'podman.died')
    try {
      pid = await launch(folder, socket)
      own(folder)
      log.info({ podmanPid: pid }, 'podman.restarted')
    } catch (error) {
      log.error({ err: error }, 'podman.restart_failed')
    }
    reviving = undefined
  }
  const watch = setInterval(() => {
    if (pidOf(folder, socket) === undefined) reviving ??= revive()
  }, watchMilliseconds)
  watch.unref()
  return {
    url: `unix://${socket}`,
    adopted,
    stop: async () => {
      clearInterval(watch)
      await reviving
      if (ownerOf(folder) === me()) await end(folder, socket)
    },
  }
}

/** Where the service of this folder is, running or not. */
export function urlOfPrivatePodman(folder: string): string {
  return `unix://${socketOf(folder)}`
}

/** The arguments that lead any call of `podman` to what the service of this folder keeps. */
export function podmanArguments(folder: string): { args: string[]; configuration: string } {
  return {
    args: ['--root', join(folder, 'storage'), '--runroot', join(stateOf(folder), 'run')],
    configuration: join(folder, 'containers.conf'),
  }
}

/** Who ends the service: the process that began it, or a server that found it. */
function own(folder: string): void {
  writeFileSync(join(folder, 'service.owner'), me())
}

function ownerOf(folder: string): string {
  const path = join(folder, 'service.owner')
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

function me(): string {
  return `${process.pid} ${processStart(process.pid) ?? ''}`
}

/** What ran before the machine started does not run, whatever the files say. */
function forgetEarlierBoot(folder: string): void {
  const mark = join(folder, 'boot')
  const boot = processStart(1) ?? ''
  if (existsSync(mark) && readFileSync(mark, 'utf8') === boot) return
  for (const name of ['run', 'tmp', 'service.pid']) {
    for (const place of [folder, stateOf(folder)]) {
      rmSync(join(place, name), { recursive: true, force: true })
    }
  }
  writeFileSync(`${mark}.new`, boot)
  renameSync(`${mark}.new`, mark)
}

function writeConfiguration(folder: string): void {
  const { openFiles, processes } = hardLimits()
  const lines = [
    '[containers]',
    `default_ulimits = ["nofile=${openFiles}:${openFiles}", "nproc=${processes}:${processes}"]`,
    // Those of the host may hold credentials.
    'http_proxy = false',
    '[network]',
    `network_config_dir = ${JSON.stringify(join(folder, 'networks'))}`,
    '[engine]',
    `runtime = "${runtimeOf()}"`,
    `cgroup_manager = "${existsSync('/run/systemd/system') ? 'systemd' : 'cgroupfs'}"`,
    'events_logger = "file"',
    // Seconds for which the code of a command that has ended can be asked for.
    'exit_command_delay = 10',
    // Shared memory would be shared with every other Podman of the host.
    'lock_type = "file"',
    `tmp_dir = ${JSON.stringify(join(stateOf(folder), 'tmp'))}`,
    '',
  ]
  mkdirSync(join(folder, 'networks'), { recursive: true })
  mkdirSync(join(stateOf(folder), 'tmp'), { recursive: true })
  const path = podmanArguments(folder).configuration
  writeFileSync(`${path}.new`, lines.join('\n'))
  renameSync(`${path}.new`, path)
}

/**
 * Where what counts for one boot only is: sockets and state. Podman refuses longer paths, since those
 * of its sockets would be too long for the system.
 */
function stateOf(folder: string): string {
  if (Buffer.byteLength(join(folder, 'run')) <= longestPath) return folder
  const short = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(process.geteuid?.() === 0 ? '/run' : tmpdir(), `atelier-podman-${short}`)
}

function socketOf(folder: string): string {
  return join(stateOf(folder), 'engine.sock')
}

/** A folder of all users is no place to take what somebody else has put there. */
function prepareState(folder: string): void {
  const state = stateOf(folder)
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const { uid, mode } = statSync(state)
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) {
    throw new ProviderFailure('unreachable', `Others may write to ${state}: delete it.`)
  }
}

/** Begins the service and answers its number once it answers. */
async function launch(folder: string, socket: string): Promise<number> {
  rmSync(socket, { force: true })
  const { args, configuration } = podmanArguments(folder)
  const logPath = join(folder, 'service.log')
  const tooLong = existsSync(logPath) && statSync(logPath).size > longestLog
  const output = openSync(logPath, tooLong ? 'w' : 'a', 0o600)
  const child = spawn('podman', [...args, 'system', 'service', '--time=0', `unix://${socket}`], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', output, output],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: folder,
      CONTAINERS_CONF: configuration,
    },
  })
  closeSync(output)
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => {
      reject(new ProviderFailure('unreachable', `Podman could not be run: ${error.message}.`))
    })
  })
  failed.catch(() => undefined)
  child.unref()
  const { pid } = child
  if (pid === undefined) return failed
  writeFileSync(join(folder, 'service.pid'), String(pid))
  if (await Promise.race([becomesReady(socket, pid), failed])) return pid
  const said = readFileSync(logPath, 'utf8').trim().split('\n').slice(-3).join(' ')
  throw new ProviderFailure('unreachable', `Podman did not start: ${said}`)
}

async function becomesReady(socket: string, pid: number): Promise<boolean> {
  for (let left = patienceMilliseconds; left > 0; left -= pollMilliseconds) {
    if (await answers(socket)) return true
    if (processArguments(pid) === undefined) return false
    await delay(pollMilliseconds)
  }
  return false
}

async function end(folder: string, socket: string): Promise<void> {
  for (let waited = 0; ; waited += pollMilliseconds) {
    const pid = pidOf(folder, socket)
    if (pid === undefined) break
    if (waited === 0) process.kill(pid, 'SIGTERM')
    else if (waited > 5_000) process.kill(pid, 'SIGKILL')
    await delay(pollMilliseconds)
  }
  rmSync(join(folder, 'service.pid'), { force: true })
}

/** The number of the service, unless it has ended and the number is another process's. */
function pidOf(folder: string, socket: string): number | undefined {
  const path = join(folder, 'service.pid')
  const pid = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  if (pid === 0) return undefined
  return processArguments(pid)?.includes(`unix://${socket}`) === true ? pid : undefined
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
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

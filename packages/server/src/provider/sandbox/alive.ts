import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { runHere, signal } from '../engine/local.ts'
import { type Place, readMade } from './place.ts'

/** A sandbox that runs. */
export interface Alive {
  /** Its first process, as this host counts. */
  readonly pid: number
  /** The link of its namespace of processes. */
  readonly processes: string
}

const pollMilliseconds = 20
const releaseSeconds = 10

let boot: string | undefined

/** Another one after each start of the machine: process numbers begin anew then. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return boot
}

/**
 * The sandbox of a workspace, if it runs, whoever began it. A process that has its number by chance has
 * other namespaces.
 */
export function findAlive(place: Place): Alive | undefined {
  const info = textOf(place.info)
  const [, pid] = /"child-pid":\s*(\d+)/.exec(info) ?? []
  const [, namespace] = /"pid-namespace":\s*(\d+)/.exec(info) ?? []
  if (pid === undefined || namespace === undefined || readMade(place)?.boot !== bootId()) {
    return undefined
  }
  const processes = `pid:[${namespace}]`
  if (namespaceOf(Number(pid)) !== processes) return undefined
  return { pid: Number(pid), processes }
}

/** Whether the sandbox is whole: what it was begun with runs. */
export function isWhole(alive: Alive): boolean {
  return processesOf(alive).some((pid) => pid !== alive.pid && isOwn(pid, alive))
}

/** The processes of a sandbox. */
export function processesOf({ processes }: Alive): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && namespaceOf(pid) === processes)
}

/** Afterwards nothing of the sandbox runs, and its disk is free; it has some time to end by itself. */
export async function end(place: Place, graceSeconds: number): Promise<void> {
  const alive = findAlive(place)
  if (alive !== undefined) {
    const others = () => processesOf(alive).filter((pid) => !isOwn(pid, alive))
    for (const pid of others()) signal(pid, 'SIGTERM')
    const until = performance.now() + graceSeconds * 1000
    while (others().length > 0 && performance.now() < until) await delay(pollMilliseconds)
    // With the first process the kernel ends all the others.
    signal(alive.pid, 'SIGKILL')
  }
  await release(place)
}

/** Waits until no start and no sandbox of the workspace is left; ends one that has begun meanwhile. */
async function release(place: Place): Promise<void> {
  if (!existsSync(place.lock)) return
  const waited = ['--timeout', '1', '--conflict-exit-code', '75', place.lock, 'echo', 'free']
  for (let second = 0; second < releaseSeconds; second++) {
    if ((await runHere('flock', waited, [0, 75])) !== '') break
    const late = findAlive(place)
    if (late !== undefined) signal(late.pid, 'SIGKILL')
  }
  // The kernel lets go of the disk a moment after the last mount of it.
  const until = performance.now() + releaseSeconds * 1000
  while (performance.now() < until) {
    if ((await runHere('losetup', ['--associated', place.disk])) === '') return
    await delay(pollMilliseconds)
  }
}

/** What runs for the platform: the first process and the one that keeps it going. */
function isOwn(pid: number, { pid: first }: Alive): boolean {
  return (
    pid === first ||
    (parentOf(pid) === first && textOf(`/proc/${pid}/cmdline`) === 'sleep\0infinity\0')
  )
}

function parentOf(pid: number): number {
  const stat = textOf(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { workspaceNetworks } from './names.ts'

/** What a program of this host printed; its own words are the error where it failed. */
export function runHere(
  command: string,
  args: readonly string[],
  accepted: readonly number[] = [0],
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' },
    })
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.once('error', (error) => {
      reject(new Error(`${command} could not be run: ${error.message}`))
    })
    child.once('close', (code) => {
      if (accepted.includes(code ?? -1)) resolve(output)
      else reject(new Error(`${command} failed: ${(errors || output).trim().slice(-500)}`))
    })
  })
}

/**
 * Where clouds answer with the credentials of the machine, and where the networks of other workspaces
 * are: that of its own is nearer, and stays open.
 */
const closedNetworks = ['169.254.0.0/16', workspaceNetworks]

/**
 * Afterwards nothing in the network namespace of the process reaches metadata addresses or other
 * workspaces. The engine's own rules are in chains that every engine of the host changes.
 */
export async function closeNetworks(pid: number): Promise<void> {
  const commands = closedNetworks.map((network) => `ip route replace blackhole ${network}`)
  const shell = ['sh', '-c', commands.join(' && ')]
  await runHere('nsenter', ['--target', String(pid), '--net', '--', ...shell])
}

/** The processes of the container whose first process this is, without that one and its helper. */
export function processesOf(first: number): number[] {
  const namespace = linkOf(first)
  if (namespace === undefined) return []
  return everyProcess().filter((pid) => {
    if (pid === first || linkOf(pid) !== namespace) return false
    // What the engine runs as the main program is a child of the first one and has no children.
    return !isMain(pid, first)
  })
}

/**
 * Kills what a command started: what is of the session of its process, or has the mark in its
 * environment, until none is left.
 */
export function killSession(first: number, leader: number, mark: string): void {
  for (let round = 0; round < 20; round++) {
    const victims = processesOf(first).filter(
      (pid) => pid === leader || sessionOf(pid) === leader || hasMark(pid, mark),
    )
    if (victims.length === 0) return
    for (const pid of victims) signal(pid, 'SIGKILL')
  }
}

/** Sends a signal to a process that may be gone. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended.
  }
}

/** The numbers of all processes in sight. */
export function everyProcess(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger)
}

function linkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined
  }
}

function isMain(pid: number, first: number): boolean {
  const stat = statOf(pid)
  return stat?.parent === first && textOf(`/proc/${pid}/cmdline`) === mainCommand
}

const mainCommand = '/run/podman-init\0-P\0'

function sessionOf(pid: number): number | undefined {
  const stat = statOf(pid)
  // A zombie is dead already, and stays until its parent looks.
  return stat === undefined || stat.state === 'Z' ? undefined : stat.session
}

function statOf(pid: number): { state: string; parent: number; session: number } | undefined {
  const text = textOf(`/proc/${pid}/stat`)
  // The name in parentheses may hold anything.
  const [state = '', parent, , session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return text === '' ? undefined : { state, parent: Number(parent), session: Number(session) }
}

function hasMark(pid: number, mark: string): boolean {
  return textOf(`/proc/${pid}/environ`).split('\0').includes(mark)
}

/** What is in a file of the kernel; nothing where it is gone. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

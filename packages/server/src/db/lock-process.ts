import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Answers when a process began, as a text that no later process with the same number has, or
 * undefined when there is no such process in sight.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
    return stdout.trim() || undefined
  }
  const stat = read(`/proc/${String(pid)}/stat`)
  if (!stat) return undefined
  // The name of the program, in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z') return undefined
  return `${bootId()}/${fields[19] ?? ''}`
}

/** Answers the arguments of a running process, or undefined when there is none in sight. */
export function processArguments(pid: number): string[] | undefined {
  if (process.platform === 'linux') {
    const line = read(`/proc/${String(pid)}/cmdline`)
    return line ? line.split('\0').slice(0, -1) : undefined
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() ? stdout.trim().split(' ') : undefined
}

/** Answers the file that a process runs, where the system tells; its folder may be gone. */
export function processProgram(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${String(pid)}/exe`)
  } catch {
    return undefined
  }
}

/** A number in the process table means something only on one boot, within one container. */
function bootId(): string {
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
  try {
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return boot
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Whether a program is installed on this host. */
export function isInstalled(program: string): boolean {
  return folders.some((folder) => existsSync(join(folder, program)))
}

/** The runtime that Podman is told to use. */
export function runtimeOf(): string {
  return isInstalled('runc') ? 'runc' : 'crun'
}

/**
 * What containers may be given at most: no limit can be higher than this process's own hard limit.
 * That of processes counts those of all workspaces together, since users of one number are one user to
 * the kernel; each workspace has a limit of its own.
 */
export function hardLimits(): { openFiles: number; processes: number } {
  const text = readFileSync('/proc/self/limits', 'utf8')
  const hardOf = (name: string, atMost: number): number => {
    const [, hard = ''] = new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(text) ?? []
    return Math.min(atMost, /^\d+$/.test(hard) ? Number(hard) : atMost)
  }
  // Podman lowers its own limit to this.
  const most = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'))
  return { openFiles: hardOf('Max open files', 65_536), processes: hardOf('Max processes', most) }
}

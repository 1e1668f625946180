import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ProviderFailure } from './provider.ts'

const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']

/** Whether a program is installed on this host. */
export function isInstalled(program: string): boolean {
  return folders.some((folder) => existsSync(join(folder, program)))
}

/** Whether packages can be installed here by apt-get. */
export function isDebian(): boolean {
  return existsSync('/etc/debian_version') && isInstalled('apt-get')
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

/** The programs that a Podman of the server's own stands on, and the Debian package of each. */
const programs: Readonly<Record<string, string>> = {
  podman: 'podman',
  conmon: 'podman',
  runc: 'runc',
  catatonit: 'catatonit',
  iptables: 'iptables',
  nsenter: 'util-linux',
  ip: 'iproute2',
  mke2fs: 'e2fsprogs',
}

/** What `apt-get install` is told where nothing of it is there. */
export const packagesOfPodman: readonly string[] = [
  ...['podman', 'runc', 'netavark', 'aardvark-dns', 'catatonit', 'uidmap', 'iptables', 'iproute2'],
]

/** The Debian packages that are still to install before Podman can run workspaces. */
export function missingPackages(): string[] {
  const missing = Object.entries(programs)
    .filter(([program]) => !isInstalled(program))
    .map(([, name]) => name)
  if (!existsSync('/usr/lib/podman/netavark')) missing.push('netavark')
  return missing.includes('podman') ? [...packagesOfPodman] : [...new Set(missing)]
}

/** Installs Debian packages, as root; waits for another installation that is under way. */
export async function installPackages(names: readonly string[]): Promise<void> {
  const wait = ['-o', 'DPkg::Lock::Timeout=120', '-qq']
  // Lists that are old may still do.
  await aptGet([...wait, 'update']).catch(() => undefined)
  await aptGet([...wait, 'install', '-y', '--no-install-recommends', ...names])
}

function aptGet(args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('apt-get', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
      env: { PATH: folders.join(':'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    })
    let output = ''
    const read = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2_000))
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else {
        const last = output.trim().split('\n').at(-1) ?? ''
        reject(
          new ProviderFailure(
            'unreachable',
            `Podman could not be installed (${last}): run apt-get ${args.slice(3).join(' ')}.`,
          ),
        )
      }
    })
  })
}

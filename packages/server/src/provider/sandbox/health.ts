import { cpus, totalmem } from 'node:os'
import { runHere } from '../engine/local.ts'
import { isInstalled } from '../podman-host.ts'
import { ProviderFailure, type ProviderHealth } from '../provider.ts'
import { missingLimits } from './groups.ts'
import { hostFolders, hostLinks, isolation } from './launch.ts'

/** What Debian calls the packages of the programs that are needed. */
const packages: Readonly<Record<string, string>> = {
  bwrap: 'bubblewrap',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  setpriv: 'util-linux',
  flock: 'util-linux',
  losetup: 'mount',
  script: 'bsdutils',
  mke2fs: 'e2fsprogs',
  debugfs: 'e2fsprogs',
  resize2fs: 'e2fsprogs',
}

/** Tries a sandbox; where this host isolates none, the failure says what to install or to allow. */
export async function askHealth(): Promise<ProviderHealth> {
  if (process.platform !== 'linux') {
    throw refused('A sandbox needs Linux: add a container engine instead')
  }
  const missing = Object.entries(packages).filter(([program]) => !isInstalled(program))
  if (missing.length > 0) {
    const names = [...new Set(missing.map(([, name]) => name))].join(' ')
    throw refused(`A sandbox needs programs that are not installed: apt-get install ${names}`)
  }
  if (process.geteuid?.() !== 0) {
    throw refused(
      'A sandbox needs a server that runs as root, so that each workspace is a user of its own: run it as root, or install Podman',
    )
  }
  const version = (await runHere('bwrap', ['--version'])).trim()
  await tryIsolating()
  return {
    version,
    capacity: { cpuCores: cpus().length, memoryBytes: totalmem() },
    unenforced: [
      ...missingLimits(),
      'network: a sandbox has none but its own loopback; for workspaces that load something take a container engine',
    ],
  }
}

async function tryIsolating(): Promise<void> {
  const nobody = '65534'
  try {
    await runHere('setpriv', [
      ...['--reuid', nobody, '--regid', nobody, '--clear-groups', '--no-new-privs'],
      ...['--inh-caps=-all', '--bounding-set=-all', '--', 'bwrap', ...isolation],
      ...[...hostFolders(), ...hostLinks()],
      ...['--proc', '/proc', '--dev', '/dev', '--', '/usr/bin/true'],
    ])
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw refused(
      `bubblewrap cannot isolate here: ${reason}. Allow user namespaces (sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone, or the AppArmor profile of bwrap), or install Podman`,
    )
  }
}

function refused(message: string): ProviderFailure {
  return new ProviderFailure('unreachable', message)
}

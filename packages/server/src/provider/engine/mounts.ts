import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ProviderFailure } from '../provider.ts'
import { everyProcess, runHere, signal, textOf } from './local.ts'

const pollMilliseconds = 20
const patienceMilliseconds = 10_000
const lookMilliseconds = 1_000

/** Set-user programs and devices in a home count neither in the workspace nor on the host. */
export const mountOptions = 'loop,nosuid,nodev,discard,noinit_itable'

/** Unmounts what a killed engine has left mounted there; answers whether there was anything. */
export async function unmount(path: string): Promise<boolean> {
  let found = false
  while (mountsOf('self').some((mount) => mount.path === path)) {
    found = true
    await runHere('umount', [path])
  }
  return found
}

/**
 * Ends what still runs in containers that have the file's system as their home. A killed engine may
 * have forgotten them; mounted a second time, the file system would be destroyed.
 */
export async function endHolders(file: string): Promise<void> {
  for (;;) {
    const devices = loopDevicesOf(file)
    if (devices.length === 0) return
    const holders = everyProcess().filter((pid) =>
      mountsOf(pid).some(({ device, path }) => path === '/home' && devices.includes(device)),
    )
    if (holders.length === 0) return
    for (const pid of holders) signal(pid, 'SIGKILL')
    await delay(pollMilliseconds)
  }
}

/** Afterwards nothing has the file mounted; fails where something of the host goes on using it. */
export async function releaseFile(file: string): Promise<void> {
  await endHolders(file)
  for (let left = patienceMilliseconds; loopDevicesOf(file).length > 0; left -= pollMilliseconds) {
    if (left <= 0) {
      throw new ProviderFailure(
        'failed',
        `The home of this workspace is still in use on the host (losetup --associated ${file}): unmount it.`,
      )
    }
    if (left % lookMilliseconds === 0) await unmountCopies(file)
    await delay(pollMilliseconds)
  }
}

/** Unmounts it where a process has copied the mounts of a moment for itself, as sandboxes do. */
async function unmountCopies(file: string): Promise<void> {
  const devices = loopDevicesOf(file)
  const seen = new Set<string>()
  for (const pid of everyProcess()) {
    const copied = mountsOf(pid).filter(({ device }) => devices.includes(device))
    const space = copied.map(({ path }) => path).join(' ')
    if (copied.length === 0 || seen.has(`${spaceOf(pid)} ${space}`)) continue
    seen.add(`${spaceOf(pid)} ${space}`)
    for (const { path } of copied) {
      // Whoever has it may have ended meanwhile.
      await runHere('nsenter', [`--target=${pid}`, '--mount', 'umount', path]).catch(
        () => undefined,
      )
    }
  }
}

function spaceOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return ''
  }
}

/** The numbers of the devices, as mountinfo has them, that the file is behind. */
function loopDevicesOf(file: string): string[] {
  const devices = readdirSync('/sys/block').filter((name) => name.startsWith('loop'))
  return devices.flatMap((name) => {
    const backing = textOf(`/sys/block/${name}/loop/backing_file`).trim()
    return backing === file || backing === `${file} (deleted)`
      ? [textOf(`/sys/block/${name}/dev`).trim()]
      : []
  })
}

/** Mounts the file system in a file. */
export async function mountFile(file: string, path: string): Promise<void> {
  await runHere('mount', ['-t', 'ext4', '-o', mountOptions, file, path])
}

/** Whether the process sees the file system of this file at the path. */
export function isMountOf(pid: number, path: string, file: string): boolean {
  const mount = mountsOf(pid).find((each) => each.path === path)
  return mount !== undefined && loopDevicesOf(file).includes(mount.device)
}

function mountsOf(pid: number | 'self'): { device: string; path: string }[] {
  return textOf(`/proc/${pid}/mountinfo`)
    .split('\n')
    .map((line) => {
      const [, , device = '', , path = ''] = line.split(' ')
      return { device, path }
    })
}

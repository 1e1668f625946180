import { spawn } from 'node:child_process'
import { existsSync, lstatSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { ProviderFailure } from '../provider.ts'
import { type Alive, bootId, findAlive, isWhole } from './alive.ts'
import { hostEnvironment } from './host.ts'
import { type Made, type Place, writeMade } from './place.ts'

const patienceMilliseconds = 20_000
const pollMilliseconds = 10
/** What `flock` answers where another start has the lock. */
const locked = 75

/** Of the host's /etc, what programs need and what tells nothing. */
const copied =
  'alternatives bash.bashrc ca-certificates.conf debian_version fonts gai.conf inputrc ld.so.cache ' +
  'ld.so.conf ld.so.conf.d locale.alias localtime mime.types nsswitch.conf os-release profile protocols ' +
  'python3 services ssl/certs terminfo timezone'

// Runs as root in a mount namespace of its own, which ends with the sandbox: nothing stays mounted.
// The disk's top belongs to root, and the workspace sees only `home` and `root` of it.
const script = `set -eu
umask 022
rm -f "$INFO"
for each in $GROUPS_TO_JOIN; do echo $$ > "$each"; done
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m tmpfs /mnt
mkdir /mnt/disk
mount -t ext4 -o loop,nosuid,nodev,discard,noinit_itable "$DISK" /mnt/disk
cd /mnt/disk
if [ ! -e filled ]; then
  mkdir -p home
  [ ! -d /etc/skel ] || cp -a --no-clobber /etc/skel/. home/
  chown -R "$OWNER:$OWNER" home
  : > filled
fi
if [ "$(cat made 2>/dev/null || true)" != "$BUILD" ]; then
  rm -rf root
  mkdir root
  cd root
  mkdir usr proc dev tmp run home home/coder etc var var/tmp var/log opt srv mnt
  for each in bin sbin lib lib32 lib64 libx32; do
    if [ -L "/$each" ]; then ln -s "$(readlink "/$each")" "$each"
    elif [ -d "/$each" ]; then mkdir "$each"; fi
  done
  (cd /etc; for each in ${copied}; do
    [ ! -e "$each" ] || cp -a --parents "$each" /mnt/disk/root/etc
  done)
  printf '%s\\n' root:x:0:0:root:/root:/bin/sh coder:x:1000:1000::/home/coder:/bin/bash \\
    nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin > etc/passwd
  printf '%s\\n' root:x:0: coder:x:1000: nogroup:x:65534: > etc/group
  printf '%s\\n' "127.0.0.1 localhost $NAME" '::1 localhost' > etc/hosts
  printf '%s\\n' "$NAME" > etc/hostname
  : > etc/resolv.conf
  chown -R -h "$OWNER:$OWNER" etc var opt srv mnt
  chmod 1777 var/tmp
  printf %s "$BUILD" > ../made
fi
exec 3> "$INFO"
cd /
exec env -i PATH="$PATH" setpriv --reuid="$OWNER" --regid="$OWNER" --clear-groups --no-new-privs --inh-caps=-all \\
  --bounding-set=-all -- "$@"
`

/** Afterwards the sandbox of the workspace runs, and goes on whatever becomes of this server. */
export async function launch(place: Place, made: Made, groups: readonly string[]): Promise<Alive> {
  const begun = findAlive(place)
  if (begun !== undefined && isWhole(begun)) return begun
  writeMade(place, { ...made, boot: bootId() })
  const child = spawn(
    'flock',
    [
      ...['--nonblock', '--close', '--conflict-exit-code', String(locked), place.lock],
      ...['unshare', '--mount', '--propagation', 'private', '--'],
      ...['sh', '-c', script, 'sh', ...bubblewrap(made)],
    ],
    {
      detached: true,
      cwd: '/',
      // No file: whatever runs in the sandbox could go on writing to it, on a disk that is not its own.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...hostEnvironment,
        GROUPS_TO_JOIN: groups.join(' '),
        DISK: place.disk,
        OWNER: String(place.owner),
        BUILD: made.build,
        NAME: made.hostname,
        INFO: place.info,
      },
    },
  )
  child.unref()
  let said = ''
  for (const output of [child.stdout, child.stderr]) {
    output.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString()}`.slice(-300)))
    output.on('error', () => undefined)
  }
  const hangUp = (): void => {
    child.stdout.destroy()
    child.stderr.destroy()
  }
  let ended: number | undefined
  child.once('error', () => (ended = -1))
  // Not before all that it said is here.
  child.once('close', (code) => (ended = code ?? -1))
  const until = performance.now() + patienceMilliseconds
  while (performance.now() < until) {
    const alive = findAlive(place)
    if (alive !== undefined && isWhole(alive)) {
      hangUp()
      return alive
    }
    if (ended !== undefined && ended !== locked) break
    await delay(pollMilliseconds)
  }
  hangUp()
  const reason = said.trim() || 'it took too long'
  throw new ProviderFailure('failed', `The sandbox did not begin: ${reason}`)
}

/** The arguments that isolate whatever runs in a workspace. */
function bubblewrap({ hostname, memoryGb, env }: Made): string[] {
  const room = String(Math.ceil((memoryGb / 2) * 1024 ** 3))
  return [
    'bwrap',
    ...isolation,
    ...['--hostname', hostname],
    ...['--bind', '/mnt/disk/root', '/', ...hostFolders()],
    ...['--proc', '/proc', '--dev', '/dev', '--size', room, '--tmpfs', '/dev/shm'],
    ...['--perms', '1777', '--size', room, '--tmpfs', '/tmp', '--size', room, '--tmpfs', '/run'],
    ...['--bind', '/mnt/disk/home', '/home/coder', '--chdir', '/home/coder'],
    '--clearenv',
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...['--new-session', '--info-fd', '3', '--', 'sleep', 'infinity'],
  ]
}

/** Own user, processes, network, host name, IPC and control groups. */
export const isolation = [
  ...['--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-ipc'],
  ...['--unshare-cgroup-try', '--uid', '1000', '--gid', '1000'],
]

const beside = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32']

/** The host's programs and libraries, which nobody can change. */
export function hostFolders(): string[] {
  return ['/usr', ...beside.filter(isFolder)].flatMap((path) => ['--ro-bind', path, path])
}

/** The links into them, where nothing has made them yet. */
export function hostLinks(): string[] {
  const links = beside.filter((path) => existsSync(path) && !isFolder(path))
  return links.flatMap((path) => ['--symlink', readlinkSync(path), path])
}

/** Where /usr is merged the others are links into it. */
function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

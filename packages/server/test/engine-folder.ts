import { execFile, spawn } from 'node:child_process'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { baseImageVersion, makeBaseTree } from '../src/provider/base-image.ts'
import { importBaseImage } from '../src/provider/engine/import-image.ts'
import { isInstalled } from '../src/provider/podman-host.ts'
import {
  podmanArguments,
  type PrivatePodman,
  startPrivatePodman,
} from '../src/provider/private-podman.ts'

/** A place for an engine. */
export interface EngineFolder {
  readonly folder: string
  /** Ends the engine that was started there, and all that it made. */
  end(): Promise<void>
}

const needed = ['podman', 'runc', 'catatonit', 'netavark', 'debootstrap']
const run = promisify(execFile)

/** Makes a place for an engine; what is there is ended also where this process is killed. */
export function makeEngineFolder(): EngineFolder {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-engine-'))
  const cleanup = join(folder, 'cleanup.sh')
  writeFileSync(cleanup, cleanupScript)
  // The end of this process closes the other one's stdin.
  const watcher = spawn(
    '/bin/sh',
    ['-c', 'cat > /dev/null; exec sh "$0/cleanup.sh" "$0"', folder],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  watcher.unref()
  return {
    folder,
    async end() {
      watcher.kill()
      await run('sh', [cleanup, folder])
    },
  }
}

/** Starts the engine of a folder, with the base image; fails, and says what to install, where it cannot. */
export async function startEngineIn({
  folder,
}: Pick<EngineFolder, 'folder'>): Promise<PrivatePodman> {
  const missing = needed.filter(
    (program) => !isInstalled(program) && !existsSync(`/usr/lib/podman/${program}`),
  )
  if (process.geteuid?.() !== 0 || missing.length > 0) {
    throw new Error(
      `Tests and measurements of the engine need root and Debian's podman, runc, catatonit, netavark and debootstrap (missing: ${missing.join(', ') || 'root'}): ` +
        'apt-get install -y --no-install-recommends podman runc netavark aardvark-dns catatonit uidmap iptables debootstrap',
    )
  }
  const archive = await cachedBase()
  const service = await startPrivatePodman(join(folder, 'podman'), {
    info: () => undefined,
    error: () => undefined,
  })
  await importBaseImage(service.url, createReadStream(archive))
  return service
}

/** How to call `podman` beside the service of a folder. */
export function podmanIn({ folder }: Pick<EngineFolder, 'folder'>): {
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
} {
  const { args, configuration } = podmanArguments(join(folder, 'podman'))
  return { args, env: { ...process.env, CONTAINERS_CONF: configuration } }
}

/** The archive of the base image, made where this machine has none yet. */
export async function cachedBase(): Promise<string> {
  const cache = join(tmpdir(), 'atelier-test-cache')
  const archive = join(cache, `base-${baseImageVersion}.tar`)
  if (existsSync(archive)) return archive
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  const tree = await makeBaseTree(cache, 'http://deb.debian.org/debian', () => undefined)
  try {
    await pipeline(tree.archive(), createWriteStream(`${archive}.${process.pid}`))
    renameSync(`${archive}.${process.pid}`, archive)
  } finally {
    await tree.remove()
  }
  return archive
}

/** Ends the engine of `$1`, its containers, mounts, loop devices, networks and rules, then the folder. */
export const cleanupScript = `
export CONTAINERS_CONF="$1/podman/containers.conf"
if [ -e "$CONTAINERS_CONF" ]; then
  run="podman --root $1/podman/storage --runroot $1/podman/run"
  $run rm --all --force --time 0 >/dev/null 2>&1
  $run network prune --force >/dev/null 2>&1
  # The service, and what looks after commands that have ended.
  for each in /proc/[0-9]*; do
    grep -qs "$1/podman/" "$each/cmdline" && kill -9 "\${each#/proc/}" 2>/dev/null
  done
  cut -d ' ' -f 5 /proc/self/mountinfo | grep "^$1/" | sort -r | while read -r path; do
    umount "$path" || umount -l "$path"
  done
fi
for each in "$1"/sandbox-*/sandbox/*/*/info.json; do
  pid=$(sed -n 's/.*"child-pid": *\\([0-9]*\\).*/\\1/p' "$each" 2>/dev/null)
  namespace=$(sed -n 's/.*"pid-namespace": *\\([0-9]*\\).*/\\1/p' "$each" 2>/dev/null)
  [ -n "$pid" ] && [ "$(readlink "/proc/$pid/ns/pid")" = "pid:[$namespace]" ] || continue
  kill -9 "$pid"
  sleep 0.2
  rmdir /sys/fs/cgroup/*/atelier-sandbox/*-"$(basename "$(dirname "$each")")" 2>/dev/null
done
rm -rf "$1"
`

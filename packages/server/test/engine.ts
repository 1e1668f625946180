import { execFile, spawn } from 'node:child_process'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { baseImageVersion, makeBaseTree } from '../src/provider/base-image.ts'
import { importBaseImage } from '../src/provider/engine/import-image.ts'
import { namesOf } from '../src/provider/engine/names.ts'
import { isInstalled } from '../src/provider/podman-host.ts'
import { podmanArguments, startPrivatePodman } from '../src/provider/private-podman.ts'
import type { ImageSource } from '../src/provider/provider.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the engine that the files of this run share, which the first one starts. */
    engineFolder: string
  }
}

export interface TestEngine {
  /** `unix:///path` */
  readonly url: string
  /** The base image, with the user `coder`. */
  readonly image: ImageSource
  /** Calls `podman` beside the engine's service, and answers what it printed. */
  podman(...args: string[]): Promise<string>
}

const needed = ['podman', 'runc', 'catatonit', 'netavark', 'debootstrap']
const patienceMilliseconds = 20
const run = promisify(execFile)

/** The global setup of vitest: a place for an engine, and its end together with all that it made. */
export function setup(project: Pick<TestProject, 'provide'>): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-engine-'))
  const cleanup = join(folder, 'cleanup.sh')
  writeFileSync(cleanup, cleanupScript)
  project.provide('engineFolder', folder)
  // A run that is killed must not leave its containers behind: its end closes this one's stdin.
  const watcher = spawn(
    '/bin/sh',
    ['-c', 'cat > /dev/null; exec sh "$0/cleanup.sh" "$0"', folder],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  watcher.unref()
  return async () => {
    watcher.kill()
    await run('sh', [cleanup, folder])
  }
}

/**
 * The engine of this run: Podman with storage, networks and state of its own, and the base image, which
 * is built once and kept for later runs. Fails, and says what to install, where it cannot.
 */
export async function useEngine(): Promise<TestEngine> {
  const folder = inject('engineFolder')
  const podmanFolder = join(folder, 'podman')
  const ready = join(folder, 'ready')
  if (claims(join(folder, 'starting'))) {
    try {
      await begin(podmanFolder)
      writeFileSync(`${ready}.new`, '')
    } catch (error) {
      writeFileSync(`${ready}.new`, error instanceof Error ? error.message : String(error))
    }
    renameSync(`${ready}.new`, ready)
  }
  while (!existsSync(ready)) await delay(patienceMilliseconds)
  const failure = readFileSync(ready, 'utf8')
  if (failure !== '') throw new Error(failure)
  const { args, configuration } = podmanArguments(podmanFolder)
  return {
    url: `unix://${join(podmanFolder, 'engine.sock')}`,
    image: { kind: 'local', reference: `localhost/atelier-base:${baseImageVersion}` },
    podman: async (...more) => {
      const { stdout } = await run('podman', [...args, ...more], {
        env: { ...process.env, CONTAINERS_CONF: configuration },
      })
      return stdout
    },
  }
}

/** Reads how often the kernel has held a workspace of this engine back from using more CPU. */
export function timesThrottled(
  engine: TestEngine,
): (installationId: string, workspaceId: string) => Promise<number> {
  return async (installationId, workspaceId) => {
    const { container } = namesOf(installationId, workspaceId)
    const pid = (await engine.podman('inspect', '--format', '{{.State.Pid}}', container)).trim()
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    const [, path = ''] = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups) ?? []
    const [, unified = ''] = /^0::(.*)$/m.exec(groups) ?? []
    const folder = path === '' ? `/sys/fs/cgroup${unified}` : `/sys/fs/cgroup/cpu${path}`
    return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(`${folder}/cpu.stat`, 'utf8'))?.[1])
  }
}

async function begin(folder: string): Promise<void> {
  const missing = needed.filter(
    (program) => !isInstalled(program) && !existsSync(`/usr/lib/podman/${program}`),
  )
  if (process.geteuid?.() !== 0 || missing.length > 0) {
    throw new Error(
      `The tests of the engine need root and Debian's podman, runc, catatonit, netavark and debootstrap (missing: ${missing.join(', ') || 'root'}): ` +
        'apt-get install -y --no-install-recommends podman runc netavark aardvark-dns catatonit uidmap iptables debootstrap',
    )
  }
  const archive = await cachedBase()
  const service = await startPrivatePodman(folder, {
    info: () => undefined,
    error: () => undefined,
  })
  await importBaseImage(service.url, createReadStream(archive))
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

function claims(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
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

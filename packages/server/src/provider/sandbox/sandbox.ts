import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { growFileSystem, makeFileSystem } from '../engine/file-system.ts'
import { type FoundWorkspace, ProviderFailure, type WorkspaceProvider } from '../provider.ts'
import { type Alive, end, findAlive, processesOf } from './alive.ts'
import { runInSandbox } from './exec.ts'
import { type Groups, groupsOf } from './groups.ts'
import { askHealth } from './health.ts'
import { launch } from './launch.ts'
import { type Made, type Place, placeOf, placesIn, readMade, writeMade } from './place.ts'
import { createPorts } from './ports.ts'

export interface SandboxOptions {
  readonly dataDir: string
  /** Keeps installations that share a folder apart. */
  readonly installationId: string
}

const gigabyte = 1024 ** 3
const sampleMilliseconds = 200

/**
 * Runs workspaces on this host by bubblewrap: the host's programs, and of the rest of it nothing. The
 * whole state is in the folder and in the kernel, so that a server that comes later finds it.
 */
export function openSandbox({ dataDir, installationId }: SandboxOptions): WorkspaceProvider {
  const root = join(dataDir, 'sandbox', installationId)
  const ports = createPorts()
  const place = (workspaceId: string): Place => placeOf(root, workspaceId)
  const groups = (workspaceId: string): Groups =>
    groupsOf(`${installationId.slice(-12)}-${workspaceId}`)

  const made = (workspaceId: string): Made => {
    const found = readMade(place(workspaceId))
    if (found === undefined) {
      throw new ProviderFailure('not_found', 'The workspace is not there: build it again')
    }
    return found
  }
  const running = (workspaceId: string): Alive => {
    made(workspaceId)
    const alive = findAlive(place(workspaceId))
    if (alive !== undefined) return alive
    throw new ProviderFailure('not_running', 'The workspace does not run')
  }
  const stop = async (workspaceId: string, graceSeconds: number): Promise<void> => {
    ports.leave(workspaceId)
    await end(place(workspaceId), graceSeconds)
    await groups(workspaceId).remove()
  }

  return {
    kind: 'sandbox',
    health: () => askHealth(),
    fetchImage: ({ kind }) =>
      kind === 'host'
        ? Promise.resolve()
        : Promise.reject(
            new ProviderFailure(
              'image',
              'A sandbox runs what is installed on the server: choose the image “host”, or a workspace provider with a container engine',
            ),
          ),

    async create({ image: _image, ...spec }, report) {
      const { workspaceId, diskGb } = spec
      await stop(workspaceId, 0)
      const { folder, disk } = place(workspaceId)
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      if (existsSync(disk)) await growFileSystem(disk, diskGb * gigabyte, report)
      else await makeDisk(disk, diskGb, report)
      report('Making the sandbox')
      writeMade(place(workspaceId), { ...spec, build: randomUUID() })
    },

    async start(workspaceId) {
      const spec = made(workspaceId)
      const mine = groups(workspaceId)
      mine.limit(spec)
      await launch(place(workspaceId), spec, mine.joining)
    },

    async stop(workspaceId, graceSeconds = 10) {
      if (existsSync(place(workspaceId).folder)) await stop(workspaceId, graceSeconds)
    },

    async remove(workspaceId, keep) {
      const { folder } = place(workspaceId)
      if (!existsSync(folder)) return
      await stop(workspaceId, 0)
      rmSync(keep === 'home' ? join(folder, 'made.json') : folder, { recursive: true, force: true })
    },

    exec: async (workspaceId, command) =>
      runInSandbox(
        {
          alive: running(workspaceId),
          owner: place(workspaceId).owner,
          joining: groups(workspaceId).joining,
          env: made(workspaceId).env,
        },
        command,
      ),

    dial: async (workspaceId, port) => ports.dial(workspaceId, running(workspaceId), port),

    async stats(workspaceId) {
      const alive = running(workspaceId)
      const mine = groups(workspaceId)
      const [before, begun] = [mine.usage(), performance.now()]
      await delay(sampleMilliseconds)
      const after = mine.usage()
      const seconds = (performance.now() - begun) / 1000
      const disk = await statfs(`/proc/${alive.pid}/root/home/coder`)
      return {
        cpuCores: Math.max(0, (after.cpuSeconds ?? 0) - (before.cpuSeconds ?? 0)) / seconds,
        memoryBytes: after.memoryBytes ?? 0,
        memoryLimitBytes: made(workspaceId).memoryGb * gigabyte,
        processes: after.processes ?? processesOf(alive).length,
        diskBytes: (disk.blocks - disk.bfree) * disk.bsize,
        diskLimitBytes: disk.blocks * disk.bsize,
      }
    },

    list: () => settled(() => placesIn(root).flatMap(foundAt)),

    close() {
      ports.leaveAll()
      return Promise.resolve()
    },
  }
}

function foundAt(place: Place): FoundWorkspace[] {
  const { workspaceId, disk } = place
  if (readMade(place) === undefined) {
    return existsSync(disk) ? [{ workspaceId, state: 'home_only' }] : []
  }
  return [{ workspaceId, state: findAlive(place) === undefined ? 'stopped' : 'running' }]
}

/** A disk whole or not at all, so that a start never meets half of one. */
async function makeDisk(disk: string, diskGb: number, report: (line: string) => void) {
  report(`Making a home of ${diskGb} GB`)
  await makeFileSystem(`${disk}.new`, diskGb * gigabyte)

  renameSync(`${disk}.new`, disk)
}

/** What throws becomes a promise that is refused. */
async function settled<T>(work: () => T): Promise<T> {
  return Promise.resolve(work())
}

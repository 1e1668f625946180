import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ProviderFailure, type Report } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import { isInstalled } from '../podman-host.ts'
import type { EngineFacts } from './facts.ts'
import { growFileSystem, makeFileSystem } from './file-system.ts'
import { endHolders, isMountOf, mountFile, mountOptions, releaseFile, unmount } from './mounts.ts'
import { diskLabel, type Names, prefixOf } from './names.ts'
import type { Volume } from './wire.ts'

/** Keeps the home of a workspace in a volume of the engine. */
export interface Homes {
  /** Why they may grow beyond what is asked; undefined where they may not. */
  readonly unlimited: string | undefined
  /** Afterwards the home is there, as large as asked or larger. Nothing of the workspace runs. */
  ensure(names: Names, diskGb: number, report: Report): Promise<void>
  /** Told before anything of the workspace can run, and again once its home was filled. */
  beforeStart(names: Names): void
  filled(names: Names): void
  /** Whether the process has the home where it belongs, and not the folder below it. */
  isIn(names: Names, pid: number): boolean
  /** Ends what the engine believes to have stopped and has not. */
  endHolders(names: Names): Promise<void>
  /** Puts a home where the engine wrongly takes it for mounted; nothing of the workspace runs. */
  mount(names: Names): Promise<void>
  /** Afterwards nothing is left of the home. */
  remove(names: Names): Promise<void>
  /** Ids of workspaces whose home the engine itself does not know of. */
  leftOver(installationId: string): string[]
  /** Bytes in use and at most; undefined where only the workspace itself can tell. */
  usage(names: Names): Promise<{ used: number; limit: number } | undefined>
}

const gigabyte = 1024 ** 3

/** The homes that can be had with an engine: of a fixed size where possible. */
export function chooseHomes(client: EngineClient, facts: EngineFacts): Homes {
  if (facts.localRoot === undefined) {
    const reason = facts.rootless ? 'the engine runs without root' : 'it is on another host'
    return volumeHomes(client, `${reason}, where this server can make no file systems`)
  }
  if (facts.software === 'docker') return volumeHomes(client, 'Docker mounts no files as volumes')
  const missing = ['mke2fs', 'resize2fs', 'debugfs', 'e2fsck'].filter((each) => !isInstalled(each))
  if (missing.length > 0) return volumeHomes(client, 'install e2fsprogs on the host of the engine')
  if (!existsSync('/dev/loop-control')) return volumeHomes(client, 'the host has no loop devices')
  return imageHomes(client, facts.localRoot)
}

/** Homes in plain volumes, which grow as the engine's disk allows. */
function volumeHomes(client: EngineClient, unlimited: string): Homes {
  return {
    unlimited,
    async ensure(names, diskGb) {
      if ((await findVolume(client, names.home)) === undefined) {
        await createVolume(client, names, diskGb, {})
      }
    },
    beforeStart: () => undefined,
    filled: () => undefined,
    isIn: () => true,
    endHolders: () => Promise.resolve(),
    mount: () => Promise.resolve(),
    remove: (names) => removeVolume(client, names.home),
    leftOver: () => [],
    usage: () => Promise.resolve(undefined),
  }
}

/**
 * Homes in volumes that are files with a file system of the size asked, sparse, so that they take
 * what is in them; only where this server is root on the engine's host.
 */
function imageHomes(client: EngineClient, engineRoot: string): Homes {
  const folder = join(realpathSync(engineRoot), 'atelier-homes')
  const fileOf = (names: Names) => join(folder, `${names.home}.ext4`)
  const markOf = (names: Names, mark: 'filling' | 'filled') => join(folder, `${names.home}.${mark}`)
  const mountOf = (names: Names) => join(engineRoot, 'volumes', names.home, '_data')

  const discard = async (names: Names): Promise<void> => {
    // The engine empties what is mounted there, and then fails.
    await unmount(mountOf(names))
    await releaseFile(fileOf(names))
    await removeVolume(client, names.home)
    for (const file of [fileOf(names), markOf(names, 'filled'), markOf(names, 'filling')]) {
      rmSync(file, { force: true })
    }
  }

  return {
    unlimited: undefined,
    async ensure(names, diskGb, report) {
      const volume = await findVolume(client, names.home)
      if (volume !== undefined && volume.Options?.['device'] === undefined) return
      const file = fileOf(names)
      if (volume !== undefined && !existsSync(file)) {
        throw new ProviderFailure(
          'failed',
          `The file of this workspace's home is gone (${file}): put it back from a backup, or delete the workspace.`,
        )
      }
      // A killed engine has left it mounted, and would take it for mounted ever after.
      const stale = await unmount(mountOf(names))
      await releaseFile(file)
      if (stale) await removeVolume(client, names.home)
      // Its first filling was cut off; nothing of the user ran before it ended.
      const half = existsSync(markOf(names, 'filling')) && !existsSync(markOf(names, 'filled'))
      if (half) await discard(names)
      if (!existsSync(file)) {
        report(`Making a home of ${diskGb} GB`)
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        await makeFileSystem(`${file}.new`, diskGb * gigabyte)
        renameSync(`${file}.new`, file)
      } else {
        await growFileSystem(file, diskGb * gigabyte, report)
      }
      if (volume === undefined || half || stale) {
        await createVolume(client, names, diskGb, {
          type: 'ext4',
          o: mountOptions,
          device: file,
        })
      }
    },
    beforeStart(names) {
      if (!existsSync(fileOf(names)) || existsSync(markOf(names, 'filled'))) return
      if (existsSync(markOf(names, 'filling'))) {
        throw new ProviderFailure(
          'failed',
          'The home of this workspace was not filled to its end: build it again.',
        )
      }
      mark(markOf(names, 'filling'))
    },
    filled(names) {
      if (existsSync(fileOf(names))) mark(markOf(names, 'filled'))
    },
    isIn: (names, pid) => !existsSync(fileOf(names)) || isMountOf(pid, '/home', fileOf(names)),
    endHolders: (names) => endHolders(fileOf(names)),
    mount: (names) => mountFile(fileOf(names), mountOf(names)),
    remove: discard,
    leftOver(installationId) {
      if (!existsSync(folder)) return []
      const prefix = prefixOf(installationId)
      return readdirSync(folder)
        .filter((name) => name.startsWith(prefix) && name.endsWith('-home.ext4'))
        .map((name) => name.slice(prefix.length, -'-home.ext4'.length))
    },
    async usage(names) {
      if (!existsSync(fileOf(names))) return undefined
      const { blocks, bfree, bsize } = await statfs(mountOf(names))
      return { used: (blocks - bfree) * bsize, limit: blocks * bsize }
    },
  }
}

async function findVolume(client: EngineClient, name: string): Promise<Volume | undefined> {
  try {
    return await client.ask<Volume>('GET', `/volumes/${name}`)
  } catch (error) {
    if (error instanceof EngineFault && error.status === 404) return undefined
    throw error
  }
}

async function createVolume(
  client: EngineClient,
  names: Names,
  diskGb: number,
  options: Readonly<Record<string, string>>,
): Promise<void> {
  await client.ask('POST', '/volumes/create', {
    body: {
      Name: names.home,
      Driver: 'local',
      DriverOpts: options,
      Labels: { ...names.labels, [diskLabel]: String(diskGb) },
    },
  })
}

async function removeVolume(client: EngineClient, name: string): Promise<void> {
  try {
    await client.ask('DELETE', `/volumes/${name}`)
  } catch (error) {
    if (!(error instanceof EngineFault && error.status === 404)) throw error
  }
}

/** Makes a file that is still there after a failure of power. */
function mark(path: string): void {
  for (const each of [path, dirname(path)]) {
    const file = openSync(each, each === path ? 'w' : 'r')
    fsyncSync(file)
    closeSync(file)
  }
}

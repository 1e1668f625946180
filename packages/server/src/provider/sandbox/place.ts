import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isUuid } from '../../platform/ids.ts'
import { ProviderFailure, type WorkspaceSpec } from '../provider.ts'

/** Where the server keeps a workspace: its disk, what it was made of, and how it was found running. */
export interface Place {
  readonly workspaceId: string
  readonly folder: string
  /** An ext4 with the home and with what else the workspace may change. */
  readonly disk: string
  /** What bubblewrap says of the sandbox. */
  readonly info: string
  /** Held for as long as a sandbox of it begins or runs. */
  readonly lock: string
  /** The user on this host: one for each workspace, so that none has to do with another. */
  readonly owner: number
}

/** What a workspace was made of last. */
export interface Made extends Omit<WorkspaceSpec, 'image'> {
  /** Another one each time: what was made before is not this. */
  readonly build: string
  /** The start of the machine in which the sandbox was begun. */
  readonly boot?: string
}

/** The place of a workspace in the folder of an installation; nothing is made yet. */
export function placeOf(root: string, workspaceId: string): Place {
  if (!isUuid(workspaceId)) throw new ProviderFailure('not_found', 'There is no such workspace')
  const folder = join(root, workspaceId)
  return {
    workspaceId,
    folder,
    disk: join(folder, 'disk.ext4'),
    info: join(folder, 'info.json'),
    lock: join(folder, 'lock'),
    owner: 0x4000_0000 + (createHash('sha256').update(workspaceId).digest().readUInt32BE() >>> 3),
  }
}

/** The workspaces that have a place. */
export function placesIn(root: string): Place[] {
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter(isUuid)
    .map((id) => placeOf(root, id))
}

/** What the workspace was made of; undefined where only a home is left. */
export function readMade({ folder }: Place): Made | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'made.json'), 'utf8')) as Made
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Keeps what the workspace is made of, whole or not at all. */
export function writeMade({ folder }: Place, made: Made): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'made.json')
  writeFileSync(`${path}.new`, JSON.stringify(made), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

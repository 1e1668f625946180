import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { baseImageVersion } from '../src/provider/base-image.ts'
import { namesOf } from '../src/provider/engine/names.ts'
import { urlOfPrivatePodman } from '../src/provider/private-podman.ts'
import type { ImageSource } from '../src/provider/provider.ts'
import { makeEngineFolder, podmanIn, startEngineIn } from './engine-folder.ts'

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

const patienceMilliseconds = 20
const run = promisify(execFile)

/** The global setup of vitest: a place for an engine, and its end together with all that it made. */
export function setup(project: Pick<TestProject, 'provide'>): () => Promise<void> {
  const place = makeEngineFolder()
  project.provide('engineFolder', place.folder)
  return () => place.end()
}

/**
 * The engine of this run: Podman with storage, networks and state of its own, and the base image, which
 * is built once and kept for later runs. Fails, and says what to install, where it cannot.
 */
export async function useEngine(): Promise<TestEngine> {
  const folder = inject('engineFolder')
  const ready = join(folder, 'ready')
  if (claims(join(folder, 'starting'))) {
    try {
      await startEngineIn({ folder })
      writeFileSync(`${ready}.new`, '')
    } catch (error) {
      writeFileSync(`${ready}.new`, error instanceof Error ? error.message : String(error))
    }
    renameSync(`${ready}.new`, ready)
  }
  while (!existsSync(ready)) await delay(patienceMilliseconds)
  const failure = readFileSync(ready, 'utf8')
  if (failure !== '') throw new Error(failure)
  const { args, env } = podmanIn({ folder })
  return {
    url: urlOfPrivatePodman(join(folder, 'podman')),
    image: { kind: 'local', reference: `localhost/atelier-base:${baseImageVersion}` },
    podman: async (...more) => (await run('podman', [...args, ...more], { env })).stdout,
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

function claims(path: string): boolean {
  try {
    mkdirSync(path)
    return true
  } catch {
    return false
  }
}

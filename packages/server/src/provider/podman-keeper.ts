import { join, resolve } from 'node:path'
import { type PrivatePodman, startPrivatePodman, urlOfPrivatePodman } from './private-podman.ts'
import type { Log } from '../platform/platform.ts'

/** The Podman of the server's own, which runs once somebody needs it. */
export interface PodmanKeeper {
  /** Where it is, running or not. */
  readonly url: string
  /** Afterwards it runs. */
  ensure(): Promise<void>
  /** Ends its service, if it was needed here; containers go on. */
  stop(): Promise<void>
}

/**
 * Keeps a private Podman in the data folder. A process that does not serve leaves the one that it finds
 * there.
 */
export function keepPodman(dataDir: string, serves: boolean, log: Log): PodmanKeeper {
  const folder = join(resolve(dataDir), 'podman')
  let running: Promise<PrivatePodman> | undefined
  return {
    url: urlOfPrivatePodman(folder),
    async ensure() {
      running ??= startPrivatePodman(folder, log, { takesOver: serves })
      try {
        await running
      } catch (error) {
        running = undefined
        throw error
      }
    },
    async stop() {
      const was = running
      running = undefined
      await (await was?.catch(() => undefined))?.stop()
    },
  }
}

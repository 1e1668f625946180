import type { Log } from '../platform/platform.ts'
import { findEngine } from './discover.ts'
import { openEngine } from './engine/engine.ts'
import type { PodmanKeeper } from './podman-keeper.ts'
import type { WorkspaceProvider } from './provider.ts'
import type { ProviderConnection } from './providers.ts'
import { openSandbox } from './sandbox/sandbox.ts'

export interface OpenOptions {
  readonly connection: ProviderConnection
  /** A label on everything that is kept for us: several installations may share an engine. */
  readonly installationId: string
  /** Where a sandbox keeps homes. */
  readonly dataDir: string
  /** The Podman of this server's own. */
  readonly podman: PodmanKeeper
  readonly log: Log
}

type Opener = (options: OpenOptions) => Promise<WorkspaceProvider> | WorkspaceProvider

/** How each kind of provider is opened; nothing is asked of it yet. */
export const openers: Readonly<Record<ProviderConnection['kind'], Opener>> = {
  engine: async ({ connection: { endpoint: url, tls }, installationId, podman }) => {
    if (url === podman.url) await podman.ensure()
    return openEngine({ endpoint: { url, tls }, installationId })
  },
  sandbox: ({ dataDir, installationId }) => openSandbox({ dataDir, installationId }),
}

/**
 * Finds, installs or starts what runs workspaces on this machine: an engine, else a sandbox. Where
 * neither works, the failure says what to run for the better one.
 */
export async function discover({
  podman,
  dataDir,
  installationId,
  log,
}: Omit<OpenOptions, 'connection'>): Promise<ProviderConnection> {
  const report = (event: string, fields: object) => {
    log.info(fields, event)
  }
  try {
    const endpoint = await findEngine({ podman, report })
    return { kind: 'engine', endpoint, tls: undefined }
  } catch (error) {
    log.warn({ err: error }, 'providers.no_engine')
    const sandbox = openSandbox({ dataDir, installationId })
    try {
      await sandbox.health()
      return { kind: 'sandbox', endpoint: '', tls: undefined }
    } catch {
      throw error
    } finally {
      await sandbox.close()
    }
  }
}

import type { Log } from '../platform/platform.ts'
import { findEngine } from './discover.ts'
import { openEngine } from './engine/engine.ts'
import type { PodmanKeeper } from './podman-keeper.ts'
import { ProviderFailure, type WorkspaceProvider } from './provider.ts'
import type { ProviderConnection } from './providers.ts'

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
  sandbox: () => {
    throw new ProviderFailure('unreachable', 'Sandboxes cannot be used yet')
  },
}

/** Finds, installs or starts what runs workspaces on this machine. */
export async function discover({
  podman,
  log,
}: Pick<OpenOptions, 'podman' | 'log'>): Promise<ProviderConnection> {
  const endpoint = await findEngine({
    podman,
    report: (event, fields) => {
      log.info(fields, event)
    },
  })
  return { kind: 'engine', endpoint, tls: undefined }
}

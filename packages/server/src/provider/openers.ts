import type { Log } from '../platform/platform.ts'
import { openEngine } from './engine/engine.ts'
import { ProviderFailure, type WorkspaceProvider } from './provider.ts'
import type { ProviderConnection } from './providers.ts'

export interface OpenOptions {
  readonly connection: ProviderConnection
  /** A label on everything that is kept for us: several installations may share an engine. */
  readonly installationId: string
  /** Where a sandbox keeps homes. */
  readonly dataDir: string
  readonly log: Log
}

type Opener = (options: OpenOptions) => Promise<WorkspaceProvider> | WorkspaceProvider

/** How each kind of provider is opened; nothing is asked of it yet. */
export const openers: Readonly<Record<ProviderConnection['kind'], Opener>> = {
  engine: ({ connection: { endpoint: url, tls }, installationId }) =>
    openEngine({ endpoint: { url, tls }, installationId }),
  sandbox: () => {
    throw new ProviderFailure('unreachable', 'Sandboxes cannot be used yet')
  },
}

/** Finds, or starts, what runs workspaces on this machine. */
export function discover(
  _options: Pick<OpenOptions, 'dataDir' | 'log'>,
): Promise<ProviderConnection> {
  const message = 'Nothing on this machine can run workspaces: install Podman, then check again'
  return Promise.reject(new ProviderFailure('unreachable', message))
}

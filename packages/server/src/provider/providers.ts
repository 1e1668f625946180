import type { Selectable } from 'kysely'
import type { Db, WorkspaceProvidersTable } from '../db/schema.ts'
import type { Signals } from '../db/signals.ts'
import type { Log } from '../platform/platform.ts'
import type { Vault } from '../platform/vault.ts'
import { discover, openers } from './openers.ts'
import { keepPodman } from './podman-keeper.ts'
import { ProviderFailure, type WorkspaceProvider } from './provider.ts'

/** Where a provider is and how to come in. */
export interface ProviderConnection {
  readonly kind: 'engine' | 'sandbox'
  /** `unix:///path` or `tcp://host:port` of an engine; empty for a sandbox. */
  readonly endpoint: string
  /** PEM texts; for `tcp` only. */
  readonly tls: ProviderTls | undefined
}

export interface ProviderTls {
  readonly ca?: string
  readonly certificate?: string
  readonly key?: string
}

/** The workspace providers of the database, opened when they are first asked for. */
export interface Providers {
  /** The provider of a row, as it is now; throws `ProviderFailure`. Whoever asks does not close it. */
  of(providerId: string): Promise<WorkspaceProvider>
  /** Opens one that is perhaps not kept, to ask it something; whoever asks closes it. */
  open(connection: ProviderConnection): Promise<WorkspaceProvider>
  /** Finds, or starts, what runs workspaces on this machine; where nothing can, a failure says what to do. */
  discover(): Promise<ProviderConnection>
  /** Lets go of all of them; workspaces go on. */
  close(): Promise<void>
}

export interface ProvidersOptions {
  readonly db: Db
  readonly vault: Vault
  readonly signals: Signals
  readonly log: Log
  /** Where a sandbox keeps homes. */
  readonly dataDir: string
  /** What `discover` answers with: `auto` looks; `none`, `sandbox` or an endpoint are taken as they are. */
  readonly engine: string
  /** See `Parts`. */
  readonly serves: boolean
  readonly installationId: string
}

interface Opened {
  /** What the connection was made of: while that stays the same, the connection does. */
  readonly made: string
  readonly provider: Promise<WorkspaceProvider>
}

type Row = Pick<
  Selectable<WorkspaceProvidersTable>,
  'id' | 'kind' | 'endpoint' | 'tls_ca' | 'tls_certificate' | 'tls_key'
>

/** Keeps one connection for each row, as long as how to come in is the same. */
export function createProviders({
  db,
  vault,
  signals,
  log,
  dataDir,
  engine,
  serves,
  installationId,
}: ProvidersOptions): Providers {
  const opened = new Map<string, Opened>()
  let closed = false
  let looking: Promise<ProviderConnection> | undefined
  const podman = keepPodman(dataDir, serves, log)

  const open = async (connection: ProviderConnection): Promise<WorkspaceProvider> => {
    return openers[connection.kind]({ connection, log, dataDir, podman, installationId })
  }

  const letGo = async (id: string): Promise<void> => {
    const former = opened.get(id)
    opened.delete(id)
    try {
      await (await former?.provider)?.close()
    } catch (error) {
      log.warn({ err: error, provider: id }, 'providers.close_failed')
    }
  }

  const rowsOf = (ids: readonly string[]): Promise<Row[]> =>
    db
      .selectFrom('workspace_providers')
      .select(['id', 'kind', 'endpoint', 'tls_ca', 'tls_certificate', 'tls_key'])
      .where('id', 'in', ids)
      .execute()

  const review = async (): Promise<void> => {
    const ids = [...opened.keys()]
    if (ids.length === 0) return
    const rows = new Map((await rowsOf(ids)).map((row) => [row.id, row]))
    const changed = ids.filter((id) => {
      const row = rows.get(id)
      return row === undefined || opened.get(id)?.made !== madeOf(row)
    })
    await Promise.all(changed.map(letGo))
  }
  signals.on('providers', () =>
    review().catch((error: unknown) => {
      log.warn({ err: error }, 'providers.review_failed')
    }),
  )

  return {
    open,
    async of(id) {
      const known = opened.get(id)
      // Changes are announced: while that is heard, nothing has to be asked.
      if (known !== undefined && signals.trusted()) return known.provider
      const [row] = await rowsOf([id])
      if (row === undefined) {
        await letGo(id)
        throw new ProviderFailure('not_found', 'The workspace provider is not there any more')
      }
      const made = madeOf(row)
      const meanwhile = opened.get(id)
      if (meanwhile !== undefined && meanwhile.made === made) return meanwhile.provider
      if (closed) throw new ProviderFailure('unreachable', 'The server is stopping')
      if (meanwhile !== undefined) void letGo(id)
      const provider = open(connectionOf(vault, row))
      const mine = { made, provider }
      opened.set(id, mine)
      provider.catch(() => {
        if (opened.get(id) === mine) opened.delete(id)
      })
      return provider
    },
    async discover() {
      if (engine === 'none') {
        throw new ProviderFailure(
          'unreachable',
          'Nothing was looked for, as ATELIER_ENGINE says: add a workspace provider',
        )
      }
      if (engine === 'sandbox') return { kind: 'sandbox', endpoint: '', tls: undefined }
      if (engine !== 'auto') return { kind: 'engine', endpoint: engine, tls: undefined }
      looking ??= discover({ podman, dataDir, installationId, log }).finally(
        () => (looking = undefined),
      )
      return looking
    },
    async close() {
      closed = true
      await Promise.all([...opened.keys()].map(letGo))
      await podman.stop()
    },
  }
}

/** Encrypts the key of a client certificate so that it can be read back for this provider only. */
export function sealTlsKey(vault: Vault, id: string, key: string): Buffer {
  return vault.encrypt(placeOf(id), key)
}

/** How to come in at a provider, with the key that lies in its row. */
export function connectionOf(vault: Vault, row: Row): ProviderConnection {
  const { kind, endpoint, tls_ca: ca, tls_certificate: certificate, tls_key: key } = row
  return {
    kind,
    endpoint,
    tls: endpoint.startsWith('tcp:')
      ? {
          ...(ca === null ? {} : { ca }),
          ...(certificate === null ? {} : { certificate }),
          ...(key === null ? {} : { key: vault.decrypt(placeOf(row.id), key) }),
        }
      : undefined,
  }
}

function madeOf(row: Row): string {
  const { kind, endpoint, tls_ca, tls_certificate, tls_key } = row
  return JSON.stringify([kind, endpoint, tls_ca, tls_certificate, tls_key?.toString('base64')])
}

function placeOf(id: string): string {
  return `workspace_providers.tls_key:${id}`
}

import type { Platform } from '../platform/platform.ts'
import { ProviderFailure, type WorkspaceProvider } from '../provider/provider.ts'
import type { ProviderConnection } from '../provider/providers.ts'
import * as providers from './store.ts'
import type { ProviderRecord } from './workspace-provider.ts'

const patienceMilliseconds = 20_000
const againMilliseconds = 30_000
const lookingMilliseconds = 600_000

/** How a provider was found, as its columns. */
export interface Status {
  readonly status: 'ready' | 'error'
  readonly status_reason: string
  readonly status_version?: string
  readonly cpu_cores?: number
  readonly memory_bytes?: number
  readonly unenforced?: string
  readonly checked_at: Date
  readonly check_at: Date
}

/** The same, of one of which it has only been found what it is. */
type Found = Status & Partial<Pick<ProviderRecord, 'kind' | 'endpoint'>>

/** When a provider is asked again. */
export function nextCheck(now: Date): Date {
  return new Date(now.getTime() + againMilliseconds)
}

/** Asks a provider that is perhaps not kept yet how it is. */
export async function askCandidate(
  platform: Platform,
  connection: ProviderConnection,
): Promise<Status> {
  return statusBy(platform, async () => {
    const provider = await platform.providers.open(connection)
    return { provider, done: () => provider.close() }
  })
}

/**
 * Asks a provider that is kept how it is. Of the built-in one it may not be known yet what it is: then
 * it is looked for.
 */
export async function askKept(
  platform: Platform,
  provider: Pick<ProviderRecord, 'id' | 'kind' | 'endpoint'>,
): Promise<Found> {
  const { id, kind, endpoint } = provider
  if (kind === 'engine' && endpoint === '') return look(platform, provider)
  return statusBy(platform, async () => ({
    provider: await platform.providers.of(id),
    done: () => Promise.resolve(),
  }))
}

async function look(
  platform: Platform,
  unknown: Pick<ProviderRecord, 'id' | 'endpoint'>,
): Promise<Found> {
  const now = platform.clock.now()
  // Installing an engine takes its time: meanwhile no other process begins it too.
  const later = new Date(now.getTime() + lookingMilliseconds)
  await providers.setStatus(platform.db, unknown, { check_at: later })
  try {
    const found = await platform.providers.discover()
    const status = await askCandidate(platform, found)
    return { kind: found.kind, endpoint: found.endpoint, ...status }
  } catch (error) {
    return failedStatus(platform, error)
  }
}

interface Borrowed {
  readonly provider: WorkspaceProvider
  readonly done: () => Promise<void>
}

async function statusBy(platform: Platform, borrow: () => Promise<Borrowed>): Promise<Status> {
  try {
    return readyStatus(platform, await inTime(askBorrowed(borrow)))
  } catch (error) {
    return failedStatus(platform, error)
  }
}

async function askBorrowed(borrow: () => Promise<Borrowed>) {
  const { provider, done } = await borrow()
  try {
    return await provider.health()
  } finally {
    await done()
  }
}

function readyStatus(
  { clock }: Platform,
  { version, capacity, unenforced }: Awaited<ReturnType<WorkspaceProvider['health']>>,
): Status {
  const now = clock.now()
  return {
    status: 'ready',
    status_reason: '',
    status_version: version,
    cpu_cores: capacity.cpuCores,
    memory_bytes: capacity.memoryBytes,
    unenforced: JSON.stringify(unenforced),
    checked_at: now,
    check_at: nextCheck(now),
  }
}

/** What is known of a provider that cannot run workspaces; what it was before stays known. */
function failedStatus({ clock, log }: Platform, error: unknown): Status {
  if (!(error instanceof ProviderFailure)) log.error({ err: error }, 'providers.check_failed')
  const reason =
    error instanceof ProviderFailure
      ? error.message
      : 'The check failed for a reason that is in the log of the server'
  const now = clock.now()
  return { status: 'error', status_reason: reason, checked_at: now, check_at: nextCheck(now) }
}

async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const seconds = patienceMilliseconds / 1000
      reject(
        new ProviderFailure(
          'unreachable',
          `There was no answer within ${seconds} seconds: check that it runs`,
        ),
      )
    }, patienceMilliseconds)
  })
  try {
    return await Promise.race([asked, late])
  } finally {
    clearTimeout(timer)
  }
}

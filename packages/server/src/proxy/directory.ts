import type { DevUrlRecord } from '../dev-urls/dev-url.ts'
import type { WorkspaceStatus } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import { findDestination } from './store.ts'

/** Where a dev URL leads, as far as the database says. */
export type Destination = Pick<
  DevUrlRecord,
  | 'id'
  | 'label'
  | 'port'
  | 'scheme'
  | 'access'
  | 'user_id'
  | 'username'
  | 'organization_id'
  | 'workspace_id'
  | 'workspace_name'
> & {
  readonly status: WorkspaceStatus
  readonly provider_id: string
}

/** The dev URLs by the first part of their host; what is remembered is as the database says now. */
export interface Directory {
  find(label: string): Promise<Destination | undefined> | Destination
}

const maxEntries = 20_000

/**
 * Remembers destinations while `signals` vouches that every change reaches this process; otherwise
 * each request asks the database. What is not there is never remembered.
 */
export function createDirectory({ db, signals }: Platform): Directory {
  const known = new Map<string, Destination>()
  // Raised by each change: what was read before one is never kept after it.
  let generation = 0

  const forget = (concerns: (one: Destination) => boolean): void => {
    generation++
    for (const [label, destination] of known) if (concerns(destination)) known.delete(label)
  }
  signals.on('workspaces', ({ ids }) => {
    forget((one) => ids.includes(one.workspace_id))
  })
  signals.on('access', ({ users }) => {
    forget((one) => users === 'all' || users.includes(one.user_id))
  })
  signals.onDoubt(() => {
    forget(() => true)
  })

  const read = async (label: string, trusted: boolean): Promise<Destination | undefined> => {
    const before = generation
    const destination = await findDestination(db, label)
    if (destination !== undefined && trusted && before === generation) {
      if (known.size >= maxEntries) known.clear()
      known.set(label, destination)
    }
    return destination
  }

  return {
    find(label) {
      const trusted = signals.trusted()
      return (trusted ? known.get(label) : undefined) ?? read(label, trusted)
    },
  }
}

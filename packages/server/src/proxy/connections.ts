import type { Platform } from '../platform/platform.ts'
import { noteConnections } from './store.ts'

const everyMilliseconds = 60_000
const flushMilliseconds = 5_000

/** Notes which workspaces somebody uses, for what they are stopped by when nobody does. */
export interface Connections {
  note(workspaceId: string): void
  close(): Promise<void>
}

/** Writes at most once a minute for each workspace, and off the way of requests. */
export function createConnections({ db, clock, log }: Platform): Connections {
  const noted = new Map<string, number>()
  const pending = new Set<string>()

  const flush = async (): Promise<void> => {
    if (pending.size === 0) return
    const ids = [...pending]
    pending.clear()
    await noteConnections(db, ids, clock.now()).catch((error: unknown) => {
      log.warn({ err: error }, 'proxy.note_failed')
    })
  }
  const timer = setInterval(() => void flush(), flushMilliseconds)

  return {
    note(workspaceId) {
      const now = clock.now().getTime()
      if (now - (noted.get(workspaceId) ?? -Infinity) < everyMilliseconds) return
      if (noted.size > 10_000) noted.clear()
      noted.set(workspaceId, now)
      pending.add(workspaceId)
    },
    async close() {
      clearInterval(timer)
      await flush()
    },
  }
}

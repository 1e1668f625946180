import type { Platform } from '../platform/platform.ts'
import { workspaceOwners } from './store.ts'

/** Whose workspaces changed: enough to decide who may hear of it. */
export type WorkspaceNews = readonly {
  readonly ownerId: string
  readonly organizationId: string
}[]

/** A build writes many lines a second; pages need not ask as often. */
const pauseMilliseconds = 1_000
const maxRemembered = 10_000

/**
 * Tells of changed workspaces: of the first at once, of more a moment later and together. Answers how
 * to stop.
 */
export function watchWorkspaces(
  platform: Platform,
  tell: (news: WorkspaceNews) => void,
): () => void {
  const { db, signals, log } = platform
  /** Of workspaces that are deleted the database knows no more than this. */
  const remembered = new Map<string, WorkspaceNews[number]>()
  let changed = new Set<string>()
  let pause: NodeJS.Timeout | undefined

  const look = async (ids: readonly string[]): Promise<void> => {
    const rows = await workspaceOwners(db, ids)
    if (remembered.size > maxRemembered) remembered.clear()
    const found = new Map(rows.map(({ id, ...news }) => [id, news]))
    for (const [id, news] of found) remembered.set(id, news)
    const news = ids.flatMap((id) => found.get(id) ?? remembered.get(id) ?? [])
    for (const id of ids) if (!found.has(id)) remembered.delete(id)
    tell(news)
  }
  const flush = (): void => {
    const ids = [...changed]
    changed = new Set()
    pause = undefined
    if (ids.length === 0) return
    pause = setTimeout(flush, pauseMilliseconds)
    look(ids).catch((error: unknown) => {
      log.warn({ err: error }, 'events.news_failed')
    })
  }
  signals.on('workspaces', ({ ids }) => {
    for (const id of ids) changed.add(id)
    if (pause === undefined) flush()
  })
  return () => {
    clearTimeout(pause)
  }
}

import type { Platform } from '../platform/platform.ts'
import { nextChange } from './store.ts'

/** Timers hold no longer waits than this; the rest is waited for again. */
const longestWait = 24 * 60 * 60 * 1000

/**
 * Tells open pages when a banner begins or ends by the clock, as they are told of every change.
 * Each server process does so for its own pages.
 */
export function announceOnTime(platform: Platform): { stop(): void } {
  const { db, clock, signals, log } = platform
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let latest = 0

  const plan = async (): Promise<void> => {
    const mine = ++latest
    const now = clock.now()
    const at = await nextChange(db, now)
    // Asked again meanwhile: that answer is newer.
    if (stopped || mine !== latest) return
    clearTimeout(timer)
    if (at === undefined) return
    const wait = Date.parse(at) - now.getTime()
    timer = setTimeout(
      () => {
        if (wait > longestWait) planLater()
        // Every process hears it, plans anew, and tells its pages.
        else signals.send(db, 'banners', {}).catch(failed)
      },
      Math.min(wait, longestWait),
    )
    timer.unref()
  }
  const failed = (error: unknown): void => {
    log.warn({ err: error }, 'banners.schedule_failed')
  }
  const planLater = (): void => {
    if (!stopped) plan().catch(failed)
  }

  signals.on('banners', planLater)
  signals.onDoubt(planLater)
  planLater()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

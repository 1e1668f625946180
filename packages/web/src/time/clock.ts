import { useMemo, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined
let now = new Date()

function tick() {
  now = new Date()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  timer ??= setInterval(tick, 30_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(timer)
      timer = undefined
    }
  }
}

/**
 * The present, renewed twice a minute by one timer for the whole page, and when the moment that is
 * told changes: what has just happened must not lie ahead of the last tick.
 */
export function useNow(moment?: string | null): Date {
  const ticked = useSyncExternalStore(subscribe, () => now)
  return useMemo(() => new Date(), [moment, ticked])
}

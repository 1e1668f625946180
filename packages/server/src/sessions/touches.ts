import type { FastifyInstance } from 'fastify'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from './principal.ts'
import { touch } from './store.ts'

const everyMilliseconds = 60_000
const flushMilliseconds = 5_000

/**
 * Answers what notes that a session or key is in use: at most once a minute each, and off the
 * request's way.
 */
export function startTouches(
  app: FastifyInstance,
  platform: Platform,
): (principal: Principal) => void {
  const touched = new WeakMap<Principal, number>()
  let pending = new Map<string, { userId: string; kind: string; id: string }>()

  const note = (principal: Principal): void => {
    const now = platform.clock.now().getTime()
    if (now - (touched.get(principal) ?? -Infinity) < everyMilliseconds) return
    touched.set(principal, now)
    const { kind, id } = principal.credential
    pending.set(id, { userId: principal.user.id, kind, id })
  }

  const flush = async (): Promise<void> => {
    if (pending.size === 0) return
    const seen = [...pending.values()]
    pending = new Map()
    try {
      await touch(platform.db, seen, platform.clock.now())
    } catch (error) {
      platform.log.warn({ err: error }, 'touches.failed')
    }
  }
  const timer = setInterval(() => void flush(), flushMilliseconds)
  app.addHook('onClose', async () => {
    clearInterval(timer)
    await flush()
  })
  return note
}

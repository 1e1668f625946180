import type { Log } from '../platform/platform.ts'

export interface Repeating {
  /** Waits for what is under way, and begins nothing else. */
  stop(): Promise<void>
}

/**
 * Does what is due, again and again with a pause between, until it is stopped; what fails is logged
 * and tried again. `work` is told how to see that it should end.
 */
export function repeat(
  log: Log,
  failure: string,
  pauseMilliseconds: number,
  work: (isStopped: () => boolean) => Promise<void>,
): Repeating {
  let stopped = false
  let wake: (() => void) | undefined
  const isStopped = (): boolean => stopped
  const run = async (): Promise<void> => {
    while (!isStopped()) {
      try {
        await work(isStopped)
      } catch (error) {
        log.warn({ err: error }, failure)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, isStopped() ? 0 : pauseMilliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  const running = run()
  return {
    async stop() {
      stopped = true
      wake?.()
      await running
    },
  }
}

import type { Tx } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import type { Report } from '../provider/provider.ts'
import * as builds from './build-store.ts'
import { announce } from './builds.ts'
import { printable } from './printable.ts'

type Type = 'stage' | 'substage' | 'error' | 'done'

/** The log of one build, while it runs. */
export interface BuildLog {
  /** A new stage. */
  stage(message: string): void
  /** What goes on within the stage. */
  readonly detail: Report
  /** What went wrong; the build goes on unless it says otherwise. */
  error(message: string): void
  /** Writes what has not been written; afterwards everything is in the database. */
  flush(): Promise<void>
  /** Adds the last lines within the transaction that ends the build; nothing comes after them. */
  close(tx: Tx, lines: readonly { readonly type: Type; readonly message: string }[]): Promise<void>
}

/** Output comes in small pieces: it is written, and told to whoever watches, so often. */
const flushMilliseconds = 200
/** Whoever prints for ever fills no database, and no memory of who reads it. */
const mostLines = 20_000
const mostCharacters = 4_000_000

/** Opens the log of a build at its end. */
export function openLog(platform: Platform, workspaceId: string, buildId: string): BuildLog {
  const { db, clock, log } = platform
  let waiting: { at: Date; type: Type; message: string }[] = []
  let [count, characters, isFull] = [0, 0, false]
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const write = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    // One after the other: each finds the number of its first line.
    writing = writing.then(async () => {
      const lines = waiting
      waiting = []
      if (lines.length === 0) return
      await db.transaction().execute(async (tx) => {
        await builds.appendLog(tx, buildId, lines)
        await announce(tx, platform, [workspaceId])
      })
    })
    return writing
  }
  const later = (): void => {
    timer ??= setTimeout(() => {
      write().catch((error: unknown) => {
        log.warn({ err: error, build: buildId }, 'workspaces.log_failed')
      })
    }, flushMilliseconds)
  }
  const add = (type: Type, message: string): void => {
    if (isFull && type === 'substage') return
    const text = printable(message)
    count++
    characters += text.length
    const overflows = type === 'substage' && (count > mostLines || characters > mostCharacters)
    isFull ||= overflows
    waiting.push({
      at: clock.now(),
      type,
      message: overflows ? 'What else it printed is not kept' : text,
    })
    later()
  }
  return {
    stage: (message) => {
      add('stage', message)
    },
    detail: (message) => {
      add('substage', message)
    },
    error: (message) => {
      add('error', message)
    },
    flush: write,
    async close(tx, lines) {
      clearTimeout(timer)
      await writing.catch(() => undefined)
      const last = lines.map(({ type, message }) => ({
        at: clock.now(),
        type,
        message: printable(message),
      }))
      await builds.appendLog(tx, buildId, [...waiting.splice(0), ...last])
      await announce(tx, platform, [workspaceId])
    },
  }
}

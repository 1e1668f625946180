import type { WebSocket } from 'ws'
import { ProviderFailure, type Running } from '../provider/provider.ts'
import type { Log } from '../platform/platform.ts'
import { createScrollback } from './scrollback.ts'
import type { Size } from './shell.ts'
import { createViewer, type Viewer } from './viewer.ts'

/** A shell in a workspace, which outlives the connection that shows it for a while. */
export interface Terminal {
  /** Shows it here from now on, its last output first; whoever looked at it before is let go. */
  attach(socket: WebSocket, size: Size): void
  readonly attached: boolean
  /** Since when nobody looks, as `performance.now()` counts; undefined while somebody does. */
  readonly leftAt: number | undefined
  /** Ends the shell and what it started; the connection that shows it is closed with this code. */
  end(code?: number): Promise<void>
}

export interface TerminalOptions {
  readonly start: () => Promise<Running>
  /** So long it waits for somebody to come back. */
  readonly patienceMilliseconds: number
  readonly log: Log
  /** It has ended, for whatever reason; called once. */
  readonly onEnd: () => void
}

const normal = 1000
const failed = 1011
/** Somebody opened the same terminal elsewhere (private use of RFC 6455 7.4.2). */
const takenOver = 4409

/** Starts a shell for whoever attaches. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { patienceMilliseconds, log, onEnd } = options
  const scrollback = createScrollback()
  let viewer: Viewer | undefined
  let running: Running | undefined
  let wanted: Size | undefined
  let leftAt: number | undefined
  let patience: NodeJS.Timeout | undefined
  let ended = false

  const finish = (): void => {
    if (ended) return
    ended = true
    clearTimeout(patience)
    onEnd()
  }
  const conclude = (message: Readonly<Record<string, unknown>>, code: number): void => {
    finish()
    viewer?.say(message)
    viewer?.close(code, '')
  }
  const resize = (size: Size): void => {
    wanted = size
    running?.resize(size.columns, size.rows).catch((error: unknown) => {
      // It has just ended, or the engine is away, which the output will tell.
      log.debug({ err: error }, 'terminal.resize_failed')
    })
  }
  const serve = (shell: Running): void => {
    running = shell
    shell.stdout.on('data', (chunk: Buffer) => {
      scrollback.add(chunk)
      if (viewer?.show(chunk) === false) shell.stdout.pause()
    })
    shell.stdout.on('error', (error) => {
      log.debug({ err: error }, 'terminal.output_failed')
    })
    shell.stdin.on('drain', () => viewer?.listen())
    shell.stdin.on('error', (error) => {
      // The shell has ended; its exit follows.
      log.debug({ err: error }, 'terminal.input_failed')
    })
    shell.exit.then(
      (code) => {
        conclude({ exit: code }, normal)
      },
      (error: unknown) => {
        conclude({ problem: reasonOf(error, log) }, failed)
      },
    )
    if (wanted !== undefined) resize(wanted)
    viewer?.listen()
  }
  const started = options.start().then(
    (shell) => {
      if (ended) return shell.kill()
      serve(shell)
      return undefined
    },
    (error: unknown) => {
      conclude({ problem: reasonOf(error, log) }, failed)
    },
  )
  const end = async (code = normal): Promise<void> => {
    finish()
    viewer?.close(code, '')
    await started
    await running?.kill()
  }
  const endSoon = (): void => {
    end().catch((error: unknown) => {
      log.warn({ err: error }, 'terminal.end_failed')
    })
  }
  const leave = (): void => {
    viewer = undefined
    leftAt = performance.now()
    running?.stdout.resume()
    if (ended) return
    patience = setTimeout(endSoon, patienceMilliseconds)
    patience.unref()
  }

  return {
    attach(socket, size) {
      const former = viewer
      clearTimeout(patience)
      const mine: Viewer = createViewer(socket, {
        input: (bytes) => running?.stdin.write(bytes) ?? false,
        resize: (next) => {
          if (viewer === mine) resize(next)
        },
        room: () => running?.stdout.resume(),
        end: endSoon,
        gone: () => {
          if (viewer === mine) leave()
        },
      })
      const again = leftAt !== undefined || former !== undefined
      mine.say({ opened: again ? 'again' : 'new' })
      viewer = mine
      leftAt = undefined
      former?.close(takenOver, 'opened elsewhere')
      // The first one is looked at in the size that it is started in.
      if (again) resize(size)
      if (running === undefined) return
      if (mine.show(scrollback.replay())) running.stdout.resume()
      mine.listen()
    },
    get attached() {
      return viewer !== undefined
    },
    get leftAt() {
      return leftAt
    },
    end,
  }
}

function reasonOf(error: unknown, log: Log): string {
  if (error instanceof ProviderFailure) return error.message
  log.error({ err: error }, 'terminal.failed')
  return 'The terminal could not be opened: the server has failed at this. Try again.'
}

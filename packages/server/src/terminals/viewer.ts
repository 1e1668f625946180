import type { RawData, WebSocket } from 'ws'
import { z } from 'zod'
import type { Size } from './shell.ts'

/** Who looks at a terminal: one WebSocket. */
export interface Viewer {
  /** Answers whether more may be shown now; where not, `room` is called when it may. */
  show(output: Buffer): boolean
  say(message: Readonly<Record<string, unknown>>): void
  /** Lets input come in from now on; until then it waits in the connection. */
  listen(): void
  /** Ends the connection; a second call does nothing. */
  close(code: number, reason: string): void
}

export interface ViewerEvents {
  /** Answers whether more may come now; where not, it is stopped until `listen`. */
  readonly input: (bytes: Buffer) => boolean
  readonly resize: (size: Size) => void
  readonly room: () => void
  /** The page needs the shell no more. */
  readonly end: () => void
  readonly gone: () => void
}

/** So much may be on its way to a page that has not been shown yet. */
const fullBytes = 1024 * 1024
const roomBytes = 256 * 1024
const patienceMilliseconds = 500
const policyViolation = 1008

const Message = z.union([
  z.strictObject({
    columns: z.number().int().min(1).max(1000),
    rows: z.number().int().min(1).max(1000),
  }),
  z.strictObject({ seen: z.number().int().min(0) }),
  z.strictObject({ end: z.literal(true) }),
])

/**
 * Speaks the frames of the contract over a WebSocket. What is sent and not taken is bounded: by what
 * waits in the connection, and, for pages that tell how much they have seen, by what waits in them.
 */
export function createViewer(socket: WebSocket, events: ViewerEvents): Viewer {
  let sent = 0
  /** Undefined until the page tells. */
  let seen: number | undefined
  let waits = false
  socket.pause()

  const waiting = (): number =>
    Math.max(socket.bufferedAmount, seen === undefined ? 0 : sent - seen)
  const look = (): void => {
    if (!waits || waiting() > roomBytes) return
    waits = false
    events.room()
  }
  const close = (code: number, reason: string): void => {
    socket.resume()
    socket.close(code, reason)
    setTimeout(() => {
      socket.terminate()
    }, patienceMilliseconds).unref()
  }
  const obey = (text: string): void => {
    const message = Message.safeParse(parse(text))
    if (!message.success) close(policyViolation, 'send {columns, rows}, {seen} or {end: true}')
    else if ('columns' in message.data) events.resize(message.data)
    else if ('end' in message.data) events.end()
    else {
      // Nobody has seen what was not sent.
      seen = Math.min(message.data.seen, sent)
      look()
    }
  }
  socket.on('message', (data: RawData, isBinary) => {
    // `nodebuffer`, the default of ws: one message is one buffer.
    const bytes = data as Buffer
    if (!isBinary) obey(bytes.toString())
    else if (!events.input(bytes)) socket.pause()
  })
  socket.once('close', events.gone)

  return {
    show(output) {
      if (output.length === 0) return true
      sent += output.length
      socket.send(output, { binary: true }, look)
      waits = waiting() > fullBytes
      return !waits
    },
    say(message) {
      socket.send(JSON.stringify(message))
    },
    listen() {
      if (socket.readyState === socket.OPEN) socket.resume()
    },
    close,
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

import { addressOf, ApiError, type Client, endpoints } from '@atelier/api'
import { problemText } from '../problems/problem-text.ts'

/** How it stands with a terminal and its server. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** The server is not heard; it is asked again by itself. */
  | { readonly kind: 'lost' }
  /** Somebody, perhaps oneself, has opened it elsewhere. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'refused'; readonly reason: string }

export interface ConnectionEvents {
  readonly state: (state: ConnectionState) => void
  /** Output; `shown` is to be called when the reader could see it. */
  readonly output: (bytes: Uint8Array, shown: () => void) => void
  /** The shell is the one from before: its last output comes now, all of it. */
  readonly again: () => void
  /** It is another shell than before. */
  readonly anew: () => void
}

export interface Connection {
  /** Sends what is typed or pasted, in pieces that the way can take; nothing while it is not open. */
  readonly type: (text: string) => void
  resize(columns: number, rows: number): void
  /** Tries again at once; also what was taken elsewhere comes back. */
  reconnect(): void
  /** Leaves; the shell waits for a while. */
  close(): void
  /** Leaves, and ends the shell. */
  end(): void
}

const pieceBytes = 16 * 1024
const fullBytes = 256 * 1024
const tellEvery = 128 * 1024
const mostEarly = 4096
const shortestWait = 400
const longestWait = 8_000
const takenElsewhere = 4409

/** Connects to a shell, and again whenever the connection is lost. */
export function connectTerminal(
  client: Client,
  workspace: string,
  session: string,
  sizeNow: () => { columns: number; rows: number },
  events: ConnectionEvents,
): Connection {
  let socket: WebSocket | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let wait = shortestWait
  let over = false
  /** Whether output of a shell is on the screen. */
  let before = false
  let outbox: Uint8Array[] = []
  /** Typed before there was a shell: fast fingers need not wait for it. */
  let early = ''

  function connect() {
    clearTimeout(retry)
    const query = { session, ...sizeNow() }
    const mine = new WebSocket(
      addressOf(endpoints.terminals.open, { params: { workspace }, query }),
    )
    socket = mine
    mine.binaryType = 'arraybuffer'
    let opened = false
    let seen = 0
    let told = 0
    let last: ConnectionState | undefined

    mine.addEventListener('open', () => {
      // From now on no more is sent than can be shown.
      mine.send(JSON.stringify({ seen: 0 }))
    })
    mine.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== mine) return
      if (typeof data !== 'string') {
        events.output(new Uint8Array(data), () => {
          seen += data.byteLength
          if (seen - told < tellEvery || mine.readyState !== WebSocket.OPEN) return
          told = seen
          mine.send(JSON.stringify({ seen }))
        })
        return
      }
      const message = JSON.parse(data) as { opened?: string; exit?: number; problem?: string }
      if (message.opened !== undefined) {
        opened = true
        wait = shortestWait
        if (before) events[message.opened === 'again' ? 'again' : 'anew']()
        before = true
        events.state({ kind: 'open' })
        send(early)
        early = ''
      } else if (message.exit !== undefined) last = { kind: 'exited', code: message.exit }
      else if (message.problem !== undefined) last = { kind: 'refused', reason: message.problem }
    })
    mine.addEventListener('close', ({ code }) => {
      if (socket !== mine || over) return
      outbox = []
      if (last !== undefined) events.state(last)
      else if (code === takenElsewhere) events.state({ kind: 'elsewhere' })
      else {
        events.state(opened || before ? { kind: 'lost' } : { kind: 'connecting' })
        void findOutWhy(mine)
      }
    })
  }

  /** A WebSocket that is refused does not say why; the same address, asked plainly, does. */
  async function findOutWhy(lost: WebSocket) {
    const reason = await client.terminals
      .open({ params: { workspace }, query: { session } })
      .then(() => undefined)
      .catch((error: unknown) => refusalOf(error))
    if (socket !== lost || over) return
    if (reason !== undefined) {
      events.state({ kind: 'refused', reason })
      return
    }
    retry = setTimeout(connect, wait)
    wait = Math.min(wait * 2, longestWait)
  }

  function flush() {
    if (socket?.readyState !== WebSocket.OPEN) return
    while (outbox.length > 0 && socket.bufferedAmount < fullBytes) {
      const piece = outbox.shift()
      if (piece !== undefined) socket.send(piece as Uint8Array<ArrayBuffer>)
    }
    // There is no event that tells of room.
    if (outbox.length > 0) setTimeout(flush, 20)
  }

  function send(text: string) {
    if (socket?.readyState !== WebSocket.OPEN) return
    const bytes = new TextEncoder().encode(text)
    const waiting = outbox.length > 0
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      outbox.push(bytes.subarray(start, start + pieceBytes))
    }
    if (!waiting) flush()
  }

  connect()
  return {
    type(text) {
      if (before) send(text)
      else early = (early + text).slice(0, mostEarly)
    },
    resize(columns, rows) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ columns, rows }))
    },
    reconnect() {
      const former = socket
      wait = shortestWait
      events.state({ kind: 'connecting' })
      connect()
      former?.close()
    },
    end() {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ end: true }))
      over = true
    },
    close() {
      over = true
      clearTimeout(retry)
      socket?.close()
    },
  }
}

/** Why it will not be opened however often one asks; undefined where asking again makes sense. */
function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return problemText(error)
  // 426: all is well, but this was no WebSocket.
  const transient = error.status === 426 || error.status === 0 || error.status >= 500
  return transient || error.status === 429 ? undefined : error.message
}

import { WebSocket } from 'ws'
import type { Person } from './harness.ts'

/** A page with a terminal, as far as the server can tell. */
export interface TerminalClient {
  readonly socket: WebSocket
  /** All text frames until now. */
  readonly told: readonly Record<string, unknown>[]
  /** All output until now. */
  output(): string
  bytes(): number
  type(text: string): void
  say(message: object): void
  /** Waits until the output matches; answers the match. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Types a line and waits for what its command printed, without what was echoed. */
  run(command: string): Promise<string>
  /** The code that the connection is closed with. */
  readonly closed: Promise<number>
}

export interface TerminalOptions {
  readonly session?: string
  readonly columns?: number
  readonly rows?: number
  /** So many characters of the output are kept; all of it where not given. */
  readonly keep?: number
  /** Instead of the person's session. */
  readonly headers?: Record<string, string>
}

/** The HTTP answer of a server that did not accept a WebSocket. */
export class Refused extends Error {
  readonly status: number
  readonly body: { readonly code: string; readonly title: string }
  constructor(status: number, body: string) {
    super(`${status} ${body}`)
    this.status = status
    this.body = JSON.parse(body) as Refused['body']
  }
}

let count = 0

/** A name of a session that nobody else uses. */
export const freshSession = (): string => `session-${process.pid}-${++count}`

/** Opens a terminal; throws `Refused` where the server does not. */
export async function openTerminal(
  url: string,
  person: Pick<Person, 'token'>,
  workspace: string,
  options: TerminalOptions = {},
): Promise<TerminalClient> {
  const { session = freshSession(), columns = 80, rows = 24, keep = Infinity } = options
  const query = `session=${session}&columns=${columns}&rows=${rows}`
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/api/v0/workspaces/${workspace}/terminal?${query}`,
    { headers: options.headers ?? { 'session-token': person.token } },
  )
  const told: Record<string, unknown>[] = []
  let text = ''
  let received = 0
  const decoder = new TextDecoder()
  const look = new Set<() => void>()
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve)
  })
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      received += data.length
      text += decoder.decode(data, { stream: true })
      if (text.length > 2 * keep) text = text.slice(-keep)
    } else told.push(JSON.parse(data.toString()) as Record<string, unknown>)
    for (const each of look) each()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, answer) => {
      let body = ''
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()))
      answer.once('end', () => {
        reject(new Refused(answer.statusCode ?? 0, body))
      })
    })
  })

  const when = <T>(find: () => T | null): Promise<T> =>
    new Promise((resolve, reject) => {
      const each = (): void => {
        const found = find()
        if (found === null) return
        look.delete(each)
        resolve(found)
      }
      look.add(each)
      void closed.then((code) => {
        each()
        if (look.delete(each)) reject(new Error(`closed with ${code} after: ${text.slice(-500)}`))
      })
      each()
    })
  const until = (pattern: RegExp) => when(() => pattern.exec(text))
  const type = (line: string): void => {
    socket.send(Buffer.from(line))
  }
  await when(() => told[0] ?? null)
  return {
    socket,
    told,
    output: () => text,
    bytes: () => received,
    type,
    say: (message) => {
      socket.send(JSON.stringify(message))
    },
    until,
    run: async (command) => {
      const number = ++count
      // Broken in two, so that the echo of the line is not taken for its output.
      type(`echo "be""gin-${number}"; ${command}; echo "en""d-${number}"\n`)
      const match = await until(new RegExp(`begin-${number}\\r\\n([^]*?)end-${number}\\r\\n`))
      return (match[1] ?? '').replaceAll('\r\n', '\n')
    },
    closed,
  }
}

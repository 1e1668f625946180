import { type ClientRequest, type IncomingMessage, request as ask, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Arrived } from './arrival.ts'
import type { Passage } from './forward.ts'
import { headersFromApp, headersToApp } from './headers.ts'
import type { App, Upstreams } from './upstreams.ts'

/**
 * Asks an app for a WebSocket, and joins both ends when it has agreed: not before, so that nothing
 * that a visitor sends behind their question can pass for another one (request smuggling). What else
 * the app answers is passed on, and then the connection is closed. `active` hears that data came.
 */
export function tunnel(
  upstreams: Upstreams,
  app: App,
  request: IncomingMessage,
  visitor: Duplex,
  head: Buffer,
  arrived: Arrived,
  { failed, active }: { failed: (error: Error) => void; active: () => void },
): Passage {
  let over = false
  let asked: ClientRequest | undefined
  let stream: Duplex | undefined
  const end = (): void => {
    over = true
    asked?.destroy()
    stream?.destroy()
    visitor.destroy()
  }
  visitor.once('close', end)

  const join = (upstream: Duplex, answer: IncomingMessage, begun: Buffer): void => {
    visitor.write(headOf(101, answer))
    if (begun.length > 0) visitor.write(begun)
    if (head.length > 0) upstream.write(head)
    upstream.once('close', end)
    upstream.once('error', end)
    visitor.on('data', active)
    visitor.pipe(upstream)
    upstream.pipe(visitor)
  }

  const send = (upstream: Duplex): void => {
    asked = ask({
      createConnection: () => upstream,
      agent: undefined,
      setHost: false,
      method: 'GET',
      path: request.url ?? '/',
      headers: [
        ...headersToApp(request, arrived),
        ...['Connection', 'Upgrade', 'Upgrade', request.headers.upgrade ?? 'websocket'],
      ],
    })
    asked.once('upgrade', (answer, socket, begun) => {
      if (over) socket.destroy()
      else join(socket, answer, begun)
    })
    asked.once('response', (answer) => {
      visitor.write(headOf(answer.statusCode ?? 502, answer, 'Connection: close\r\n'))
      // Undone from its chunks, it ends where the connection does.
      visitor.once('finish', end)
      answer.pipe(visitor)
      answer.once('error', end)
    })
    asked.once('error', (error) => {
      if (!over) failed(error)
    })
    asked.end()
  }

  upstreams.connect(app).then(
    (connected) => {
      stream = connected
      connected.on('error', () => connected.destroy())
      if (over) connected.destroy()
      else send(connected)
    },
    (error: unknown) => {
      if (!over) failed(error instanceof Error ? error : new Error(String(error)))
    },
  )
  return { end }
}

/** Whether a request for an upgrade is one for a WebSocket as RFC 6455 4.1 wants it, and nothing else. */
export function isWebSocketRequest({ method, headers, httpVersion }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  )
}

function headOf(status: number, answer: IncomingMessage, more = ''): string {
  const headers = headersFromApp(answer.rawHeaders)
  const message = answer.statusMessage ?? STATUS_CODES[status] ?? ''
  let text = `HTTP/1.1 ${status} ${message}\r\n`
  if (status === 101) {
    text += `Connection: Upgrade\r\nUpgrade: ${answer.headers.upgrade ?? 'websocket'}\r\n`
  }
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`
  return `${text}${more}\r\n`
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Arrived } from './arrival.ts'
import { headersFromApp, headersToApp } from './headers.ts'
import type { App, Upstreams } from './upstreams.ts'

/** A request on its way through. */
export interface Passage {
  /** Cuts it off in both directions. */
  end(): void
}

/**
 * Passes a request to an app and its answer back, both as streams that wait for whoever is slower.
 * `failed` is told why there is no answer; an answer that breaks off breaks off here too.
 */
export function forward(
  upstreams: Upstreams,
  app: App,
  request: IncomingMessage,
  response: ServerResponse,
  arrived: Arrived,
  failed: (error: Error) => void,
): Passage {
  let controller: Dispatcher.DispatchController | undefined
  let answered = false
  let written = false
  let over = false
  // Whoever keeps a connection open may close it while we begin to use it: that is asked once more.
  const repeatable = !hasBody(request) && ['GET', 'HEAD', 'OPTIONS'].includes(request.method ?? '')
  let attempts = 0

  const gone = new Error('the visitor has gone')
  const end = (): void => {
    if (over) return
    over = true
    controller?.abort(gone)
  }
  response.on('close', end)
  response.on('drain', () => controller?.resume())

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started
      if (over) started.abort(gone)
    },
    onResponseStart(started, status, _headers, message) {
      // What comes before the answer (RFC 9110 15.2) is for the next hop only.
      if (status < 200) return
      answered = true
      if (over) return
      const raw = started.rawHeaders as readonly Buffer[]
      response.writeHead(status, message ?? '', headersFromApp(raw))
      // An event stream may say nothing for long after its headers; what follows at once goes with them.
      process.nextTick(() => {
        if (!written && !over && !response.writableEnded) response.flushHeaders()
      })
    },
    onResponseData(started, chunk) {
      written = true
      if (!over && !response.write(chunk)) started.pause()
    },
    onResponseEnd(ended) {
      if (over) return
      over = true
      const trailers = ended.rawTrailers as readonly Buffer[] | null
      if (trailers != null && trailers.length > 0) response.addTrailers(pairsOf(trailers))
      response.end()
    },
    onResponseError(_controller, error) {
      if (over) return
      if (!answered && repeatable && attempts < 2 && brokeOff(error)) {
        send()
        return
      }
      over = true
      if (answered) response.destroy()
      else failed(error)
    },
  }
  const headers = headersToApp(request, arrived)
  const options: Dispatcher.DispatchOptions = {
    path: request.url ?? '/',
    method: request.method ?? 'GET',
    headers,
    body: hasBody(request) ? request : null,
  }
  const send = (): void => {
    attempts++
    upstreams.of(app).dispatch(options, handler)
  }
  send()
  return {
    end() {
      end()
      response.destroy()
    },
  }
}

/** Whether a request brings a body (RFC 9112 6.3). */
function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers
  return coding !== undefined || (length !== undefined && length !== '0')
}

function brokeOff(error: Error): boolean {
  const { code } = error as { code?: string }
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function pairsOf(raw: readonly Buffer[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    pairs.push([raw[i]?.toString('latin1') ?? '', raw[i + 1]?.toString('latin1') ?? ''])
  }
  return pairs
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Long enough for a large import over a slow line; without it a body may take for ever. */
const bodyMilliseconds = 60_000
const keepAliveMilliseconds = 72_000

/**
 * A server whose requests `take` sees first, such as those to the hosts of dev URLs; it answers false
 * for those that are for the routes. What it takes may send for as long as it likes.
 */
export function createFrontServer(
  take: (request: IncomingMessage, response: ServerResponse) => boolean,
  routes: Handler,
  patience = bodyMilliseconds,
): Server {
  const server = createServer((request, response) => {
    if (take(request, response)) return
    limitBody(request, response, patience)
    routes(request, response)
  })
  // Node's own limit knows no difference between a form and an upload to an app.
  server.requestTimeout = 0
  server.keepAliveTimeout = keepAliveMilliseconds
  server.setTimeout(0)
  return server
}

function limitBody(request: IncomingMessage, response: ServerResponse, patience: number): void {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  if (coding === undefined && (length === undefined || length === '0')) return
  const limit = setTimeout(() => {
    if (response.headersSent) request.destroy()
    else response.writeHead(408, { connection: 'close' }).end()
  }, patience)
  const settle = (): void => {
    clearTimeout(limit)
  }
  request.once('end', settle)
  request.once('close', settle)
}

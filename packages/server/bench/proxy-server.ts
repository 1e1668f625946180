// A process of the proxy's measurement: an app, or the product with workspaces that all have that app.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { buildApp } from '../src/app.ts'
import { connect } from '../src/db/connect.ts'
import { systemClock } from '../src/platform/clock.ts'
import { joinPlatform } from '../src/platform/start.ts'
import { openVault } from '../src/platform/vault.ts'
import type { WorkspaceProvider } from '../src/provider/provider.ts'

const [, , kind, first = '', appPort = ''] = process.argv
const port = await (kind === 'app' ? app(Number(first)) : product(first, Number(appPort)))
process.send?.({ port })
process.on('disconnect', () => process.exit(0))

/** Answers a page, and on `/large` as many bytes as it is told, as fast as they are taken. */
async function app(large: number): Promise<number> {
  const page = 'x'.repeat(1000)
  const chunk = Buffer.alloc(64 * 1024)
  const server = createServer((request, response) => {
    if (request.url !== '/large') {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': page.length })
      response.end(page)
      return
    }
    response.writeHead(200, { 'content-length': large })
    let left = large
    const more = (): void => {
      while (left > 0) {
        const part = chunk.subarray(0, Math.min(left, chunk.length))
        left -= part.length
        if (!response.write(part)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** The product as `serve` runs it; only what runs workspaces is this machine itself. */
async function product(databaseUrl: string, app: number): Promise<number> {
  const log = pino({ level: 'info' }, { write: () => undefined })
  const connection = connect(databaseUrl, { applicationName: 'bench', log })
  const platform = await joinPlatform(connection, databaseUrl, {
    vault: openVault(Buffer.alloc(32, 7)),
    log,
    version: '1.0.0',
    clock: systemClock,
    dataDir: tmpdir(),
    engine: 'none',
    serves: true,
    undo: [],
  })
  const here: Partial<WorkspaceProvider> = {
    async dial() {
      const socket = dial({ port: app, host: '127.0.0.1', noDelay: true })
      await once(socket, 'connect')
      return socket
    },
  }
  const providers = { ...platform.providers, of: () => Promise.resolve(here as WorkspaceProvider) }
  const server = await buildApp({ ...platform, providers }, { logger: log })
  await server.listen({ host: '127.0.0.1', port: 0 })
  return (server.server.address() as AddressInfo).port
}

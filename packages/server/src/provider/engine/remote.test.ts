import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { timesThrottled, useEngine } from '../../../test/engine.ts'
import { tryProvider } from '../../../test/provider-contract.ts'
import { type Certificate, makeCertificate } from '../../../test/registry.ts'
import { openEngine } from './engine.ts'

// The same engine over TCP with TLS: the server then has nothing but the engine's own interface.

let folder: string
let authority: Certificate
let client: Certificate
let url: string
let close: () => Promise<void>
const open = new Set<Socket>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-tls-'))
  authority = makeCertificate(folder, { names: 'DNS:authority', isAuthority: true })
  const server = makeCertificate(folder, { names: 'IP:127.0.0.1', authority })
  client = makeCertificate(folder, { names: 'DNS:atelier', authority })
  const engine = await useEngine()
  const front = createServer(
    {
      ca: readFileSync(authority.certificate),
      cert: readFileSync(server.certificate),
      key: readFileSync(server.key),
      requestCert: true,
      rejectUnauthorized: true,
      allowHalfOpen: true,
    },
    (socket) => {
      const inner = connect({ path: engine.url.slice('unix://'.length), allowHalfOpen: true })
      socket.pipe(inner).pipe(socket)
      for (const each of [socket, inner]) {
        each.on('error', () => {
          socket.destroy()
          inner.destroy()
        })
      }
    },
  )
  // Also those that never get as far as TLS.
  front.on('connection', (socket: Socket) => open.add(socket))
  await new Promise<void>((resolve) => {
    front.listen(0, '127.0.0.1', resolve)
  })
  url = `tcp://127.0.0.1:${(front.address() as AddressInfo).port}`
  close = () =>
    new Promise((resolve) => {
      for (const each of open) each.destroy()
      front.close(() => {
        resolve()
      })
    })
}, 300_000)
afterAll(async () => {
  await close()
  rmSync(folder, { recursive: true })
})

const trusted = () => ({
  ca: readFileSync(authority.certificate, 'utf8'),
  certificate: readFileSync(client.certificate, 'utf8'),
  key: readFileSync(client.key, 'utf8'),
})

tryProvider('engine on another host', async () => {
  const engine = await useEngine()
  return {
    image: engine.image,
    open: (installationId) => openEngine({ endpoint: { url, tls: trusted() }, installationId }),
    timesThrottled: timesThrottled(engine),
    without: ['disk', 'metadata', 'neighbours'],
    hidden: [engine.url.slice('unix://'.length)],
  }
})

test('an engine that cannot be reached or trusted says why', async () => {
  const other = makeCertificate(folder, { names: 'DNS:other', isAuthority: true })
  const { ca, certificate, key } = trusted()
  for (const [endpoint, message] of [
    [{ url, tls: { ca: readFileSync(other.certificate, 'utf8'), certificate, key } }, /TLS texts/],
    [{ url, tls: { ca } }, /TLS texts/],
    [{ url: 'unix:///nowhere.sock' }, /no engine at unix:\/\/\/nowhere.sock: start it/],
    [{ url: 'tcp://127.0.0.1:1' }, /Nothing answers at tcp:\/\/127.0.0.1:1/],
  ] as const) {
    const provider = openEngine({ endpoint, installationId: randomUUID() })
    await expect(provider.health(), String(message)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(message) as string,
    })
    await provider.close()
  }
})

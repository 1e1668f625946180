import { once } from 'node:events'
import {
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as ask,
  type RequestListener,
  type Server,
} from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { PortClosed, type WorkspaceProvider } from '../src/provider/provider.ts'
import type { Providers } from '../src/provider/providers.ts'
import { type Person, startServer, type TestServer } from './harness.ts'
import { addWorkspace } from './workspace-rows.ts'

/** An app that listens on this machine, and in the test's workspaces on the port that it is given. */
export interface App {
  readonly server: Server
  /** What it was asked, as it came. */
  readonly requests: IncomingMessage[]
  readonly sockets: Set<Socket>
}

/** A server whose workspaces all have the same apps, and ways to visit dev URLs. */
export interface World {
  readonly server: TestServer
  readonly port: number
  readonly owner: Person
  readonly workspace: string
  /** Connections to apps that were made, and fail on purpose where it throws. */
  dialed: number
  beforeDial: () => void
  /** Puts an app on a port of every workspace. */
  app(port: number, listener: RequestListener): Promise<App>
  /** Gives a port an address; answers its label. */
  devUrl(port: number, body?: object): Promise<{ id: string; label: string; origin: string }>
  visit(label: string, visit?: Visit): Promise<Visited>
  open(label: string, visit?: Visit): ClientRequest
  /** Goes the way of a browser from the host to the main one and back; answers its cookies there. */
  signInAt(label: string, person: Person): Promise<string>
  stop(): Promise<void>
}

export interface Visit {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer
  readonly cookie?: string
  /** A browser that goes to a page, and not a program. */
  readonly page?: boolean
  /** The server to ask, where there are several. */
  readonly at?: number
}

export interface Visited {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Starts a server, an owner and their running workspace `dev`. */
export async function startWorld(options: { trustedProxies?: string } = {}): Promise<World> {
  const ports = new Map<number, number>()
  const provider = {
    kind: 'engine',
    async dial(_workspace: string, port: number) {
      world.beforeDial()
      world.dialed++
      const real = ports.get(port)
      if (real === undefined) throw new PortClosed(`nothing listens on ${port}`)
      const socket = connect({ port: real, host: '127.0.0.1', noDelay: true })
      await once(socket, 'connect')
      return socket
    },
  } as unknown as WorkspaceProvider
  const providers: Providers = {
    of: () => Promise.resolve(provider),
    open: () => Promise.resolve(provider),
    discover: () => Promise.reject(new Error('there is nothing to find')),
    close: () => Promise.resolve(),
  }
  const server = await startServer({ ...options, providers })
  const owner = await server.person('site-member', { username: 'Ann' })
  const workspace = await addWorkspace(server, {
    owner: owner.id,
    organization: server.organizationId,
    name: 'dev',
  })
  const port = Number(new URL(server.url).port)
  const apps: App[] = []

  const open = (label: string, visit: Visit = {}): ClientRequest =>
    ask({
      host: '127.0.0.1',
      port: visit.at ?? port,
      method: visit.method ?? 'GET',
      path: visit.path ?? '/',
      agent: false,
      headers: {
        host: `${label}.localhost:${port}`,
        ...(visit.cookie === undefined ? {} : { cookie: visit.cookie }),
        ...(visit.page === true ? { accept: 'text/html' } : {}),
        ...visit.headers,
      },
    })

  const world: World = {
    server,
    port,
    owner,
    workspace,
    dialed: 0,
    beforeDial: () => undefined,
    async app(number, listener) {
      const requests: IncomingMessage[] = []
      const sockets = new Set<Socket>()
      const app = createServer((request, response) => {
        requests.push(request)
        listener(request, response)
      })
      app.on('connection', (socket) => {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
      })
      app.listen(0, '127.0.0.1')
      await once(app, 'listening')
      ports.set(number, (app.address() as AddressInfo).port)
      apps.push({ server: app, requests, sockets })
      return { server: app, requests, sockets }
    },
    async devUrl(number, body = {}) {
      const path = `/api/v0/workspaces/${workspace}/devurls`
      const answer = await owner.send('POST', path, { port: number, ...body })
      if (answer.status !== 201) throw new Error(answer.text)
      const { hostname } = new URL(answer.body.url)
      const label = hostname.replace(/\.localhost$/, '')
      return { id: answer.body.id, label, origin: `http://${label}.localhost:${port}` }
    },
    open,
    async visit(label, visit = {}) {
      const asked = open(label, visit)
      asked.end(visit.body)
      const [answer] = (await once(asked, 'response')) as [IncomingMessage]
      const parts: Buffer[] = []
      for await (const part of answer) parts.push(part as Buffer)
      return {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        text: Buffer.concat(parts).toString(),
      }
    },
    async signInAt(label, person) {
      const began = await world.visit(label, { page: true })
      const nonce = cookieOf(began)
      const main = await fetch(atMain(began.headers.location), {
        redirect: 'manual',
        headers: { cookie: `atelier_session=${person.token}` },
      })
      const back = new URL(main.headers.get('location') ?? '')
      if (!back.hostname.startsWith(label)) throw new Error(`${main.status} ${back.href}`)
      const ended = await world.visit(label, {
        page: true,
        path: back.pathname + back.search,
        cookie: nonce,
      })
      return `${nonce}; ${cookieOf(ended)}`
    },
    async stop() {
      await server.stop()
      for (const { server: app, sockets } of apps) {
        for (const socket of sockets) socket.destroy()
        app.close()
      }
    },
  }
  return world
}

/** An address of the main host, where the test reaches it. */
export function atMain(location: string | undefined): string {
  const url = new URL(location ?? '')
  url.hostname = '127.0.0.1'
  return url.href
}

/** The cookies that an answer sets, as a browser sends them back. */
export function cookieOf({ headers }: Visited): string {
  return (headers['set-cookie'] ?? []).map((cookie) => cookie.split(';', 1)[0]).join('; ')
}

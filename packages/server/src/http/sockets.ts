import type { Endpoint } from '@atelier/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { changePasswordFirst, type Context } from '../context.ts'
import { Fault } from '../faults.ts'
import type { Principal } from '../sessions/principal.ts'
import { signInAgain } from '../sessions/principals.ts'
import type { LiveConnections } from './live.ts'
import type { Call } from './route.ts'

/** Takes a connection over before any route sees it, such as that of a dev URL's host. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

interface Upgrade {
  readonly socket: Duplex
  readonly head: Buffer
  accepted: boolean
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()
/** Bytes; a paste is split by the page. */
const maxFrame = 4 * 1024 * 1024

/**
 * Sends requests for an upgrade through the routes, so that they are authenticated, admitted and parsed
 * like any other; a refusal is an HTTP answer, after which the connection is closed.
 */
export function routeUpgrades(app: FastifyInstance, take: TakeUpgrade): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    if (take(request, socket, head)) return
    const upgrade: Upgrade = { socket, head, accepted: false }
    upgrades.set(request, upgrade)
    const response = new ServerResponse(request)
    // `ServerResponse` takes a net.Socket; what it uses of it every stream has.
    response.assignSocket(socket as never)
    response.shouldKeepAlive = false
    response.on('finish', () => {
      if (upgrade.accepted) return
      // Whoever sends more is not waited for: nobody reads it.
      socket.once('finish', () => socket.destroy())
      socket.end()
    })
    app.routing(request, response)
  })
}

/** Whether the request asks for a WebSocket; a plain one is only judged, and answered 426. */
export function wantsUpgrade(request: FastifyRequest): boolean {
  return upgrades.has(request.raw)
}

/**
 * The page of a foreign site may open WebSockets with our cookie: only our own origin may, and a
 * browser always names it (RFC 6455 10.2).
 */
export function refuseForeignSocket(request: FastifyRequest): void {
  if (!wantsUpgrade(request) || !request.byCookie) return
  const { origin, host } = request.headers
  if (origin !== `${request.protocol}://${host ?? ''}`) {
    throw new Fault('session.foreign_origin', 'This request came from a page of another site')
  }
}

export interface Acceptance {
  readonly workspaceId: string
  /** Decides by what the caller may do now; throws where it would not be opened. */
  readonly authorize: (context: Context) => Promise<void>
}

type SocketCall = Pick<Call<Endpoint>, 'request' | 'reply'> & { readonly context: Context }

export interface Sockets {
  /** Upgrades an authorized request, or answers a plain GET with 426. A review that refuses closes it. */
  accept(
    call: SocketCall,
    acceptance: Acceptance,
    serve: (socket: WebSocket, review: () => Promise<void>) => void,
  ): FastifyReply
}

/** Closed because what allowed it is no more (RFC 6455 7.4.2, private use). */
export const accessEnded = 4403
const goingAway = 1001
const patienceMilliseconds = 500
/** Below the minute after which proxies in between give up on a silent connection. */
const beatMilliseconds = 25_000

/** Opens WebSockets that live no longer than what allowed them; `find` tells who holds a token now. */
export function createSockets(
  live: LiveConnections,
  find: (token: string) => Promise<Principal | undefined> | Principal | undefined,
  tokenOf: (request: FastifyRequest) => string,
): Sockets {
  const server = new WebSocketServer({ noServer: true, maxPayload: maxFrame })
  return {
    accept({ context, request, reply }, { workspaceId, authorize }, serve) {
      const upgrade = upgrades.get(request.raw)
      if (upgrade === undefined) {
        throw new Fault('request.upgrade_required', 'Ask for a WebSocket here')
      }
      const token = tokenOf(request)
      const review = async (): Promise<void> => {
        const principal = await find(token)
        if (principal === undefined) throw signInAgain()
        if (principal.user.temporaryPassword) throw changePasswordFirst()
        await authorize({ ...context, principal })
      }
      reply.hijack()
      upgrade.accepted = true
      reply.raw.detachSocket(upgrade.socket as never)
      server.handleUpgrade(request.raw, upgrade.socket, upgrade.head, (socket) => {
        const end = (why: unknown): void => {
          const refused = why instanceof Fault
          socket.close(refused ? accessEnded : goingAway, refused ? 'access ended' : 'try again')
          // Whoever does not answer the closing handshake is not waited for.
          setTimeout(() => {
            socket.terminate()
          }, patienceMilliseconds).unref()
        }
        const userId = context.principal.user.id
        socket.on('close', live.add({ userId, workspaceId, review, end }))
        socket.on('error', () => {
          socket.terminate()
        })
        // What ended between the decision and now was told to nobody.
        review().catch(end)
        keepAlive(socket)
        serve(socket, review)
      })
      return reply
    },
  }
}

/** Keeps proxies in between from giving up, and notices a page that has vanished. */
function keepAlive(socket: WebSocket): void {
  let answered = true
  socket.on('pong', () => (answered = true))
  const beat = setInterval(() => {
    if (!answered) socket.terminate()
    answered = false
    socket.ping()
  }, beatMilliseconds)
  beat.unref()
  socket.once('close', () => {
    clearInterval(beat)
  })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { narrower } from '../dev-urls/dev-url.ts'
import { Fault } from '../faults.ts'
import type { LiveConnections } from '../http/live.ts'
import type { Platform } from '../platform/platform.ts'
import type { PrincipalCache } from '../sessions/cache.ts'
import type { Principal } from '../sessions/principal.ts'
import { createConnections } from './connections.ts'
import type { Destination, Directory } from './directory.ts'
import { isForeign, mayBeForeign } from './foreign.ts'
import { forward, type Passage } from './forward.ts'
import { judge, type Verdict } from './judge.ts'
import * as notices from './notices.ts'
import { answerOwnPath, beginSignIn } from './own-pages.ts'
import { createForOwner, isTyped, ownPortOf } from './own-port.ts'
import { type Notice, redirect, refuseUpgrade, sendNotice, wantsPage } from './pages.ts'
import { createPlaces, ownPaths, type Place } from './places.ts'
import type { HostTokens } from './tokens.ts'
import { isWebSocketRequest, tunnel } from './tunnel.ts'
import { createUpstreams } from './upstreams.ts'
import { createVisitors, type Visitor } from './visitors.ts'

/** What stands before the routes: requests to hosts of dev URLs go to apps in workspaces. */
export interface Proxy {
  /** Takes a request that is for the host of a dev URL; false for every other. */
  take(request: IncomingMessage, response: ServerResponse): boolean
  takeUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  close(): Promise<void>
}

export interface ProxyParts {
  readonly directory: Directory
  readonly tokens: HostTokens
  readonly principals: PrincipalCache
  readonly live: LiveConnections
  readonly noteUse: (principal: Principal) => void
  readonly trustedProxies: string | undefined
}

/** Joins the parts of the proxy. */
export function createProxy(platform: Platform, parts: ProxyParts): Proxy {
  const { directory, tokens, principals, live, noteUse } = parts
  const { settings, providers, log, signals } = platform
  const placeOf = createPlaces(platform, parts.trustedProxies)
  const visitorOf = createVisitors(principals, tokens)
  const connections = createConnections(platform)
  const upstreams = createUpstreams(async ({ provider_id: id, workspace_id: workspace, port }) =>
    (await providers.of(id)).dial(workspace, port),
  )
  signals.on('workspaces', ({ ids }) => {
    upstreams.forget(ids)
  })
  const widest = () => settings.current().dev_url_max_access

  /** Who visits, and what they may: at once where both are remembered. */
  const look = async (place: Place, request: IncomingMessage) => {
    const found = visitorOf(request, place.label, place.secure)
    const visitor = found instanceof Promise ? await found : found
    const judged = judge(directory, place.label, visitor?.principal, widest)
    const verdict = judged instanceof Promise ? await judged : judged
    return {
      visitor,
      verdict,
      remembered: !(found instanceof Promise || judged instanceof Promise),
    }
  }

  /** Ends a passage when it would not begin now. */
  const watch = (
    destination: Destination,
    visitor: Visitor | undefined,
    passage: Passage,
    remembered: boolean,
  ): (() => void) => {
    const review = async (): Promise<void> => {
      const principal = await visitor?.again()
      const verdict = await judge(directory, destination.label, principal, widest)
      if (!leadsTo(verdict, destination)) throw new Fault('access.denied', 'This is not shared now')
    }
    const end = (): void => {
      passage.end()
    }
    const visitorId = visitor?.principal.user.id ?? null
    const workspaceId = destination.workspace_id
    const forget = [live.add({ userId: visitorId, workspaceId, review, end })]
    // Nothing of a user who is suspended stays open to others either.
    if (visitorId !== destination.user_id) {
      forget.push(live.add({ userId: destination.user_id, workspaceId, review, end }))
    }
    // What ended while the database was being asked was told to nobody.
    if (!remembered) review().catch(end)
    return () => {
      for (const each of forget) each()
    }
  }

  /** Why a visitor who may open it is not let through all the same. */
  const objection = (
    place: Place,
    destination: Destination,
    visitor: Visitor | undefined,
    request: IncomingMessage,
    upgrade: boolean,
  ): Promise<Notice | undefined> | Notice | undefined => {
    const off = notices.notRunning(destination, visitor?.principal.user.id, place.host.main)
    if (
      visitor === undefined ||
      narrower(destination.access, widest()) === 'public' ||
      !mayBeForeign(request, place.origin, upgrade)
    ) {
      return off
    }
    const { byBrowser } = visitor
    return isForeign(directory, place, destination, request, { byBrowser, upgrade }).then(
      (foreign) => (foreign ? notices.foreignPage : off),
    )
  }

  const pass = (
    place: Place,
    destination: Destination,
    visitor: Visitor | undefined,
    remembered: boolean,
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    if (visitor !== undefined) noteUse(visitor.principal)
    connections.note(destination.workspace_id)
    const failed = (error: Error): void => {
      log.info({ err: error, dev_url: destination.id }, 'proxy.no_answer')
      sendNotice(request, response, notices.noAnswer(error, destination))
    }
    const passage = forward(upstreams, destination, request, response, place.arrived, failed)
    response.on('close', watch(destination, visitor, passage, remembered))
  }

  /** Nothing is here for this visitor; to an owner, one of their ports may still be. */
  const refuse = async (
    place: Place,
    visitor: Visitor | undefined,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    if (visitor === undefined) {
      if (request.method === 'GET' && wantsPage(request)) beginSignIn(place, request, response)
      else sendNotice(request, response, notices.signIn)
      return
    }
    const { principal } = visitor
    const path = request.url ?? '/'
    const own =
      visitor.byBrowser && request.method === 'GET' && wantsPage(request)
        ? await ownPortOf(platform, place, principal)
        : undefined
    if (own === undefined) sendNotice(request, response, notices.hidden(principal.user.username))
    else if (own.elsewhere !== undefined) redirect(response, own.elsewhere + path)
    else if (isTyped(request)) {
      await createForOwner(platform, request, place, principal, own)
      redirect(response, place.origin + path)
    } else sendNotice(request, response, notices.offer(own.workspace, own.port, path))
  }

  const handle = async (
    place: Place,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const { url = '', method } = request
    if ((!url.startsWith('/') && url !== '*') || method === 'TRACE') {
      sendNotice(request, response, notices.malformed)
      return
    }
    const { visitor, verdict, remembered } = await look(place, request)
    if (url.startsWith(ownPaths)) {
      await answerOwnPath(platform, tokens, place, visitor, request, response)
    } else if (verdict.kind === 'open') {
      const { destination } = verdict
      const asked = objection(place, destination, visitor, request, false)
      const notice = asked instanceof Promise ? await asked : asked
      if (notice !== undefined) sendNotice(request, response, notice)
      else {
        const atOnce = remembered && !(asked instanceof Promise)
        pass(place, destination, visitor, atOnce, request, response)
      }
    } else await refuse(place, visitor, request, response)
  }

  const handleUpgrade = async (
    place: Place,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<Notice | undefined> => {
    if (!isWebSocketRequest(request)) return notices.malformed
    const { visitor, verdict, remembered } = await look(place, request)
    if (verdict.kind === 'sign_in') return notices.signIn
    if (verdict.kind === 'hidden') return notices.hidden(visitor?.principal.user.username)
    const { destination } = verdict
    const notice = await objection(place, destination, visitor, request, true)
    if (notice !== undefined) return notice
    const active = (): void => {
      connections.note(destination.workspace_id)
    }
    active()
    const failed = (error: Error): void => {
      log.info({ err: error, dev_url: destination.id }, 'proxy.no_answer')
      refuseUpgrade(request, socket, notices.noAnswer(error, destination))
    }
    // `objection` may have asked the database: what ended meanwhile is looked for once more.
    const atOnce = remembered && !mayBeForeign(request, place.origin, true)
    const passage = tunnel(upstreams, destination, request, socket, head, place.arrived, {
      failed,
      active,
    })
    socket.on('close', watch(destination, visitor, passage, atOnce))
    return undefined
  }

  return {
    take(request, response) {
      const place = placeOf(request)
      if (place === undefined) return false
      handle(place, request, response).catch((error: unknown) => {
        log.error({ err: error }, 'proxy.failed')
        if (response.headersSent) response.destroy()
        else sendNotice(request, response, notices.outOfOrder)
      })
      return true
    },
    takeUpgrade(request, socket, head) {
      const place = placeOf(request)
      if (place === undefined) return false
      handleUpgrade(place, request, socket, head).then(
        (notice) => {
          if (notice !== undefined) refuseUpgrade(request, socket, notice)
        },
        (error: unknown) => {
          log.error({ err: error }, 'proxy.failed')
          refuseUpgrade(request, socket, notices.outOfOrder)
        },
      )
      return true
    },
    async close() {
      await connections.close()
      await upstreams.close()
    },
  }
}

/** Whether a verdict still lets through to the same port of the same workspace, which runs. */
function leadsTo(verdict: Verdict, { id, port, scheme, workspace_id }: Destination): boolean {
  if (verdict.kind !== 'open') return false
  const now = verdict.destination
  return (
    now.id === id &&
    now.port === port &&
    now.scheme === scheme &&
    now.workspace_id === workspace_id &&
    now.status === 'running'
  )
}

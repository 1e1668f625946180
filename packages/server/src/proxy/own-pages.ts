import type { IncomingMessage, ServerResponse } from 'node:http'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import { cookieName, cookiesNamed, hostCookie } from './cookies.ts'
import { cookiesRefused, foreignPage, hidden } from './notices.ts'
import { createForOwner, ownPortOf } from './own-port.ts'
import { redirect, sendNotice } from './pages.ts'
import { ownPaths, type Place, safePath } from './places.ts'
import { type HostTokens, newNonce, stateOf } from './tokens.ts'
import { nonceCookie, tokenCookie, type Visitor } from './visitors.ts'

const nonceSeconds = 600
const tokenSeconds = 24 * 3600

/**
 * Leads a browser to the main host, whose session decides; it comes back with a code that only this
 * browser can change for a token of this host.
 */
export function beginSignIn(
  place: Place,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { host, label, secure } = place
  // Several tabs share one secret: each of them can end what it began.
  const [known] = cookiesNamed(request.headers.cookie, cookieName(nonceCookie, secure))
  const nonce = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newNonce()
  const query = new URLSearchParams({
    host: label,
    state: stateOf(nonce),
    path: safePath(request.url ?? null),
  })
  redirect(response, `${host.main}/dev-url-auth?${query.toString()}`, [
    hostCookie(nonceCookie, nonce, nonceSeconds, secure),
  ])
}

/** Answers what is beneath `/_atelier/` on the host of a dev URL. */
export async function answerOwnPath(
  platform: Platform,
  tokens: HostTokens,
  place: Place,
  visitor: Visitor | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', place.origin)
  const to = safePath(url.searchParams.get('to'))
  const name = visitor?.principal.user.username
  switch (`${request.method ?? ''} ${url.pathname.slice(ownPaths.length)}`) {
    case 'GET signed-in': {
      const found = await redeem(tokens, place, request, url.searchParams.get('code') ?? '')
      if (found === undefined) sendNotice(request, response, cookiesRefused)
      else {
        const arrived = new URLSearchParams({ to: found.path })
        redirect(response, `${place.origin}${ownPaths}arrived?${arrived.toString()}`, [
          hostCookie(tokenCookie, found.token, tokenSeconds, place.secure),
        ])
      }
      return
    }
    case 'GET arrived':
      // The browser shows here that it keeps the cookie: otherwise it would be led in a circle.
      if (visitor === undefined) sendNotice(request, response, cookiesRefused)
      else redirect(response, `${place.origin}${to}`)
      return
    case 'POST create': {
      if (request.headers.origin !== place.origin) {
        sendNotice(request, response, foreignPage)
        return
      }
      await create(platform, place, visitor, request, response, to)
      return
    }
    default:
      sendNotice(request, response, hidden(name))
  }
}

async function redeem(tokens: HostTokens, place: Place, request: IncomingMessage, code: string) {
  const name = cookieName(nonceCookie, place.secure)
  for (const nonce of cookiesNamed(request.headers.cookie, name)) {
    const found = await tokens.redeem(place.label, code, nonce)
    if (found !== undefined) return found
  }
  return undefined
}

async function create(
  platform: Platform,
  place: Place,
  visitor: Visitor | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  to: string,
): Promise<void> {
  const own =
    visitor?.byBrowser === true ? await ownPortOf(platform, place, visitor.principal) : undefined
  if (visitor === undefined || own === undefined) {
    sendNotice(request, response, hidden(visitor?.principal.user.username))
    return
  }
  try {
    if (own.elsewhere === undefined) {
      await createForOwner(platform, request, place, visitor.principal, own)
    }
    redirect(response, `${own.elsewhere ?? place.origin}${to}`)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const title = 'The dev URL could not be created'
    sendNotice(request, response, { code: error.code, title, text: [error.message] })
  }
}

import type { IncomingMessage } from 'node:http'
import type { PrincipalCache } from '../sessions/cache.ts'
import type { Principal } from '../sessions/principal.ts'
import { cookieName, cookiesNamed } from './cookies.ts'
import type { HostTokens } from './tokens.ts'

export const tokenCookie = 'atelier_dev_url'
export const nonceCookie = 'atelier_dev_url_state'
/** Of programs: an API token (api-v0.md 1.2). */
const programCookie = 'devurl_session'

/** Who opens a dev URL, and how to find out again whether they still are somebody. */
export interface Visitor {
  readonly principal: Principal
  /** By a cookie that only browsers get, and send by themselves. */
  readonly byBrowser: boolean
  /** The same credential, judged now. */
  readonly again: () => Promise<Principal | undefined> | Principal | undefined
}

type Found = Promise<Visitor | undefined> | Visitor | undefined

/** Finds out who sends a request to the host of a dev URL: a host token first, then a program's. */
export function createVisitors(
  principals: PrincipalCache,
  tokens: HostTokens,
): (request: IncomingMessage, label: string, secure: boolean) => Found {
  return (request, label, secure) => {
    const { cookie } = request.headers
    if (cookie === undefined) return undefined
    for (const token of cookiesNamed(cookie, cookieName(tokenCookie, secure))) {
      const read = tokens.read(label, token)
      if (read === undefined) continue
      const again = () => principals.findHolder(read.sessionId)
      return visitorOf(again(), true, again)
    }
    for (const token of cookiesNamed(cookie, programCookie)) {
      const again = () => principals.find(token)
      return visitorOf(again(), false, again)
    }
    return undefined
  }
}

function visitorOf(
  found: Promise<Principal | undefined> | Principal | undefined,
  byBrowser: boolean,
  again: Visitor['again'],
): Found {
  if (found instanceof Promise) return found.then((one) => visitorOf(one, byBrowser, again))
  // Whoever has a temporary password can only change it (access-control.md 4.4).
  if (found === undefined || found.user.temporaryPassword) return undefined
  return { principal: found, byBrowser, again }
}

import type { IncomingMessage } from 'node:http'
import { devUrlHost, type DevUrlHost, labelIn, originOf } from '../dev-urls/address.ts'
import type { Platform } from '../platform/platform.ts'
import { type Arrived, arrivals } from './arrival.ts'

/** The host of a dev URL, whether there is one or not, and how a request reached it. */
export interface Place {
  readonly arrived: Arrived
  readonly host: DevUrlHost
  readonly label: string
  /** As a browser names it. */
  readonly origin: string
  readonly secure: boolean
}

type Known = Omit<Place, 'arrived'>
const maxKnown = 10_000
/** Longer than any name of DNS with its port: such a host is none, and is not remembered. */
const longestHost = 300

/** Answers how to tell requests to hosts of dev URLs from all others, for which it is undefined. */
export function createPlaces(
  { settings }: Platform,
  trustedProxies: string | undefined,
): (request: IncomingMessage) => Place | undefined {
  const arrivedAt = arrivals(trustedProxies)
  // Every request asks, those of the main host too, and few hosts are asked for.
  let known = new Map<string, Known | undefined>()
  let of = settings.current()

  const look = (arrived: Arrived): Known | undefined => {
    const host = devUrlHost(of, arrived)
    const label = host && labelIn(host, arrived.host)
    if (host === undefined || label === undefined) return undefined
    return { host, label, origin: originOf(host, label), secure: host.scheme === 'https' }
  }

  return (request) => {
    const arrived = arrivedAt(request)
    if (arrived.host.length > longestHost) return undefined
    const current = settings.current()
    if (current !== of || known.size >= maxKnown) {
      known = new Map()
      of = current
    }
    const key = `${arrived.protocol} ${arrived.host}`
    let found = known.get(key)
    if (found === undefined && !known.has(key)) {
      found = look(arrived)
      known.set(key, found)
    }
    return found && { ...found, arrived }
  }
}

/** A path of an app as it may stand in an address of ours; `/` for what leads anywhere else. */
export function safePath(path: string | null): string {
  if (path === null || path.length > 4096 || !/^\/(?![/\\])/.test(path)) return '/'
  const base = 'http://app.invalid'
  if (/[\p{Cc}\\]/u.test(path) || !URL.canParse(path, base)) return '/'
  const url = new URL(path, base)
  const good =
    url.origin === base && !url.pathname.startsWith('//') && !url.pathname.startsWith(ownPaths)
  return good ? url.pathname + url.search : '/'
}

/** Beneath it, on every host of a dev URL, the platform itself answers. */
export const ownPaths = '/_atelier/'

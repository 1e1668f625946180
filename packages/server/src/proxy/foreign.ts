import type { IncomingMessage } from 'node:http'
import { labelIn } from '../dev-urls/address.ts'
import type { Destination, Directory } from './directory.ts'
import type { Place } from './places.ts'

/**
 * Whether the page of somebody else makes a visitor's browser send this: an app of another user, on a
 * sibling host, is as foreign as any other site. Apps of the same owner may use each other.
 */
export async function isForeign(
  directory: Directory,
  { host, origin: own }: Place,
  { user_id: owner }: Destination,
  { headers, method }: IncomingMessage,
  { byBrowser, upgrade }: { readonly byBrowser: boolean; readonly upgrade: boolean },
): Promise<boolean> {
  const { origin } = headers
  if (origin === own) return false
  if (origin === undefined) {
    if (!byBrowser) return false
    const site = headers['sec-fetch-site']
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(method ?? '')
    // A browser always says where a WebSocket comes from (RFC 6455 10.2).
    return upgrade || (changes && (site === 'same-site' || site === 'cross-site'))
  }
  if (!URL.canParse(origin)) return true
  const { hostname, protocol } = new URL(origin)
  const sibling = protocol === `${host.scheme}:` ? labelIn(host, hostname) : undefined
  if (sibling === undefined) return true
  return (await directory.find(sibling))?.user_id !== owner
}

/** Whether there is anything to ask `isForeign`: nearly every request comes from its own page. */
export function mayBeForeign(
  { headers, method }: IncomingMessage,
  own: string,
  upgrade: boolean,
): boolean {
  const { origin } = headers
  if (origin === undefined) return upgrade || (method !== 'GET' && method !== 'HEAD')
  return origin !== own
}

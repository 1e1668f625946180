import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
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
  const { origin, referer } = headers
  if (origin === own) return false
  if (origin !== undefined) return !(await isSiblingOf(owner, origin, host, directory))
  if (!byBrowser) return false
  // A browser always says where a WebSocket comes from (RFC 6455 10.2).
  if (upgrade) return true
  if (!isFromElsewhere(headers)) return false
  if (!isReading(method)) return true
  // Cookies go along with what a page of a sibling host has in itself: who it is of, the referrer tells.
  if (isVisit(headers)) return false
  return referer === undefined || !(await isSiblingOf(owner, referer, host, directory))
}

/** Whether an address is that of an app of the same owner. */
async function isSiblingOf(
  owner: string,
  address: string,
  host: Place['host'],
  directory: Directory,
): Promise<boolean> {
  if (!URL.canParse(address)) return false
  const { hostname, protocol } = new URL(address)
  const sibling = protocol === `${host.scheme}:` ? labelIn(host, hostname) : undefined
  return sibling !== undefined && (await directory.find(sibling))?.user_id === owner
}

function isFromElsewhere({ 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site === 'same-site' || site === 'cross-site'
}

function isReading(method = ''): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method)
}

/** Whether a person is led here, with nothing of the page that they come from around it. */
function isVisit(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
}

/** Whether there is anything to ask `isForeign`: nearly every request comes from its own page. */
export function mayBeForeign(
  { headers, method }: IncomingMessage,
  own: string,
  upgrade: boolean,
): boolean {
  const { origin } = headers
  if (origin !== undefined) return origin !== own
  return upgrade || !isReading(method) || (isFromElsewhere(headers) && !isVisit(headers))
}

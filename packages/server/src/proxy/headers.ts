import type { IncomingMessage } from 'node:http'
import type { Arrived } from './arrival.ts'
import { foreignCookies, ownHostCookie } from './cookies.ts'

// Headers are lists of names and values in turn, as they came: an app may care for case and order.

/** Of one connection, and none of the next one's business (RFC 9110 7.6.1). */
const ofOneHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What an app is never told, or by us only. */
const neverToApp = new Set([
  'expect',
  'forwarded',
  'session-token',
  'x-csrf-token',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
])

/** The form of our API keys; somebody who sends one to an app has mistaken it for the API. */
const ourBearer = /^bearer\s+[A-Za-z0-9]{10}-[A-Za-z0-9]{22}\s*$/i

/** What the app is sent of a request's headers: all of the visitor's own, none of our secrets. */
export function headersToApp(request: IncomingMessage, arrived: Arrived): string[] {
  const { rawHeaders, headers } = request
  const named = namedIn(headers.connection)
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]]
    const lower = name.toLowerCase()
    if (ofOneHop.has(lower) || neverToApp.has(lower) || named?.includes(lower) === true) continue
    if (lower === 'cookie') {
      const cookies = foreignCookies(value)
      if (cookies !== '') kept.push(name, cookies)
    } else if (lower !== 'authorization' || !ourBearer.test(value)) {
      kept.push(name, value)
    }
  }
  kept.push('X-Forwarded-For', arrived.forwardedFor)
  kept.push('X-Forwarded-Host', arrived.host)
  kept.push('X-Forwarded-Proto', arrived.protocol)
  return kept
}

/** What the visitor is sent of an app's headers. */
export function headersFromApp(raw: readonly (string | Buffer)[]): string[] {
  const connection = raw.findIndex((name, at) => at % 2 === 0 && is(name, 'connection'))
  const named = connection < 0 ? undefined : namedIn(textOf(raw[connection + 1]))
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [textOf(raw[i]), textOf(raw[i + 1])]
    const lower = name.toLowerCase()
    if (lower === 'set-cookie') {
      const cookie = ownHostCookie(value)
      if (cookie !== undefined) kept.push(name, cookie)
      continue
    }
    // Cookies are cleared for the whole site: an app would sign people out of the platform.
    if (ofOneHop.has(lower) || lower === 'clear-site-data') continue
    if (named?.includes(lower) !== true) kept.push(name, value)
  }
  return kept
}

/** What a `Connection` header names beside the usual, which ends at this hop too. */
function namedIn(connection: string | undefined): readonly string[] | undefined {
  if (connection === undefined || /^(keep-alive|close|upgrade)$/i.test(connection)) return undefined
  return connection.split(',').map((name) => name.trim().toLowerCase())
}

function is(name: string | Buffer, wanted: string): boolean {
  return name.length === wanted.length && textOf(name).toLowerCase() === wanted
}

function textOf(part: string | Buffer | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '')
}

import { lookup } from 'node:dns'
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { failureOf, OutboundFailure } from './failures.ts'
import { isPublic, type Networks } from './networks.ts'

export interface OutboundOptions {
  readonly method?: 'GET' | 'HEAD'
  readonly networks: Networks
  readonly headers: Readonly<Record<string, string>>
  /** Ends the request, also while its answer is being read. */
  readonly signal: AbortSignal
}

export interface OutboundAnswer {
  readonly url: URL
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly message: IncomingMessage
}

const maxRedirects = 5
const redirects = new Set([301, 302, 303, 307, 308])

/**
 * Asks a place that somebody named, and follows where it leads. The address is checked
 * after it was resolved and the connection goes to that very address, for each step anew; credentials
 * stay with the origin that they were for.
 */
export async function get(url: URL, options: OutboundOptions): Promise<OutboundAnswer> {
  let at = url
  let { headers } = options
  for (let steps = 0; ; steps++) {
    const message = await send(at, { ...options, headers })
    const status = message.statusCode ?? 0
    const { location } = message.headers
    if (!redirects.has(status) || location === undefined) {
      return { url: at, status, headers: message.headers, message }
    }
    message.destroy()
    if (steps === maxRedirects || !URL.canParse(location, at.href)) {
      throw new OutboundFailure('failed', `${at.host} redirects without an end: check the address`)
    }
    const next = new URL(location, at)
    if (next.origin !== at.origin) {
      headers = Object.fromEntries(
        Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
      )
    }
    at = next
  }
}

/** Reads an answer to its end, but no more than so many bytes. */
export async function readAnswer(answer: OutboundAnswer, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer.message as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) {
        throw new OutboundFailure('failed', `${answer.url.host} sent more than was asked for`)
      }
      chunks.push(chunk)
    }
  } catch (error) {
    throw failureOf(error, answer.url)
  } finally {
    answer.message.destroy()
  }
  return Buffer.concat(chunks)
}

async function send(url: URL, options: OutboundOptions): Promise<IncomingMessage> {
  const { networks, headers, signal } = options
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundFailure('not_allowed', `${url.protocol}// is no way to reach a registry`)
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // Nothing is resolved for an address, so the hook below is not asked about it.
  if (isIP(host) !== 0) demandAllowed(url, host, [host], networks)
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  try {
    return await new Promise((resolve, reject) => {
      const request = start(url, {
        method: options.method ?? 'GET',
        // A connection of its own: one that was kept would belong to an address of earlier.
        agent: false,
        headers: { ...headers, 'user-agent': 'atelier' },
        signal,
        lookup: checkedLookup(url, host, networks),
      })
      request.once('response', resolve)
      request.once('error', reject)
      request.end()
    })
  } catch (error) {
    // An ended signal says itself why it ended; the request's own error does not.
    throw failureOf(signal.aborted ? signal.reason : error, url)
  }
}

/** Resolves a name, and hands only allowed addresses to the connection: it cannot reach others. */
function checkedLookup(url: URL, host: string, networks: Networks): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, [])
        return
      }
      try {
        const allowed = demandAllowed(
          url,
          host,
          found.map(({ address }) => address),
          networks,
        )
        const left = found.filter(({ address }) => allowed.includes(address))
        const [first] = left
        if (options.all === true) callback(null, left)
        else callback(null, first?.address ?? '', first?.family)
      } catch (refusal) {
        callback(refusal as Error, [])
      }
    })
  }
}

/** Those of a host's addresses that may be contacted; a failure when there is none. */
function demandAllowed(
  url: URL,
  host: string,
  addresses: readonly string[],
  networks: Networks,
): readonly string[] {
  const listed = addresses.filter((address) => networks.lists(host, address))
  if (listed.length > 0) return listed
  const inPublic = addresses.filter(isPublic)
  if (inPublic.length === 0) {
    throw new OutboundFailure(
      'not_allowed',
      `${url.host} is in a private network, which registries may not be in: ask an administrator to list it under Manage > Admin, Private networks that registries may be in`,
    )
  }
  if (url.protocol === 'http:') {
    throw new OutboundFailure(
      'not_allowed',
      `${url.host} would be asked over http, where everybody on the way can read along: use https, or ask an administrator to list its network under Manage > Admin`,
    )
  }
  return inPublic
}

import type { IncomingMessage } from 'node:http'
import { BlockList, isIPv6 } from 'node:net'
import type { Arrival } from '../dev-urls/address.ts'

/** How a request reached us, believing those proxies only that an administrator named. */
export interface Arrived extends Arrival {
  /** Whom it came from, as the app shall be told: addresses from the browser's on. */
  readonly forwardedFor: string
  /** Whom it came from, as far as we can tell. */
  readonly ip: string
}

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** Answers how to tell where a request comes from; `trusted` is what `ATELIER_TRUSTED_PROXIES` says. */
export function arrivals(trusted: string | undefined): (request: IncomingMessage) => Arrived {
  const proxies = trusted === undefined ? undefined : listOf(trusted)
  return (request) => {
    const { headers, socket } = request
    const peer = plainAddress(socket.remoteAddress ?? '')
    const host = headers.host ?? ''
    if (proxies?.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4') !== true) {
      const protocol = 'encrypted' in socket ? 'https' : 'http'
      return { protocol, host, forwardedFor: peer, ip: peer }
    }
    const before = headers['x-forwarded-for']
    return {
      protocol: lastOf(headers['x-forwarded-proto']) === 'https' ? 'https' : 'http',
      host: lastOf(headers['x-forwarded-host']) ?? host,
      forwardedFor: before === undefined ? peer : `${String(before)}, ${peer}`,
      ip: lastOf(before) ?? peer,
    }
  }
}

function listOf(trusted: string): BlockList {
  const list = new BlockList()
  const networks = trusted.split(',').flatMap((each) => named[each.trim()] ?? [each.trim()])
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

/** An IPv4 address as such, also where the socket is of both kinds. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** The entry of the proxy next to us: it knows what the others only claim. */
function lastOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  return String(header).split(',').at(-1)?.trim()
}

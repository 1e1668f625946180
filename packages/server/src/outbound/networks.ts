import { BlockList, isIP } from 'node:net'

/** Where an administrator lets the server send requests beside the public internet. */
export interface Networks {
  /** Whether an address was listed, by its network or by the host that has it. */
  lists(host: string, address: string): boolean
}

/** The first entry that is no network, address or host name; undefined when all are. */
export function findBadEntry(entries: readonly string[]): string | undefined {
  return entries.find((entry) => parse(entry) === undefined)
}

/** Reads the setting; an entry that means nothing lists nothing. */
export function networksOf(entries: readonly string[]): Networks {
  const listed = new BlockList()
  const hosts = new Set<string>()
  for (const entry of entries) {
    const parsed = parse(entry)
    if (parsed === undefined) continue
    if ('host' in parsed) hosts.add(parsed.host)
    else listed.addSubnet(parsed.address, parsed.prefix, parsed.family)
  }
  return {
    lists: (host, address) => {
      if (hosts.has(host.toLowerCase().replace(/\.$/, ''))) return true
      const { family, text } = unmapped(address)
      return listed.check(text, family)
    },
  }
}

/**
 * Whether an address belongs to the public internet. Everything else is somebody's own: this
 * machine, its neighbours, and the addresses where clouds hand out credentials.
 */
export function isPublic(address: string): boolean {
  const { family, text } = unmapped(address)
  if (family === 'ipv4') return !ownIpv4.check(text, 'ipv4')
  return globalIpv6.check(text, 'ipv6') && !ownIpv6.check(text, 'ipv6')
}

type Family = 'ipv4' | 'ipv6'
type Entry = { readonly host: string } | { address: string; prefix: number; family: Family }

const hostName =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/

function parse(entry: string): Entry | undefined {
  const text = entry.trim().toLowerCase()
  const [address = '', length, ...rest] = text.split('/')
  const version = isIP(address)
  if (rest.length > 0) return undefined
  if (version === 0) {
    // A last part of digits alone would be an address that was written wrong.
    const isHost = length === undefined && hostName.test(address) && !/(^|\.)\d+$/.test(address)
    return isHost ? { host: address } : undefined
  }
  const widest = version === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return undefined
  const prefix = length === undefined ? widest : Number(length)
  if (prefix > widest) return undefined
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

/** An IPv4 address in an IPv6 one (mapped, or translated by NAT64) is what it reaches. */
function unmapped(address: string): { family: Family; text: string } {
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) === 4) return { family: 'ipv4', text: plain }
  if (isIP(plain) !== 6) throw new TypeError('not an address')
  const groups = groupsOf(plain)
  const start = groups.slice(0, 6).join(':')
  if (start === '0:0:0:0:0:ffff' || start === '64:ff9b:0:0:0:0') {
    const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16))
    return { family: 'ipv4', text: [high >> 8, high & 255, low >> 8, low & 255].join('.') }
  }
  return { family: 'ipv6', text: plain }
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  // The parser of URLs writes every form of an address in one way.
  const text = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = text.split('::')
  const before = head === '' ? [] : head.split(':')
  if (tail === undefined) return before
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after]
}

function listOf(family: Family, networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}

// The special-purpose registries of IANA (RFC 6890), and one public address that Azure answers from
// the host itself.
const ownIpv4 = listOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
const globalIpv6 = listOf('ipv6', ['2000::/3'])
const ownIpv6 = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

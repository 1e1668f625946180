import { readFileSync } from 'node:fs'

/** The loopback addresses on which something listens, in the network of a process of this host. */
export function loopbackListeners(pid: number, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const found: string[] = []
  for (const [file, addresses] of [
    ['tcp', ipv4],
    ['tcp6', ipv6],
  ] as const) {
    for (const line of linesOf(`/proc/${pid}/net/${file}`)) {
      const [, local = '', , state] = line.trim().split(/\s+/)
      const [address = '', itsPort] = local.split(':')
      if (state !== listening || itsPort !== wanted) continue
      const host = addresses(address)
      if (host !== undefined) found.push(host)
    }
  }
  return found
}

const listening = '0A'

/** Any of 127.0.0.0/8, in the byte order of the machine. */
function ipv4(hex: string): string | undefined {
  if (/^0+$/.test(hex)) return '127.0.0.1'
  const bytes = [...Buffer.from(hex, 'hex')].reverse()
  return bytes[0] === 127 ? bytes.join('.') : undefined
}

function ipv6(hex: string): string | undefined {
  if (/^0+$/.test(hex) || hex === '00000000000000000000000001000000') return '::1'
  // An IPv4 address in IPv6's clothes.
  return /^0{16}0000FFFF/.test(hex) ? ipv4(hex.slice(24)) : undefined
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1)
  } catch {
    return []
  }
}

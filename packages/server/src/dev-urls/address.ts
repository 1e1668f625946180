import type { Settings } from '@atelier/api'
import { isIP } from 'node:net'

/** Where the hosts of dev URLs are, and the main host that people sign in at. */
export interface DevUrlHost {
  readonly scheme: 'http' | 'https'
  /** Between the label and the domain: `-suffix`, or nothing. */
  readonly suffix: string
  readonly domain: string
  /** `:8443`, or nothing where it is the scheme's own. */
  readonly port: string
  /** The origin of the main host. */
  readonly main: string
}

/** How a request reached the server, from which the address follows where no setting says it. */
export interface Arrival {
  readonly protocol: string
  /** With its port, as the browser names it. */
  readonly host: string
}

/** The longest that DNS allows (RFC 1035 2.3.4). */
export const longestLabel = 63

/** Where dev URLs are; undefined where nobody has said, and nothing can be below an IP address. */
export function devUrlHost(
  settings: Pick<Settings, 'access_url' | 'dev_url_host'>,
  arrival: Arrival,
): DevUrlHost | undefined {
  const { access_url: access, dev_url_host: wildcard } = settings
  if (access === null) {
    // Whoever has set nothing tries it on their own machine, where *.localhost works by itself.
    if (wildcard !== null) return undefined
    const scheme = arrival.protocol === 'https' ? 'https' : 'http'
    const port = /:\d{1,5}$/.exec(arrival.host)?.[0] ?? ''
    const main = `${scheme}://localhost${port}`
    return { scheme, suffix: '', domain: 'localhost', port, main }
  }
  const { protocol, hostname, port: number, origin: main } = new URL(access)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  const port = number === '' ? '' : `:${number}`
  if (wildcard === null) {
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) return undefined
    return { scheme, suffix: '', domain: hostname, port, main }
  }
  const [, suffix = '', domain = '', ownPort] =
    /^\*(-[^.:]+)?\.([^:]+)(:\d+)?$/.exec(wildcard) ?? []
  return { scheme, suffix, domain, port: ownPort ?? port, main }
}

/**
 * The label of a dev URL that a host name begins with; undefined for every other host, the main one
 * included. The match is of the whole name: a longer or shorter one that looks alike is another.
 */
export function labelIn(host: DevUrlHost, name: string): string | undefined {
  const hostname = name.toLowerCase().replace(/:\d{1,5}$/, '')
  const end = `${host.suffix}.${host.domain}`
  if (!hostname.endsWith(end) || hostname === new URL(host.main).hostname) return undefined
  const label = hostname.slice(0, -end.length)
  return isLabel(label) ? label : undefined
}

/** Whether a text can be the label of a dev URL, whether there is one or not. */
export function isLabel(text: string): boolean {
  return text.length <= longestLabel && /^[a-z0-9][a-z0-9_-]*--[a-z0-9-]+$/.test(text)
}

/** The origin of a label: `http://8080--dev-ann.localhost:7080`. */
export function originOf({ scheme, suffix, domain, port }: DevUrlHost, label: string): string {
  return `${scheme}://${label}${suffix}.${domain}${port}`
}

interface Named {
  readonly name: string
  readonly port: number
  readonly workspace: string
  readonly username: string
}

/** What the host of a dev URL begins with. Host names know no upper case. */
export function labelOf({ name, port, workspace, username }: Named): string {
  const label = name === '' ? `${port}--${workspace}-${username}` : `${name}--${username}`
  return label.toLowerCase()
}

/** The port of a label of the form `port--workspace-user`, and the rest; undefined for a named one. */
export function portIn(label: string): { port: number; rest: string } | undefined {
  const [, digits = '', rest = ''] = /^([0-9]{1,5})--(.+)$/.exec(label) ?? []
  const port = Number(digits)
  return port >= 1 && port <= 65_535 && String(port) === digits ? { port, rest } : undefined
}

/** Where a registry is, as the program keeps it and as it asks it. */
export interface RegistryAddress {
  /** `host[:port]`, with `http://` before it where there is no TLS. */
  readonly name: string
  /** Where its API begins. */
  readonly url: URL
}

/** The one name of Docker Hub; its API is at another host. */
export const dockerHub = 'index.docker.io'

const dockerHubNames = new Set([
  'dockerhub',
  'docker.io',
  'hub.docker.com',
  'registry.hub.docker.com',
  'registry-1.docker.io',
  dockerHub,
])

/** Reads an address as people write it; undefined for what cannot be one. */
export function parseAddress(text: string): RegistryAddress | undefined {
  const given = text.trim().replace(/\/+$/, '')
  const full = /^https?:\/\//i.test(given) ? given : `https://${given}`
  const isEmpty = /^https?:$/i.test(given)
  if (isEmpty || /[\s\\?#@]/.test(given) || !URL.canParse(full)) return undefined
  const url = new URL(full)
  if (url.hostname === '') return undefined
  // The address that `docker login` writes into its files ends so.
  const isHub = dockerHubNames.has(url.host)
  if (url.pathname !== '/' && !(isHub && /^\/v[12]$/.test(url.pathname))) return undefined
  if (isHub) return { name: dockerHub, url: new URL('https://registry-1.docker.io/') }
  const scheme = url.protocol === 'http:' ? 'http://' : ''
  return { name: `${scheme}${url.host}`, url: new URL('/', url) }
}

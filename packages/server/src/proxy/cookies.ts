/** Cookies that are ours, on whatever host: no app ever sees or sets one. */
const ours = /^(?:(?:__Host-|__Secure-)?atelier_.*|devurl_session)$/i

/** Whether a cookie of this name is the platform's own. */
function isOurs(name: string): boolean {
  return ours.test(name.trim())
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0]?.trim() ?? ''
}

/** What is left of a `Cookie` header for an app; empty where nothing is. */
export function foreignCookies(header: string): string {
  if (!/atelier_|devurl_session/i.test(header)) return header
  return header
    .split(';')
    .filter((pair) => !isOurs(nameOf(pair)))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .join('; ')
}

/** The values of all cookies of a name: a sibling host may have set one beside ours. */
export function cookiesNamed(header: string | undefined, name: string): readonly string[] {
  if (header?.includes(name) !== true) return []
  return header.split(';').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : []
  })
}

/**
 * A cookie that an app sets, for its own host only: with a `Domain` it would reach other dev URLs, and
 * the main host. Undefined where it would take the name of one of ours.
 */
export function ownHostCookie(header: string): string | undefined {
  const [pair = '', ...attributes] = header.split(';')
  if (isOurs(nameOf(pair)) || isOurs(pair)) return undefined
  if (!/domain/i.test(header)) return header
  return [pair, ...attributes.filter((one) => !/^\s*domain\s*(=|$)/i.test(one))].join(';')
}

/** A cookie of ours for this host alone; over https a `__Host-` one, which no other host can set. */
export function hostCookie(name: string, value: string, seconds: number, secure: boolean): string {
  const attributes = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
  return `${cookieName(name, secure)}=${value}; ${attributes}`
}

/** The name that a cookie of ours has over http or https. */
export function cookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name
}

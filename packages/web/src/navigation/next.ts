/**
 * Where to go after signing in. Only a path of this origin is followed: `//evil.example`,
 * `/\evil.example` and control characters, which browsers drop from addresses, lead home.
 */
export function safeNext(next: unknown, origin: string = window.location.origin): string {
  if (typeof next !== 'string' || !next.startsWith('/')) return '/'

  if (/[\u0000-\u0020\u007f\\]/.test(next)) return '/'
  if (!URL.canParse(next, origin)) return '/'
  const url = new URL(next, origin)
  if (url.origin !== origin || url.pathname.startsWith('//')) return '/'
  if (url.pathname === '/sign-in' || url.pathname === '/setup') return '/'
  return url.pathname + url.search + url.hash
}

/** Whether the server itself answers at a path, so that a browser must go there and not a page of ours. */
export function isServers(path: string): boolean {
  return /^\/dev-url-auth(\?|$)/.test(path)
}

/** Goes where somebody was going before they had to sign in. */
export function goOn(next: unknown, push: (path: string) => void): void {
  const path = safeNext(next)
  if (isServers(path)) window.location.assign(path)
  else push(path)
}

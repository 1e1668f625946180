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

import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ProblemCode, problemStatus } from '@atelier/api'

/** What a visitor is told instead of what an app would say. */
export interface Notice {
  readonly code: ProblemCode
  readonly title: string
  /** Sentences, each a paragraph. */
  readonly text: readonly string[]
  readonly action?:
    | { readonly label: string; readonly href: string }
    | { readonly label: string; readonly post: string }
  /** Seconds after which the page looks again by itself. */
  readonly again?: number
}

const style = `
:root{color-scheme:light dark;--ink:#1a1b1e;--dim:#5c5f66;--ground:#f8f9fa;--sheet:#fff;--line:#dee2e6;--accent:#1864ab;--on-accent:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e9ecef;--dim:#a6a7ab;--ground:#141517;--sheet:#1f2023;--line:#373a40;--accent:#a5d8ff;--on-accent:#10202e}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{width:100%;max-width:34rem;background:var(--sheet);border:1px solid var(--line);border-radius:12px;padding:32px}
h1{font-size:1.375rem;line-height:1.3;margin:0 0 12px}
p{margin:0 0 12px;overflow-wrap:anywhere}
small{color:var(--dim)}
a.do,button{display:inline-block;margin:8px 0 12px;padding:10px 18px;border:0;border-radius:8px;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
main>:last-child{margin-bottom:0}
a.do:focus-visible,button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}`

const policy = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/** Whether somebody reads the answer, and not a program. */
export function wantsPage(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '').includes('text/html')
}

/** Answers with a notice: a page for people, a problem document (RFC 9457) for programs. */
export function sendNotice(
  request: IncomingMessage,
  response: ServerResponse,
  notice: Notice,
): void {
  const { status, body, headers } = answerOf(request, notice)
  // What is still to come of a body that nobody wants is not waited for.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(status, headers)
  response.end(request.method === 'HEAD' ? undefined : body)
  request.resume()
}

/** Answers the same to who wanted an upgrade, and lets go of the connection, whatever they still send. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, notice: Notice): void {
  socket.once('finish', () => socket.destroy())
  socket.end(noticeText(request, notice))
}

function noticeText(request: IncomingMessage, notice: Notice): string {
  const { status, body, headers } = answerOf(request, notice)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} ${status === 404 ? 'Not Found' : 'Refused'}\r\n${lines.join('')}connection: close\r\n\r\n${body}`
}

/** Sends a browser elsewhere, with cookies of ours. */
export function redirect(
  response: ServerResponse,
  location: string,
  cookies: readonly string[] = [],
): void {
  response.writeHead(303, {
    location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...(cookies.length === 0 ? {} : { 'set-cookie': [...cookies] }),
  })
  response.end()
}

function answerOf(request: IncomingMessage, notice: Notice) {
  const status = problemStatus[notice.code]
  const page = wantsPage(request)
  const body = page ? pageOf(notice) : problemOf(request, status, notice)
  return {
    status,
    body,
    headers: {
      'content-type': page ? 'text/html; charset=utf-8' : 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      'cache-control': 'no-store',
      'content-security-policy': policy,
      // With `no-referrer` a browser names no origin when a form of the page is sent.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      ...(notice.again === undefined ? {} : { 'retry-after': String(notice.again) }),
    },
  }
}

function problemOf(request: IncomingMessage, status: number, { code, title, text }: Notice) {
  const instance = (request.url ?? '').split('?', 1)[0]
  const detail = text.join(' ')
  return JSON.stringify({
    type: `urn:atelier:problem:${code}`,
    title,
    status,
    detail,
    instance,
    code,
    error: { msg: title, code, details: detail },
  })
}

function pageOf({ title, text, action, again }: Notice): string {
  const retry = again === undefined ? '' : `<meta http-equiv="refresh" content="${again}">`
  const after = again === undefined ? '' : '<p><small>This page looks again by itself.</small></p>'
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">${retry}
<title>${escape(title)}</title><style>${style}</style></head>
<body><main><h1>${escape(title)}</h1>
${text.map((each) => `<p>${escape(each)}</p>`).join('\n')}
${actionOf(action)}${after}</main></body></html>
`
}

function actionOf(action: Notice['action']): string {
  if (action === undefined) return ''
  const label = escape(action.label)
  return 'href' in action
    ? `<p><a class="do" href="${escape(action.href)}">${label}</a></p>`
    : `<form method="post" action="${escape(action.post)}"><button>${label}</button></form>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

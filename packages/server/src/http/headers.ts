import { spokenVersion } from '@atelier/api'
import helmet from '@fastify/helmet'
import fastify, { type FastifyInstance } from 'fastify'
import type { Platform } from '../platform/platform.ts'

/**
 * Puts the headers on every answer that protect browsers, and what is the same for all answers.
 * Each header costs its part of every request, so an answer of the API, which is no page, carries
 * only those that mean something for it.
 */
export async function sendHeaders(app: FastifyInstance, platform: Platform): Promise<void> {
  const version = { 'coder-version': spokenVersion }
  const page = Object.entries({
    ...(await helmetHeaders()),
    ...version,
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  })
  const data = Object.entries({
    ...version,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  })
  const strict = ['strict-transport-security', 'max-age=31536000'] as const
  app.addHook('onRequest', (request, reply, done) => {
    const { endpoint } = request.routeOptions.config
    const isData = endpoint !== undefined || /^\/(api|auth)\//.test(request.url)
    // What a handler writes past Fastify, an event stream, begins with what is set beneath Fastify.
    const set =
      endpoint?.raw === undefined
        ? (name: string, value: string) => void reply.header(name, value)
        : (name: string, value: string) => void reply.raw.setHeader(name, value)
    for (const [name, value] of isData ? data : page) set(name, value)
    if (platform.settings.current().hsts_enabled) set(...strict)
    set('x-request-id', request.id)
    done()
  })
}

async function helmetHeaders(): Promise<Record<string, string>> {
  const asked = fastify()
  await asked.register(helmet, {
    // Over http these would break installations in a local network; the setting turns HSTS on.
    hsts: false,
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: null,
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
  })
  const headers: Record<string, string> = {}
  asked.get('/', async (_request, reply) => {
    for (const [name, value] of Object.entries(reply.raw.getHeaders()))
      headers[name] = String(value)
    return ''
  })
  await asked.inject('/')
  await asked.close()
  return headers
}

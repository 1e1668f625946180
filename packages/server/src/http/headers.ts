import helmet from '@fastify/helmet'
import fastify, { type FastifyInstance } from 'fastify'

/**
 * Puts the headers on every answer that protect browsers, and what is the same for all answers.
 * Helmet is asked for its own once: asked for each request, it costs more than the whole rest.
 */
export async function sendHeaders(
  app: FastifyInstance,
  own: Readonly<Record<string, string>>,
): Promise<void> {
  const headers = { ...(await helmetHeaders()), ...own }
  app.addHook('onRequest', (request, reply, done) => {
    // What a handler writes past Fastify, an event stream, begins with what is set beneath Fastify.
    if (request.routeOptions.config.endpoint?.raw === undefined) void reply.headers(headers)
    else for (const [name, value] of Object.entries(headers)) reply.raw.setHeader(name, value)
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

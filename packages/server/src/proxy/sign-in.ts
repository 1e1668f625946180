import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { devUrlHost, isLabel, originOf } from '../dev-urls/address.ts'
import type { Platform } from '../platform/platform.ts'
import type { Directory } from './directory.ts'
import { judge } from './judge.ts'
import * as notices from './notices.ts'
import { ownPortOf } from './own-port.ts'
import { type Notice, sendNotice } from './pages.ts'
import { ownPaths, safePath } from './places.ts'
import type { HostTokens } from './tokens.ts'

const route = {
  config: {
    access: {
      public: 'Leads a browser from the host of a dev URL to sign in, and back with a code',
    },
  },
  schema: { hide: true },
}

type Query = Readonly<Partial<Record<'host' | 'state' | 'path', unknown>>>

/**
 * `/dev-url-auth` of the main host, where the session's cookie is. Where it leads is made of our own
 * settings and of a label that this session may open; nothing that a request says is an address.
 */
export function devUrlSignIn(
  app: FastifyInstance,
  platform: Platform,
  directory: Directory,
  tokens: HostTokens,
): void {
  app.get<{ Querystring: Query }>('/dev-url-auth', route, async (request, reply) => {
    const { host: label, state, path } = request.query
    const host = devUrlHost(platform.settings.current(), request)
    const to = safePath(typeof path === 'string' ? path : null)
    if (
      host === undefined ||
      typeof label !== 'string' ||
      !isLabel(label) ||
      typeof state !== 'string' ||
      !/^[\w-]{43}$/.test(state)
    ) {
      return answer(request, reply, notices.hidden(undefined))
    }
    const { principal } = request
    if (principal === undefined || !request.byCookie) return lead(reply, '/sign-in', request.url)
    const { user, credential } = principal
    if (user.temporaryPassword) return lead(reply, '/change-password', request.url)

    const origin = originOf(host, label)
    const verdict = await judge(
      directory,
      label,
      principal,
      () => platform.settings.current().dev_url_max_access,
    )
    if (verdict.kind !== 'open' && !(await ownPortOf(platform, { host, label }, principal))) {
      return answer(request, reply, notices.hidden(user.username))
    }
    const code = await tokens.newCode(label, credential.id, state, to)
    return send(reply, `${origin}${ownPaths}signed-in?code=${code}`)
  })
}

/** To a page of the web application, which comes back here. */
function lead(reply: FastifyReply, page: string, back: string): FastifyReply {
  return send(reply, `${page}?next=${encodeURIComponent(back)}`)
}

function send(reply: FastifyReply, location: string): FastifyReply {
  return reply.header('cache-control', 'no-store').redirect(location, 303)
}

function answer(request: FastifyRequest, reply: FastifyReply, notice: Notice): FastifyReply {
  reply.hijack()
  sendNotice(request.raw, reply.raw, notice)
  return reply
}

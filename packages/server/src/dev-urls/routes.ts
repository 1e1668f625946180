import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readConfiguration, updateConfiguration } from '../configuration/service.ts'
import { type Context, subjectOf } from '../context.ts'
import { invalid } from '../faults.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { devUrlHost } from './address.ts'
import { type DevUrlRecord, type Level, levels } from './dev-url.ts'
import { presentDevUrl } from './present.ts'
import * as service from './service.ts'

/** Dev URLs over HTTP: `/api/v0/workspaces/:workspace/devurls`. */
export function devUrlRoutes(app: FastifyInstance, platform: Platform): void {
  const present = (context: Context, request: FastifyRequest, devUrl: DevUrlRecord) => {
    const { protocol, host } = request
    const address = devUrlHost(platform.settings.current(), { protocol, host })
    return presentDevUrl(devUrl, subjectOf(context), service.widest(context), address)
  }
  const answer = (
    context: Context,
    request: FastifyRequest,
    reply: FastifyReply,
    devUrl: DevUrlRecord,
  ) => {
    setVersion(reply, devUrl.version)
    return present(context, request, devUrl)
  }

  registerRoutes(app, platform, 'devUrls', {
    list: async ({ context, params, request }) => {
      const found = await service.listDevUrls(context, params.workspace)
      return found.map((devUrl) => present(context, request, devUrl))
    },
    create: async ({ context, params, body, request, reply }) =>
      answer(context, request, reply, await service.createDevUrl(context, params.workspace, body)),
    update: async ({ context, params, body, ifMatch, request, reply }) => {
      const { workspace, devUrl: id } = params
      const devUrl = await service.updateDevUrl(context, workspace, id, body, ifMatch)
      return answer(context, request, reply, devUrl)
    },
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteDevUrl(context, params.workspace, params.devUrl, ifMatch)
      return null
    },
    config: async ({ context }) => presentLevels((await readConfiguration(context)).values),
    updateConfig: async ({ context, body, request }) => {
      const overHttps = request.protocol === 'https'
      const changes = { dev_url_max_access: widestOf(body) }
      return presentLevels((await updateConfiguration(context, changes, overHttps)).values)
    },
  })
}

function presentLevels({ dev_url_max_access: max }: { readonly dev_url_max_access: Level }) {
  const permits = (level: Level) => levels.indexOf(level) <= levels.indexOf(max)
  return {
    private: permits('private'),
    org: permits('org'),
    authed: permits('authed'),
    public: permits('public'),
  }
}

/** The widest level that is permitted; those before it must be, too. */
function widestOf(permitted: Readonly<Record<Level, boolean>>): Level {
  const refused = levels.findIndex((level) => !permitted[level])
  const count = refused === -1 ? levels.length : refused
  const beyond = levels.slice(count).find((level) => permitted[level])
  const [widest] = levels.slice(0, count).slice(-1)
  if (widest === undefined) throw invalid('private', 'A dev URL can always be private')
  if (beyond !== undefined) {
    throw invalid(beyond, 'Each level includes those before it: permit those too, or not this one')
  }
  return widest
}

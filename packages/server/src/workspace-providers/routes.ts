import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { devUrlHost } from '../dev-urls/address.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { checkProvider } from './checks.ts'
import { type Addresses, presentProvider } from './present.ts'
import * as service from './service.ts'
import type { ProviderRecord } from './workspace-provider.ts'

interface Asked {
  readonly context: Context
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Workspace providers over HTTP: `/api/private/resource-pools`. */
export function workspaceProviderRoutes(app: FastifyInstance, platform: Platform): void {
  const addresses = (request: FastifyRequest): Addresses => {
    const settings = platform.settings.current()
    const arrived = `${request.protocol}://${request.host}`
    const host = devUrlHost(settings, request)
    return {
      own: settings.access_url === null ? arrived : new URL(settings.access_url).origin,
      devUrlHost: host === undefined ? '' : `*${host.suffix}.${host.domain}${host.port}`,
    }
  }
  const answer = ({ context, request, reply }: Asked, provider: ProviderRecord) => {
    setVersion(reply, provider.version)
    return presentProvider(provider, subjectOf(context), addresses(request))
  }

  registerRoutes(app, platform, 'workspaceProviders', {
    list: async ({ context, request }) => {
      const found = await service.listProviders(context)
      const caller = subjectOf(context)
      return { kubernetes: found.map((one) => presentProvider(one, caller, addresses(request))) }
    },
    get: async (call) =>
      answer(call, await service.getProvider(call.context, call.params.provider)),
    create: async (call) => answer(call, await service.createProvider(call.context, call.body)),
    update: async (call) => {
      const { context, params, body, ifMatch } = call
      return answer(call, await service.updateProvider(context, params.provider, body, ifMatch))
    },
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteProvider(context, params.provider, ifMatch)
      return null
    },
    check: async (call) => answer(call, await checkProvider(call.context, call.params.provider)),
    cordon: async (call) => {
      const { context, params, body } = call
      return answer(call, await service.cordonProvider(context, params.provider, body.reason ?? ''))
    },
    uncordon: async (call) =>
      answer(call, await service.uncordonProvider(call.context, call.params.provider)),
  })
}

import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { readCursor, setPageHeaders, streamArray, streamPages } from '../http/paging.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { presentRegistry } from './present.ts'
import type { RegistryRecord } from './registry.ts'
import * as service from './service.ts'

/** Registries over HTTP: `/api/v0/registries`. */
export function registryRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'registries', {
    list: async ({ context, query, request, reply }) => {
      const { limit, org: organization, q } = query
      const caller = subjectOf(context)
      const present = (registry: RegistryRecord) => presentRegistry(registry, caller)
      const after = readCursor(query.after, 'text')
      const page = (size: number, from: typeof after) =>
        service.listRegistries(context, { organization, q }, size, from)
      if (limit === undefined) {
        return streamArray(reply, await streamPages((from) => page(200, from), after, present))
      }
      const [found, total] = await Promise.all([
        page(limit, after),
        service.countRegistries(context, { organization, q }),
      ])
      setPageHeaders(request, reply, found.next, total)
      return found.items.map(present)
    },
    get: async ({ context, params, reply }) =>
      answer(context, reply, await service.getRegistry(context, params.registry)),
    create: async ({ context, body, reply }) => {
      const { org_id: organization, ...input } = body
      return answer(context, reply, await service.createRegistry(context, organization, input))
    },
    update: async ({ context, params, body, ifMatch, reply }) => {
      const { registry: id } = params
      return answer(context, reply, await service.updateRegistry(context, id, body, ifMatch))
    },
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteRegistry(context, params.registry, ifMatch)
      return null
    },
    check: async ({ context, params }) => {
      const { result, message } = await service.checkRegistry(context, params.registry)
      return { ok: result === 'ok', result, message }
    },
  })
}

function answer(context: Context, reply: FastifyReply, registry: RegistryRecord) {
  setVersion(reply, registry.version)
  return presentRegistry(registry, subjectOf(context))
}

import type { FastifyInstance } from 'fastify'
import { allPages, readCursor, setPageHeaders, streamArray } from '../http/paging.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { isKeyId } from './key.ts'
import { presentKey } from './present.ts'
import * as service from './service.ts'

/** API keys over HTTP: `/api/v0/api-keys`. */
export function apiKeyRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'apiKeys', {
    listAll: async ({ context, query, request, reply }) => {
      const keys = keyQuery(query)
      const after = readCursor(query.after, keys.sort === 'name' ? 'text' : 'time', isKeyId)
      const viewer = await service.viewerOf(context)
      if (query.limit === undefined) {
        // Asked first, so that a refusal is a status and not a broken stream.
        const first = await service.listKeys(context, keys, 200, after)
        const pages = allPages((cursor) =>
          cursor === undefined
            ? Promise.resolve(first)
            : service.listKeys(context, keys, 200, cursor),
        )
        return streamArray(
          reply,
          present(pages, (key) => presentKey(key, viewer)),
        )
      }
      const [page, total] = await Promise.all([
        service.listKeys(context, keys, query.limit, after),
        service.countKeys(context, keys),
      ])
      setPageHeaders(request, reply, page.next, total)
      return page.items.map((key) => presentKey(key, viewer))
    },
    list: async ({ context, params }) => {
      const keys = await service.listKeysOf(context, params.user)
      const viewer = await service.viewerOf(context)
      return keys.map((key) => presentKey(key, viewer))
    },
    get: async ({ context, params, reply }) => {
      const key = await service.getKey(context, params.user, params.key)
      setVersion(reply, key.version)
      return presentKey(key, await service.viewerOf(context))
    },
    create: ({ context, params, body }) => service.createKey(context, params.user, body),
    update: async ({ context, params, body, ifMatch, reply }) => {
      const key = await service.updateKey(context, params.user, params.key, body, ifMatch)
      setVersion(reply, key.version)
      return presentKey(key, await service.viewerOf(context))
    },
    regenerate: async ({ context, params, body }) => ({
      key: await service.regenerateKey(context, params.user, params.key, body?.expires_at),
    }),
    remove: async ({ context, params }) => {
      await service.deleteKey(context, params.user, params.key)
      return null
    },
  })
}

function keyQuery(query: { q?: string | undefined; sort?: string | undefined }) {
  const sort = query.sort ?? '-created_at'
  const descending = sort.startsWith('-')
  return {
    q: query.q,
    sort: (descending ? sort.slice(1) : sort) as 'name' | 'created_at' | 'last_used',
    descending,
  }
}

async function* present<T, P>(rows: AsyncIterable<T>, one: (row: T) => P): AsyncGenerator<P> {
  for await (const row of rows) yield one(row)
}

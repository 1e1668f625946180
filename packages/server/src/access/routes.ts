import type { FastifyInstance } from 'fastify'
import { registerRoutes } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { checkAccess } from './check.ts'
import { listHolders } from './holders.ts'
import { roleTables } from './tables.ts'

/** The role tables over HTTP, and questions to them. */
export function accessRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'access', {
    roles: () => roleTables,
    check: ({ context, query }) => checkAccess(context, query),
    holders: ({ context, query }) => listHolders(context, query.resource, query.mark),
  })
}

import { sql } from 'kysely'
import type { FastifyInstance } from 'fastify'
import { spokenVersion } from '@atelier/api'
import { Fault } from '../faults.ts'
import { registerRoutes } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import { judgePassword } from '../sessions/password-policy.ts'
import { signInAgain } from '../sessions/principals.ts'
import { welcome } from '../sessions/routes.ts'
import { needsSetup, setUp } from './service.ts'

/** Health, version, first run and the contract itself. */
export function systemRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'system', {
    health: () => ({ status: 'ok' }),
    ready: async () => {
      try {
        await sql`select 1`.execute(platform.db)
      } catch (error) {
        platform.log.warn({ err: error }, 'ready.database_away')
        throw new Fault('server.unavailable', 'The database does not answer', { retryAfter: 2 })
      }
      return { status: 'ok' }
    },
    api: () => ({ version: platform.version }),
    version: () => ({ version: spokenVersion }),
    setupMode: async () => ({ setup_mode: await needsSetup(platform.db) }),
    setup: async ({ context, body, request, reply }) => {
      const { token, ...admin } = body
      const signedIn = await setUp(context, token, admin)
      return (await welcome(platform, request, reply, signedIn)).user
    },
    openapi: () => (app as FastifyInstance & { swagger: () => unknown }).swagger(),
    passwordPolicy: async ({ body, request }) => {
      // Judging takes a tenth of a second of everybody's time: afterwards it is for known people only.
      if (request.principal === undefined && !(await needsSetup(platform.db))) throw signInAgain()
      return judgePassword(body.password, body.hints ?? [])
    },
  })
}

// One server process of the measurement: the product, or a bare Fastify with the same reply.
import { endpoint, endpoints } from '@atelier/api'
import fastify from 'fastify'
import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { z } from 'zod'
import { buildApp } from '../src/app.ts'
import { authorize, type Context } from '../src/context.ts'
import { connect } from '../src/db/connect.ts'
import { registerRoutes } from '../src/http/route.ts'
import { systemClock } from '../src/platform/clock.ts'
import { joinPlatform } from '../src/platform/start.ts'
import { openVault } from '../src/platform/vault.ts'

/** What the measuring process asks, and what this one answers. */
export type Ask = { readonly kind: 'cpu' } | { readonly kind: 'stop' }
export type Told =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'cpu'; readonly microseconds: number }

/** The reply that both kinds of server give. */
const path = '/api/v0/bench'
const Reply = z.object({
  sealed: z.number().int(),
  unsealed: z.number().int(),
  unsealed_since: z.string().nullable(),
  head: z.string().nullable(),
  head_time: z.string().nullable(),
})
const reply: z.input<typeof Reply> = {
  sealed: 5_000_000,
  unsealed: 0,
  unsealed_since: null,
  head: 'c0ffee'.repeat(10),
  head_time: '2026-01-01T12:00:00.000Z',
}

const [, , kind, databaseUrl = ''] = process.argv
const undo: (() => Promise<void> | void)[] = []
const app = await (kind === 'bare' ? bare() : product(databaseUrl))
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
tell({
  kind: 'listening',
  port: typeof address === 'object' && address !== null ? address.port : 0,
})

process.on('message', (ask: Ask) => {
  if (ask.kind === 'stop') void stop()
  else {
    const { user, system } = process.cpuUsage()
    tell({ kind: 'cpu', microseconds: user + system })
  }
})
process.on('disconnect', () => process.exit(1))

/** The same reply of the same shape, from Fastify alone. */
async function bare() {
  const server = fastify({ logger: false })
  server.get(
    path,
    { schema: { response: { 200: z.toJSONSchema(Reply, { target: 'draft-7' }) } } },
    async () => reply,
  )
  return server
}

/** The product as `serve` runs it, its log written nowhere, with one more route of its own kind. */
async function product(databaseUrl: string) {
  const log = pino({ level: 'info' }, { write: () => undefined })
  const connection = connect(databaseUrl, { applicationName: 'bench', log })
  undo.push(() => connection.pool.end())
  const vault = openVault(Buffer.alloc(32, 7))
  const platform = await joinPlatform(connection, databaseUrl, {
    vault,
    log,
    version: '1.0.0',
    clock: systemClock,
    dataDir: tmpdir(),
    engine: 'none',
    serves: true,
    undo,
  })
  const server = await buildApp(platform, { logger: log })
  // No route of the product answers an authorized question from memory alone.
  const routes = {
    measured: endpoint({
      method: 'GET',
      path,
      summary: 'The reply that is measured',
      access: { permission: ['audit_logs', 'read'] },
      ok: 200,
      response: Reply,
    }),
  }
  Object.assign(endpoints, { bench: routes })
  const handlers = {
    measured: ({ context }: { context: Context }) => {
      authorize(context, 'read', { resource: 'audit_logs' }, 'audit log')
      return reply
    },
  }
  registerRoutes(server, platform, 'bench' as never, handlers as never)
  return server
}

async function stop(): Promise<void> {
  await app.close()
  for (const step of undo.reverse()) await step()
  process.disconnect()
  process.exit(0)
}

function tell(told: Told): void {
  process.send?.(told)
}

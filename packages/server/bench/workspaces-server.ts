// A process of the workspaces' measurement: the product as `serve` runs it.
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { buildApp } from '../src/app.ts'
import { startAuditSealing } from '../src/audit/seal.ts'
import { connect } from '../src/db/connect.ts'
import { startWorker } from '../src/jobs/worker.ts'
import { systemClock } from '../src/platform/clock.ts'
import { joinPlatform } from '../src/platform/start.ts'
import { openVault } from '../src/platform/vault.ts'
import { jobHandlers } from '../src/serve.ts'
import { startReconciling } from '../src/workspaces/reconcile.ts'

const [, , databaseUrl = '', dataDir = '', task = ''] = process.argv
const log = pino({ level: 'info' }, { write: () => undefined })
const connection = connect(databaseUrl, { applicationName: 'bench', log })
const platform = await joinPlatform(connection, databaseUrl, {
  vault: openVault(Buffer.alloc(32, 7)),
  log,
  version: '1.0.0',
  clock: systemClock,
  dataDir,
  engine: 'none',
  serves: true,
  undo: [],
})
const app = await buildApp(platform, { logger: log })
// The workspaces of a list are rows alone: nobody shall look for them.
if (task === 'builds') {
  startWorker(platform, jobHandlers)
  startAuditSealing(platform)
  startReconciling(platform)
}
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ port: (app.server.address() as AddressInfo).port })
process.on('disconnect', () => process.exit(0))

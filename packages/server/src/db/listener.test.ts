import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as dial, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/cluster.ts'
import { startListener } from './listener.ts'

let database: TestDatabase
let relay: Server
let folder: string
const open = new Set<Socket>()
/** Who wants to connect while the relay holds. */
let held: (() => void) | undefined
let holds = false

beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
  const { host, port } = new pg.Client(database.url)
  const local = host.startsWith('/')
  relay = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => undefined)
    const pass = (): void => {
      const upstream = local ? dial(join(host, `.s.PGSQL.${port}`)) : dial(port, host)
      upstream.on('error', () => socket.destroy()).pipe(socket)
      socket.pipe(upstream)
    }
    if (!holds) {
      pass()
      return
    }
    held = pass
    relay.emit('held')
  })
  folder = await mkdtemp(join(tmpdir(), 'atelier-relay-'))
  await once(relay.listen(join(folder, '.s.PGSQL.5432')), 'listening')
})

afterAll(async () => {
  relay.close()
  await rm(folder, { recursive: true })
  await database.drop()
})

test('a stop while it connects anew leaves no connection behind', async () => {
  const url = new URL(database.url)
  url.searchParams.set('host', folder)
  url.port = '5432'
  const listener = await startListener({
    url: url.href,
    channel: 'test',
    heartbeat: { text: 'select 1', values: [] },
    log: pino({ level: 'silent' }),
    now: () => new Date(),
    hear: () => undefined,
    doubt: () => undefined,
  })
  holds = true
  const again = once(relay, 'held')
  for (const socket of open) socket.destroy()
  await again
  const stopped = listener.stop()
  held?.()
  await stopped
  while (open.size > 0) await new Promise(setImmediate)
  expect(listener.trusted()).toBe(false)
})

// The CPU of an authorized request against the same reply of a bare Fastify, and what a revocation does.
import autocannon from 'autocannon'
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { newId } from '../src/platform/ids.ts'
import { startCluster } from './cluster.ts'
import { median, report } from './result.ts'
import { addSession } from './sessions.ts'
import type { Ask, Told } from './server.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
const amount = Number(process.env['BENCH_REQUESTS'] ?? 30_000)
const path = '/api/v0/bench'

interface Server {
  readonly url: string
  /** CPU time of the process until now, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

const cluster = await startCluster()
const servers: Server[] = []
try {
  const databaseUrl = await cluster.database(`requests_${randomBytes(4).toString('hex')}`)
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const userId = await addAuditor(pool)
  const [bare, first, second] = [
    await start('bare'),
    await start('product', databaseUrl),
    await start('product', databaseUrl),
  ]
  const token = await addSession(pool, userId)
  const credentials = {
    none: {},
    token: { 'session-token': token },
    cookie: { cookie: `atelier_session=${token}` },
  }
  const times = { bare: [] as number[], token: [] as number[], cookie: [] as number[] }
  for (let round = -2; round < rounds; round++) {
    const atBare = await cpuPerRequest(bare, credentials.none)
    const byToken = await cpuPerRequest(first, credentials.token)
    const byCookie = await cpuPerRequest(first, credentials.cookie)
    await demandRevocation(pool, userId, first, second)
    await demandRevocation(pool, userId, second, first)
    if (round < 0) continue
    times.bare.push(atBare)
    times.token.push(byToken)
    times.cookie.push(byCookie)
  }
  await pool.end()
  const limit = median(times.bare)
  report(
    (['token', 'cookie'] as const).map((by) => ({
      part: 'requests',
      name: `Authorized GET by ${by}: CPU of the bare reply`,
      ratio: median(times[by]) / limit,
      bound: 1.6,
      sense: 'at most',
      detail: `${limit.toFixed(1)} us → ${median(times[by]).toFixed(1)} us, ${rounds + 2} rounds, each revocation at once in both processes`,
    })),
  )
} finally {
  for (const server of servers) await server.stop()
  await cluster.stop()
}

async function start(kind: 'bare' | 'product', databaseUrl = ''): Promise<Server> {
  const child = fork(fileURLToPath(new URL('./server.js', import.meta.url)), [kind, databaseUrl], {
    execArgv:
      process.env['BENCH_PROFILE'] === kind ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [],
  })
  const told = await next(child, 'listening')
  const server: Server = {
    url: `http://127.0.0.1:${told.port}`,
    async cpu() {
      child.send({ kind: 'cpu' } satisfies Ask)
      return (await next(child, 'cpu')).microseconds
    },
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.send({ kind: 'stop' } satisfies Ask)
      await ended
    },
  }
  servers.push(server)
  return server
}

function next<K extends Told['kind']>(
  child: ChildProcess,
  kind: K,
): Promise<Extract<Told, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const ended = () => {
      reject(new Error('a server process ended'))
    }
    child.once('exit', ended)
    child.once('message', (told: Told) => {
      child.off('exit', ended)
      if (told.kind === kind) resolve(told as Extract<Told, { kind: K }>)
      else reject(new Error(`${told.kind} in place of ${kind}`))
    })
  })
}

async function cpuPerRequest(
  server: Server,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const before = await server.cpu()
  const summary = await autocannon({ url: server.url + path, connections: 32, amount, headers })
  const after = await server.cpu()
  if (summary['2xx'] !== amount)
    throw new Error(`${summary.non2xx} refused, ${summary.errors} lost`)
  return (after - before) / amount
}

/** A session that ended in one process must not be good for one more request in the other. */
async function demandRevocation(
  pool: pg.Pool,
  userId: string,
  here: Server,
  there: Server,
): Promise<void> {
  const token = await addSession(pool, userId)
  for (const server of [here, there, there]) await demandStatus(server, token, 200)
  const ended = await fetch(`${here.url}/api/v0/session`, {
    method: 'DELETE',
    headers: { 'session-token': token },
  })
  if (!ended.ok) throw new Error(`signing out answered ${ended.status}`)
  for (const server of [there, here]) await demandStatus(server, token, 401)
}

async function demandStatus(server: Server, token: string, status: number): Promise<void> {
  const answer = await fetch(server.url + path, { headers: { 'session-token': token } })
  await answer.arrayBuffer()
  if (answer.status !== status) throw new Error(`${answer.status} in place of ${status}`)
}

async function addAuditor(pool: pg.Pool): Promise<string> {
  const id = newId(new Date())
  await pool.query(
    `insert into users (id, email, username, name, site_role, created_at, updated_at)
     values ($1, 'auditor@example.com', 'auditor', 'Auditor', 'site-auditor', now(), now())`,
    [id],
  )
  return id
}

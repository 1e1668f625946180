// The dev URL proxy against configurable-http-proxy, and what a large download takes of memory.
import autocannon from 'autocannon'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { newId } from '../src/platform/ids.ts'
import { hashToken } from '../src/sessions/principals.ts'
import { startCluster } from './cluster.ts'
import { median, report } from './result.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)
const amount = Number(process.env['BENCH_REQUESTS'] ?? 20_000)
const large = 1_000_000_000
const host = 'app--bench.localhost'

interface Side {
  readonly port: number
  readonly pid: number
  readonly headers: Readonly<Record<string, string>>
}

const cluster = await startCluster()
const children: ChildProcess[] = []
try {
  const databaseUrl = await cluster.database(`proxy_${randomBytes(4).toString('hex')}`)
  const app = await start('app', String(large))
  const product = await start('product', databaseUrl, String(app.port))
  const cookie = `devurl_session=${await addDevUrl(databaseUrl)}`
  const ours: Side = { ...product, headers: { host: `${host}:${product.port}`, cookie } }
  const theirs: Side = { ...(await startOther(app.port)), headers: {} }

  const found = { ours: [] as Measured[], theirs: [] as Measured[] }
  for (let round = -2; round < rounds; round++) {
    const [one, other] = [await measure(ours), await measure(theirs)]
    if (round < 0) continue
    found.ours.push(one)
    found.theirs.push(other)
  }
  const cpu = (of: readonly Measured[]) => median(of.map((each) => each.cpu))
  const p99 = (of: readonly Measured[]) => median(of.map((each) => each.p99))
  const memory = [await download(ours), await download(ours), await download(ours)]
  report([
    {
      part: 'proxy',
      name: 'Dev URL, requests per CPU second of configurable-http-proxy',
      ratio: cpu(found.theirs) / cpu(found.ours),
      bound: 3,
      sense: 'at least',
      detail: `${cpu(found.theirs).toFixed(1)} us → ${cpu(found.ours).toFixed(1)} us a request, authorization included, ${rounds + 2} rounds`,
    },
    {
      part: 'proxy',
      name: 'Dev URL, p99 of configurable-http-proxy',
      ratio: p99(found.ours) / p99(found.theirs),
      bound: 1,
      sense: 'at most',
      detail: `${p99(found.theirs).toFixed(1)} ms → ${p99(found.ours).toFixed(1)} ms, 32 connections`,
    },
    {
      part: 'proxy',
      name: 'Download of 1 GB: memory beyond that before, of 64 MB',
      ratio: median(memory) / 64,
      bound: 1,
      sense: 'at most',
      detail: `${memory.map((each) => each.toFixed(0)).join(', ')} MB`,
    },
  ])
} finally {
  await Promise.all(children.map(end))
  await cluster.stop()
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill()
  await ended
}

async function start(...args: readonly string[]): Promise<{ port: number; pid: number }> {
  const path = fileURLToPath(new URL('./proxy-server.js', import.meta.url))
  const child = fork(path, args, {
    execArgv:
      process.env['BENCH_PROFILE'] === args[0] ? ['--cpu-prof', '--cpu-prof-dir=/tmp/prof'] : [],
  })
  children.push(child)
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return { port, pid: child.pid ?? 0 }
}

/** configurable-http-proxy as it comes, with all requests to the app. */
async function startOther(app: number): Promise<{ port: number; pid: number }> {
  const [port, api] = [await freePort(), await freePort()]
  const program = fileURLToPath(
    import.meta.resolve('configurable-http-proxy/bin/configurable-http-proxy'),
  )
  const child = spawn(
    process.execPath,
    [
      program,
      ...['--ip', '127.0.0.1', '--port', String(port), '--api-port', String(api)],
      ...['--default-target', `http://127.0.0.1:${app}`, '--log-level', 'error'],
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  children.push(child)
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer?.ok === true) return { port, pid: child.pid ?? 0 }
    await delay(50)
  }
}

interface Measured {
  /** Microseconds of the process for each request. */
  readonly cpu: number
  /** Milliseconds. */
  readonly p99: number
}

async function measure({ port, pid, headers }: Side): Promise<Measured> {
  const before = cpuOf(pid)
  const summary = await autocannon({
    url: `http://127.0.0.1:${port}/`,
    connections: 32,
    amount,
    headers,
  })
  const after = cpuOf(pid)
  if (summary['2xx'] !== amount) {
    throw new Error(`${summary.non2xx} refused, ${summary.errors} lost`)
  }
  return { cpu: (after - before) / amount, p99: summary.latency.p99 }
}

/** CPU time of a process until now, in microseconds: Linux counts it in hundredths of a second. */
function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = '0', system = '0'] = text.slice(text.lastIndexOf(')')).split(' ').slice(12, 14)
  return (Number(user) + Number(system)) * 10_000
}

/** What a download adds to the memory of the process at most, in MB. */
async function download({ port, pid, headers }: Side): Promise<number> {
  // Forgets what the most was until now.
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  const before = memoryOf(pid, 'VmRSS')
  const asked = get({ port, host: '127.0.0.1', path: '/large', headers, agent: false })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let size = 0
  for await (const part of answer) size += (part as Buffer).length
  if (size !== large) throw new Error(`the download had ${size} bytes`)
  return memoryOf(pid, 'VmHWM') - before
}

function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1] ?? NaN) / 1024
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

/** A dev URL that is shared with an organization, and a session of a member of it. */
async function addDevUrl(databaseUrl: string): Promise<string> {
  const ids = Array.from({ length: 8 }, () => newId(new Date()))
  const [owner, member, organization, image, provider, workspace, devUrl, session] = ids
  const token = randomBytes(32).toString('base64url')
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const run = (text: string, ...values: unknown[]) => pool.query(text, values)
  await run(
    `insert into organizations (id, name, created_at, updated_at) values ($1, 'Bench', now(), now())`,
    organization,
  )
  for (const [id, name] of [
    [owner, 'bench'],
    [member, 'member'],
  ]) {
    await run(
      `insert into users (id, email, username, name, created_at, updated_at)
       values ($1, $2 || '@example.com', $2, $2, now(), now())`,
      id,
      name,
    )
    await run(
      `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
       values ($1, $2, 'organization-member', now(), now())`,
      organization,
      id,
    )
  }
  await run(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, '127.0.0.1', 'bench', now(), now(), now() + interval '1 day')`,
    session,
    member,
    hashToken(token),
  )
  await run(
    `insert into images (id, organization_id, source, repository, default_cpu_cores, default_memory_gb,
       default_disk_gb, refresh_at, created_at, updated_at)
     values ($1, $2, 'local', 'image', 1, 1, 1, now() + interval '1 day', now(), now())`,
    image,
    organization,
  )
  await run(
    `insert into image_tags (image_id, tag, is_default, latest_hash, hash_last_updated_at, checked_at,
       size, created_at, updated_at)
     values ($1, 'made', true, 'sha256:0', now(), now(), 1, now(), now())`,
    image,
  )
  await run(
    `insert into workspace_providers (id, name, kind, created_at, updated_at)
     values ($1, 'Bench', 'sandbox', now(), now())`,
    provider,
  )
  await run(
    `insert into workspaces (id, organization_id, user_id, name, image_id, image_tag, provider_id,
       cpu_cores, memory_gb, disk_gb, status, created_at, updated_at)
     values ($1, $2, $3, 'w', $4, 'made', $5, 1, 1, 1, 'running', now(), now())`,
    workspace,
    organization,
    owner,
    image,
    provider,
  )
  await run(
    `insert into dev_urls (id, workspace_id, user_id, port, name, label, access, created_at, updated_at)
     values ($1, $2, $3, 3000, 'app', 'app--bench', 'org', now(), now())`,
    devUrl,
    workspace,
    owner,
  )
  await pool.end()
  return token
}

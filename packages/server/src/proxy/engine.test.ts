import { once } from 'node:events'
import { type IncomingMessage, request as ask } from 'node:http'
import type { Duplex } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestEngine, useEngine } from '../../test/engine.ts'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addImage, addProvider, untilBuilt } from '../../test/workspace-world.ts'
import { run } from '../workspaces/run.ts'

// Dev URLs of a workspace that really runs: what listens there is what is opened.

let server: TestServer
let engine: TestEngine
let provider: string
let ann: Person
let workspace: string
beforeAll(async () => {
  ;[server, engine] = await Promise.all([startServer(), useEngine()])
  provider = await addProvider(server, engine.url)
  if (engine.image.kind !== 'local') throw new Error('the engine has its image')
  const image_id = await addImage(server, { reference: engine.image.reference })
  ann = await server.person('site-member', { username: 'ann' })
  const body = { name: 'dev', org_id: server.organizationId, image_id }
  const made = await ann.send('POST', '/api/v0/workspaces', body)
  workspace = made.body.id
  const built = await untilBuilt(ann, workspace)
  const log = await ann.send('GET', `/api/v0/workspaces/${workspace}/log`)
  expect(built, log.text).toMatchObject({ status: 'running' })
}, 300_000)
afterAll(async () => {
  await ann.send('DELETE', `/api/v0/workspaces/${workspace}`)
  while ((await server.sql('select 1 from workspaces')).length > 0);
  await server.stop()
})

/** Answers a page, takes an upload, and echoes after an upgrade; Perl is in every Debian. */
const app = `use IO::Socket::INET; $| = 1; $SIG{CHLD} = 'IGNORE';
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => PORT, Listen => 64, ReuseAddr => 1) or die;
print "ready\\n"; close(STDOUT); close(STDERR);
while (my $c = $s->accept) { next if fork; my ($up, $len, $first) = (0, 0, '');
  while (my $l = <$c>) { $first ||= $l; $up = 1 if $l =~ /^upgrade:/i; $len = $1 if $l =~ /^content-length: (\\d+)/i; last if $l eq "\\r\\n"; }
  if ($up) { syswrite $c, "HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\n\\r\\n";
    while (sysread $c, my $d, 65536) { syswrite $c, $d } exit; }
  my $got = 0; while ($got < $len) { my $n = read $c, my $d, ($len - $got > 65536 ? 65536 : $len - $got); last unless $n; $got += $n; }
  print $c "HTTP/1.1 200 OK\\r\\nContent-Length: " . length("PORT got $got") . "\\r\\nConnection: close\\r\\n\\r\\nPORT got $got"; exit; }`

async function serve(port: number): Promise<void> {
  const found = await server.platform.providers.of(provider)
  const script = app.replaceAll('PORT', String(port)).replaceAll("'", `'\\''`)
  const line = `mkfifo /tmp/p${port}; setsid perl -e '${script}' > /tmp/p${port} < /dev/null & head -n 1 /tmp/p${port}`
  const printed: string[] = []
  const options = {
    report: (text: string) => printed.push(text),
    signal: AbortSignal.timeout(20_000),
  }
  await run(found, workspace, { argv: ['sh', '-c', line] }, options)
  expect(printed.join('')).toContain('ready')
}

async function devUrl(port: number, access = 'PUBLIC') {
  const body = { port, access }
  const answer = await ann.send('POST', `/api/v0/workspaces/${workspace}/devurls`, body)
  expect(answer.status, answer.text).toBe(201)
  return { id: answer.body.id as string, host: new URL(answer.body.url as string).host }
}

function open(host: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = new URL(server.url)
  return ask({ host: '127.0.0.1', port, method, agent: false, headers: { host, ...headers } })
}

async function visit(host: string, headers?: Record<string, string>, body?: Buffer) {
  const asked = open(host, headers, body === undefined ? 'GET' : 'POST')
  asked.end(body)
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  let text = ''
  for await (const part of answer) text += String(part)
  return { status: answer.statusCode, text }
}

test('200: an app on localhost of the workspace answers, takes uploads and upgrades', async () => {
  await serve(3000)
  const { host } = await devUrl(3000)
  expect(await visit(host)).toEqual({ status: 200, text: '3000 got 0' })
  const body = Buffer.alloc(20_000_000, 1)
  expect((await visit(host, { 'content-length': String(body.length) }, body)).text).toBe(
    `3000 got ${body.length}`,
  )
  const many = await Promise.all(Array.from({ length: 20 }, () => visit(host)))
  expect(new Set(many.map(({ text }) => text))).toEqual(new Set(['3000 got 0']))

  const socket = await upgraded(host)
  socket.write('hello')
  expect(String((await once(socket, 'data'))[0])).toBe('hello')
  socket.destroy()
})

async function upgraded(host: string): Promise<Duplex> {
  const asked = open(host, {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  })
  asked.end()
  const [, socket] = (await once(asked, 'upgrade')) as [IncomingMessage, Duplex]
  socket.on('error', () => undefined)
  return socket
}

test('502: nothing listens; then something does', async () => {
  const { host } = await devUrl(3001)
  const before = await visit(host, { accept: 'text/html' })
  expect(before.status).toBe(502)
  expect(before.text).toContain('Nothing listens on port 3001')
  await serve(3001)
  expect((await visit(host)).text).toBe('3001 got 0')
})

test('a stop closes what is open, and the page says that the workspace is off', async () => {
  await serve(3002)
  const { host } = await devUrl(3002)
  const socket = await upgraded(host)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  expect((await ann.send('PUT', `/api/v0/workspaces/${workspace}/stop`)).status).toBe(200)
  await closed
  expect(await untilBuilt(ann, workspace)).toMatchObject({ status: 'off' })
  const page = await visit(host, { accept: 'text/html' })
  expect(page.status).toBe(503)
  expect(page.text).toContain('The workspace is off')
  // Noted off the way of requests, every few seconds.
  const noted = async () =>
    (await server.sql('select last_connection_at as at from workspaces'))[0].at as unknown
  await expect.poll(noted, { timeout: 20_000 }).not.toBeNull()
})

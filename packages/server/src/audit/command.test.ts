import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { findEmbedded } from '../db/embedded.ts'

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let dataDir: string
type Program = ChildProcessByStdio<null, Readable, Readable>
let server: { process: Program; address: string }

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-command-'))
  server = await serve()
})

afterAll(async () => {
  await end('SIGTERM')
  await rm(dataDir, { recursive: true })
})

function start(...args: string[]): Program {
  return startIn(dataDir, ...args)
}

function startIn(folder: string, ...args: string[]): Program {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = fileURLToPath(new URL('../../test/program.ts', import.meta.url))
  return spawn(process.execPath, ['--import', tsx, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      ATELIER_DATA_DIR: folder,
      ATELIER_LISTEN: '127.0.0.1:0',
      ATELIER_ENGINE: 'none',
      ATELIER_ADMIN_EMAIL: 'ann@example.com',
      ATELIER_ADMIN_USERNAME: 'ann',
      ATELIER_ADMIN_PASSWORD: 'correct horse battery',
    },
  })
}

async function serve() {
  const child = start('serve')
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    const [, port] = /Atelier is at http:\/\/localhost:(\d+)/.exec(said) ?? []
    if (port !== undefined) return { process: child, address: `http://127.0.0.1:${port}` }
  }
  throw new Error(`the server did not start: ${said}`)
}

async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { process: child } = server
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

function run(...args: string[]) {
  return outcome(start(...args))
}

async function outcome(child: Program): Promise<{ code: number; out: string; err: string }> {
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, out, err }
}

async function signIn(password: string): Promise<number> {
  const answer = await fetch(`${server.address}/auth/basic/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ann@example.com', password }),
  })
  return answer.status
}

const verified = /^(\d+) entries verified, (\d+) not yet sealed, head ([0-9a-f]{64}) of \S+Z\n$/

test('commands work beside a running server, and it goes on', async () => {
  const reset = await run('reset-admin-password')
  expect(reset).toMatchObject({ code: 0, err: '' })
  const [, password = ''] = /^Temporary password of ann: (\S+)$/m.exec(reset.out) ?? []
  expect(await signIn('correct horse battery')).toBe(401)
  expect(await signIn(password)).toBe(201)
  expect(await run('audit', 'verify')).toMatchObject({
    code: 0,
    out: expect.stringMatching(verified) as string,
    err: '',
  })
})

test('the chain survives a killed server, and a stopped one leaves nothing unsealed', async () => {
  await signIn('wrong, and recorded')
  await end('SIGKILL')
  server = await serve()
  await signIn('wrong again')
  await end('SIGTERM')

  const first = await run('audit', 'verify')
  expect(first).toMatchObject({ code: 0, err: '' })
  const [, entries, unsealed, head = ''] = verified.exec(first.out) ?? []
  expect(unsealed).toBe('0')
  expect(Number(entries)).toBeGreaterThanOrEqual(6)
  expect(await run('audit', 'verify', '--head', head)).toMatchObject({ code: 0, out: first.out })
  const unknown = await run(
    'audit',
    'verify',
    '--head',
    head.replace(/^./, (c) => (c === '0' ? '1' : '0')),
  )
  expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining('BROKEN: ') as string })
  server = await serve()
})

test('exit code 1 and the name of the entry when the log was tampered with', async () => {
  const client = new pg.Client(await findEmbedded(dataDir))
  await client.connect()
  await client.query('set session_replication_role = replica')
  const { rows } = await client.query<{ id: string }>(
    `update audit_log set target = 'nobody' where id = (select entry_id from audit_chain where sequence = 2) returning id`,
  )
  await client.end()
  const { code, out } = await run('audit', 'verify')
  expect(code).toBe(1)
  expect(out).toMatch(
    `BROKEN: Entry ${rows[0]?.id ?? ''} (sequence 2) was changed after it was sealed.`,
  )
})

test('a wrong option is named, before anything is opened', async () => {
  for (const options of [['--head', 'abc'], ['twice']]) {
    expect(await run('audit', 'verify', ...options)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('--head and 64 hex digits') as string,
    })
  }
})

test('a command with the wrong data folder says so, and makes nothing there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-command-none-'))
  try {
    for (const command of [['audit', 'verify'], ['reset-admin-password']]) {
      expect(await outcome(startIn(folder, ...command))).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining(
          `There is no database in ${folder}: set ATELIER_DATA_DIR`,
        ) as string,
      })
    }
    expect(await readdir(folder)).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

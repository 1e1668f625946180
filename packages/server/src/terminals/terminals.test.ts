import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import {
  freshSession,
  openTerminal,
  type TerminalClient,
  type TerminalOptions,
} from '../../test/terminal-client.ts'
import { terminalWorld, type TerminalWorld } from '../../test/terminal-world.ts'
import { maxTerminals } from './open-terminals.ts'

// Shells in a workspace of a real engine.

let server: TestServer
let world: TerminalWorld
let ann: Person
let workspace: string
const opened: TerminalClient[] = []

beforeAll(async () => {
  server = await startServer()
  world = await terminalWorld(server)
  ann = await server.person()
  workspace = await world.running(ann)
}, 240_000)
afterAll(async () => {
  for (const { socket } of opened) socket.terminate()
  await world.clear()
  await server.stop()
})

async function open(options?: TerminalOptions, url = server.url): Promise<TerminalClient> {
  const terminal = await openTerminal(url, ann, workspace, options)
  opened.push(terminal)
  return terminal
}

/** Ends the shell and waits until it is gone. */
async function end(terminal: TerminalClient): Promise<void> {
  terminal.say({ end: true })
  expect(await terminal.closed).toBe(1000)
}

test('a login shell of the image’s user, at home, in a terminal of the size that was asked', async () => {
  const terminal = await open({ columns: 101, rows: 31 })
  expect(terminal.told).toEqual([{ opened: 'new' }])
  expect(await terminal.run('id -un; pwd; stty size; echo $TERM $SHELL; echo $0')).toBe(
    'coder\n/home/coder\n31 101\nxterm-256color /bin/bash\n/bin/bash\n',
  )
  expect(await terminal.run('shopt -q login_shell && echo login')).toBe('login\n')
  terminal.say({ columns: 120, rows: 40 })
  expect(await terminal.run('until [ "$(stty size)" = "40 120" ]; do :; done; stty size')).toBe(
    '40 120\n',
  )
  await end(terminal)
})

test('UTF-8 goes both ways, also where a frame cuts a character', async () => {
  const terminal = await open()
  const bytes = Buffer.from('echo "grün 本 🎨 $(printf %s "本" | wc -m)"\n')
  const cut = bytes.indexOf(Buffer.from('🎨')) + 2
  terminal.socket.send(bytes.subarray(0, cut))
  terminal.socket.send(bytes.subarray(cut))
  await terminal.until(/grün 本 🎨 1\r\n/)
  await end(terminal)
})

test('a paste of 1 MB arrives whole and in order', async () => {
  const terminal = await open()
  const paste = Buffer.from(randomBytes(786_432).toString('base64'))
  expect(paste.length).toBe(1024 * 1024)
  const sum = createHash('sha256').update(paste).digest('hex')
  // No echo and no lines: what arrives is counted, not read.
  terminal.type(`stty raw -echo; echo rea''dy; head -c ${paste.length} | sha256sum; stty sane\n`)
  await terminal.until(/ready/)
  for (let at = 0; at < paste.length; at += 16_384) {
    terminal.socket.send(paste.subarray(at, at + 16_384))
  }
  expect((await terminal.until(/[0-9a-f]{64}/))[0]).toBe(sum)
  await end(terminal)
})

test('output waits for a page that is slow, and none is lost', async () => {
  const terminal = await open({ keep: 10_000 })
  const other = await open({ keep: 10_000 })
  terminal.say({ seen: 0 })
  const size = 12_000_000
  terminal.type(`head -c ${size} /dev/zero | tr '\\0' x; echo; echo do""ne\n`)
  while (terminal.bytes() < 1024 * 1024) await new Promise((resolve) => setImmediate(resolve))
  // While as much comes by the same way to a page that takes all, nothing more comes to this one.
  other.type(`head -c ${size} /dev/zero | tr '\\0' y; echo al""so\n`)
  await other.until(/also\r\n/)
  expect(terminal.bytes()).toBeLessThan(1.5 * 1024 * 1024)
  const tell = (): void => {
    terminal.say({ seen: terminal.bytes() })
  }
  terminal.socket.on('message', tell)
  tell()
  await terminal.until(/done\r\n/)
  terminal.socket.off('message', tell)
  expect(terminal.bytes()).toBeGreaterThan(size)
  await Promise.all([end(terminal), end(other)])
})

test('whoever comes back finds the same shell, and what it printed meanwhile', async () => {
  const session = freshSession()
  const before = await open({ session })
  await before.run('kept=here')
  before.type('until [ -e /tmp/left ]; do :; done; echo mean""while\n')
  await before.until(/mean""while/)
  before.socket.close()
  await before.closed
  await world.inside(workspace, 'touch /tmp/left')

  const after = await open({ session, columns: 90 })
  expect(after.told).toEqual([{ opened: 'again' }])
  await after.until(/meanwhile\r\n/)
  expect(after.output()).toContain('kept=here')
  expect(await after.run('echo $kept; stty size')).toBe('here\n24 90\n')
  await end(after)
  expect((await open({ session })).told).toEqual([{ opened: 'new' }])
})

test('of much output the end is kept, from the start of a line', async () => {
  const session = freshSession()
  const before = await open({ session })
  await before.run('seq 1 200000')
  before.socket.close()
  await before.closed
  const after = await open({ session })
  await after.until(/200000\r\n/)
  const [first = ''] = after.output().split('\r\n')
  expect(after.bytes()).toBeGreaterThan(200 * 1024)
  expect(after.bytes()).toBeLessThan(600 * 1024)
  expect(Number(first)).toBeGreaterThan(100_000)
  await end(after)
})

test('a terminal that is opened elsewhere goes there', async () => {
  const session = freshSession()
  const first = await open({ session })
  await first.run('x=1')
  const second = await open({ session })
  expect(await first.closed).toBe(4409)
  expect(await second.run('echo $x')).toBe('1\n')
  await end(second)
})

test('the code of the shell is told at its end', async () => {
  const terminal = await open()
  terminal.type('exit 3\n')
  expect(await terminal.closed).toBe(1000)
  expect(terminal.told).toEqual([{ opened: 'new' }, { exit: 3 }])
})

test('1008: a message that is none', async () => {
  const terminal = await open()
  terminal.say({ columns: 0, rows: 5 })
  expect(await terminal.closed).toBe(1008)
})

test('409: more terminals than there may be; one that was left makes room', async () => {
  const own = await world.running(ann)
  const many = await Promise.all(
    Array.from({ length: maxTerminals }, () => openTerminal(server.url, ann, own)),
  )
  opened.push(...many)
  await expect(openTerminal(server.url, ann, own)).rejects.toMatchObject({
    status: 409,
    body: { code: 'workspace.too_many_terminals' },
  })
  many[0]!.socket.close()
  await many[0]!.closed
  const another = await openTerminal(server.url, ann, own)
  opened.push(another)
  expect(await another.run('echo there')).toBe('there\n')
}, 120_000)

test('the end of a server ends the shells that it has opened', async () => {
  const second = await server.second()
  const terminal = await open({}, second.url)
  await terminal.run('exec -a the-last-one sleep 1000 & true')
  await second.stop()
  expect(await terminal.closed).toBe(1001)
  for (;;) {
    const processes = await world.inside(workspace, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')
    if (!processes.includes('the-last-one')) break
  }
})

test('opening is in the audit log once, and the workspace is used', async () => {
  const session = freshSession()
  const own = await world.running(ann)
  const first = await openTerminal(server.url, ann, own, { session })
  first.socket.close()
  await first.closed
  opened.push(await openTerminal(server.url, ann, own, { session }))
  const entries = await server.sql(
    `select action, resource_type, outcome, actor_id, allowed_by from audit_log where resource_id = $1`,
    [own],
  )
  expect(entries).toEqual([
    {
      action: 'open',
      resource_type: 'environment',
      outcome: 'success',
      actor_id: ann.id,
      allowed_by: 'organization-member: workspaces Uo',
    },
  ])
  const [row] = await server.sql(
    'select last_opened_at, last_connection_at from workspaces where id = $1',
    [own],
  )
  expect(row.last_opened_at).not.toBeNull()
  expect(row.last_connection_at).not.toBeNull()
})

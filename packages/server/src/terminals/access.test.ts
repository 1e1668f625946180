import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { freshSession, openTerminal } from '../../test/terminal-client.ts'
import { terminalWorld, type TerminalWorld } from '../../test/terminal-world.ts'

// Who gets a shell, and when it is taken away.

let server: TestServer
let world: TerminalWorld
beforeAll(async () => {
  server = await startServer()
  world = await terminalWorld(server)
}, 240_000)
afterAll(async () => {
  await world.clear()
  await server.stop()
})

const audit = (id: string) =>
  server.sql('select action, outcome, refusal_code from audit_log where resource_id = $1', [id])

const pathOf = (id: string) => `/api/v0/workspaces/${id}/terminal?session=${freshSession()}`

test('403: nobody but the owner gets a shell, whatever else they may do; it is in the audit log', async () => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  const manager = await server.person('site-member', {
    organizations: { [server.organizationId]: 'organization-super-manager' },
  })
  for (const other of [server.admin, manager]) {
    await expect(openTerminal(server.url, other, workspace)).rejects.toMatchObject({
      status: 403,
      body: { code: 'access.denied', title: expect.stringContaining('Only its owner') as string },
    })
  }
  const denied = { action: 'open', outcome: 'denied', refusal_code: 'access.denied' }
  expect(await audit(workspace)).toEqual([denied, denied])
})

test('404: to a member of the same organization who may not read it', async () => {
  const [ann, bob] = [await server.person(), await server.person()]
  const workspace = await world.running(ann)
  await expect(openTerminal(server.url, bob, workspace)).rejects.toMatchObject({ status: 404 })
})

test('a plain request is only judged: 426 where a WebSocket would be opened', async () => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  expect((await ann.send('GET', pathOf(workspace))).status).toBe(426)
  await server.sql("update workspaces set status = 'off' where id = $1", [workspace])
  const off = await ann.send('GET', pathOf(workspace))
  expect([off.status, off.body.code]).toEqual([409, 'workspace.not_running'])
  expect(await audit(workspace)).toEqual([])
})

test('403: a key that may only read workspaces opens no shell', async () => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  const key = async (scope: string) => {
    const { body } = await ann.send('POST', '/api/v0/api-keys/me', { name: scope, scopes: [scope] })
    return { 'session-token': body.key as string }
  }
  await expect(
    openTerminal(server.url, ann, workspace, { headers: await key('workspaces:read') }),
  ).rejects.toMatchObject({ status: 403, body: { code: 'access.scope' } })
  const terminal = await openTerminal(server.url, ann, workspace, {
    headers: await key('workspaces:update'),
  })
  expect(await terminal.run('echo in')).toBe('in\n')
})

test('403: the page of a foreign site opens none with our cookie', async () => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  const headers = (origin: string) => ({ cookie: `atelier_session=${ann.token}`, origin })
  await expect(
    openTerminal(server.url, ann, workspace, { headers: headers('http://evil.example') }),
  ).rejects.toMatchObject({ status: 403, body: { code: 'session.foreign_origin' } })
  const terminal = await openTerminal(server.url, ann, workspace, {
    headers: headers(server.url),
  })
  expect(terminal.told).toEqual([{ opened: 'new' }])
  terminal.socket.close()
})

interface Ending {
  readonly headers?: (ann: Person) => Promise<Record<string, string>>
  readonly act: (ann: Person, workspace: string) => Promise<unknown>
}

let key = ''
const endings: Readonly<Record<string, Ending>> = {
  'its owner is suspended': {
    act: (ann) => server.admin.send('POST', `/api/v0/users/${ann.id}/suspend`),
  },
  'its owner signs out': { act: (ann) => ann.send('DELETE', '/api/v0/session') },
  'its owner is signed out everywhere': {
    act: (ann) => server.admin.send('POST', `/api/v0/users/${ann.id}/sign-out`),
  },
  'its owner gets a temporary password': {
    act: (ann) => server.admin.send('POST', `/api/v0/users/${ann.id}/reset-password`),
  },
  'its owner is no member of the organization any more': {
    act: async (ann) => {
      await server.sql('delete from organization_members where user_id = $1', [ann.id])
      await server.platform.signals.send(server.platform.db, 'access', { users: [ann.id] })
    },
  },
  'the API key is deleted': {
    headers: async (ann) => {
      const { body } = await ann.send('POST', '/api/v0/api-keys/me', { name: 'k', scopes: null })
      key = body.key as string
      return { 'session-token': key }
    },
    act: (ann) => ann.send('DELETE', `/api/v0/api-keys/me/${key.split('-', 1)[0] ?? ''}`),
  },
  'the workspace is stopped': {
    act: async (_, workspace) => {
      await server.sql("update workspaces set status = 'stopping' where id = $1", [workspace])
      await server.platform.signals.send(server.platform.db, 'workspaces', { ids: [workspace] })
    },
  },
}

test.each(Object.entries(endings))('4403, and the shell ends, when %s', async (_, ending) => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  const headers = await ending.headers?.(ann)
  const terminal = await openTerminal(server.url, ann, workspace, {
    ...(headers === undefined ? {} : { headers }),
  })
  await terminal.run('(exec -a left-behind sleep 1000) & true')
  await ending.act(ann, workspace)
  expect(await terminal.closed).toBe(4403)
  await untilGone(workspace)
})

test('a shell that nobody looks at ends too, when what allowed it does', async () => {
  const ann = await server.person()
  const workspace = await world.running(ann)
  const terminal = await openTerminal(server.url, ann, workspace)
  await terminal.run('(exec -a left-behind sleep 1000) & true')
  terminal.socket.close()
  await terminal.closed
  await ann.send('DELETE', '/api/v0/session')
  await untilGone(workspace)
})

/** What the shell has started is gone with it, at the latest when a suspension stops the workspace. */
async function untilGone(workspace: string): Promise<void> {
  for (;;) {
    const look = world.inside(workspace, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "')
    const [processes] = await Promise.allSettled([look])
    if (processes.status === 'fulfilled' && !processes.value.includes('left-behind')) return
    if (processes.status === 'fulfilled') continue
    const [row] = await server.sql('select status from workspaces where id = $1', [workspace])
    if (row.status === 'off') return
    if (row.status !== 'stopping') throw processes.reason
  }
}

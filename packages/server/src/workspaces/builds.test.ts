import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Person } from '../../test/harness.ts'
import { startWorld, untilBuilt, type World } from '../../test/workspace-world.ts'

// Builds on a real engine: what is in a workspace afterwards, and what is left of it at the end.

let world: World
let ann: Person
beforeAll(async () => {
  world = await startWorld()
}, 300_000)
afterAll(() => world.server.stop())
beforeEach(async () => {
  ann = await world.server.person()
})

const path = '/api/v0/workspaces'
const log = async (id: string) => (await ann.send('GET', `${path}/${id}/log`)).body
const messagesOf = async (id: string, type: string) =>
  (await log(id)).filter((line: any) => line.type === type).map((line: any) => line.msg)

test('a workspace is built, prepared, stopped, started again with its home, and deleted without rest', async () => {
  const { server } = world
  const before = await world.kept()
  const workspace = await world.create(ann)
  const built = await untilBuilt(ann, workspace.id)
  expect(built, JSON.stringify(await log(workspace.id))).toMatchObject({
    status: 'running',
    latest_stat: { container_status: 'ON' },
    can: { open: true, stop: true },
  })
  expect(await messagesOf(workspace.id, 'stage')).toEqual([
    expect.stringContaining('Getting the image'),
    'Making the container',
    'Starting the container',
    'Preparing the home',
    'Putting the token of the workspace in',
    'Configuring Git and SSH',
  ])

  const [keys] = await Promise.all([
    server.sql('select id, application, secret_hash from api_keys where user_id = $1', [ann.id]),
  ])
  expect(keys).toMatchObject([{ application: true }])
  const session = await world.inside(workspace.id, 'cat ~/.config/coder/session')
  expect(session.slice(0, 10)).toBe(keys[0].id)
  expect(
    await world.inside(workspace.id, 'stat -c %a ~/.config/coder/session ~/.ssh/id_ed25519 ~/.ssh'),
  ).toBe('600\n600\n700')
  const me = await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': session })
  expect(me.body.id).toBe(ann.id)
  const { body: pair } = await ann.send('GET', '/api/v0/users/me/sshkey')
  expect(
    await world.inside(
      workspace.id,
      'ssh-keygen -y -f ~/.ssh/id_ed25519 2>&1 || cat ~/.ssh/id_ed25519.pub',
    ),
  ).toContain(pair.public_key.split(' ')[1])
  await world.inside(workspace.id, 'echo kept > ~/mine; echo lost > /tmp/lost')

  expect((await ann.send('PUT', `${workspace.path}/stop`)).status).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'off' })
  const refused = await server.send('GET', '/api/v0/users/me', undefined, {
    'session-token': session,
  })
  expect(refused.status).toBe(401)

  expect((await ann.send('PATCH', workspace.path, {})).status).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
  expect(
    await world.inside(workspace.id, 'cat ~/mine; ls /tmp/lost 2>/dev/null || echo reset'),
  ).toBe('kept\nreset')

  expect((await ann.send('DELETE', workspace.path)).status).toBe(204)
  await world.untilGone(workspace.id)
  expect(await world.kept()).toEqual(before)
  expect((await ann.send('GET', workspace.path)).status).toBe(404)
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toEqual([])
  const [last] = await server.sql(
    'select action, outcome, actor_id from audit_log where resource_id = $1 order by id desc limit 1',
    [workspace.id],
  )
  expect(last).toEqual({ action: 'delete', outcome: 'success', actor_id: ann.id })
}, 120_000)

test('secrets are in files of the user and nowhere that an engine or the API shows', async () => {
  const { server, engine } = world
  const workspace = await world.create(ann)
  await untilBuilt(ann, workspace.id)
  const session = await world.inside(workspace.id, 'cat ~/.config/coder/session')
  const [id, secret = ''] = session.split('-')
  expect(secret).toHaveLength(22)
  const key = await world.inside(workspace.id, 'sed -n 3p ~/.ssh/id_ed25519')
  expect(key.length).toBeGreaterThan(40)
  const [container] = (
    await engine.podman('ps', '--quiet', '--filter', `name=${workspace.id}`)
  ).split('\n')
  const shown = [
    await engine.podman('inspect', container ?? ''),
    JSON.stringify(await log(workspace.id)),
    JSON.stringify((await ann.send('GET', workspace.path)).body),
    JSON.stringify((await ann.send('GET', '/api/v0/api-keys/me')).body),
    JSON.stringify(await server.sql('select * from audit_log')),
    JSON.stringify(await server.sql('select * from jobs')),
    await world.inside(
      workspace.id,
      'tr "\\0" "\\n" < /proc/1/environ; cat /proc/*/cmdline',
      'root',
    ),
  ]
  for (const text of shown) {
    expect(text).not.toContain(secret)
    expect(text).not.toContain(key)
  }
  expect(shown[3]).toContain(id)
  expect(await world.inside(workspace.id, 'git config user.name; git config user.email')).toBe(
    `site-member ${ann.username.split('-')[1]!}\n${ann.email}`,
  )
})

describe('what the user lets run at each start', () => {
  test('~/personalize: its output is in the log, and its failure does not fail the build', async () => {
    const workspace = await world.create(ann)
    await untilBuilt(ann, workspace.id)
    await world.inside(
      workspace.id,
      `printf '#!/bin/sh\\necho hello from $0\\necho wrong >&2\\nexit 3\\n' > ~/personalize; chmod +x ~/personalize`,
    )
    expect((await ann.send('PATCH', workspace.path, {})).status).toBe(200)
    expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
    expect(await messagesOf(workspace.id, 'stage')).toContain('Running ~/personalize')
    const said = await messagesOf(workspace.id, 'substage')
    expect(said).toContain('wrong')
    expect(said.some((line: string) => line.startsWith('hello from'))).toBe(true)
    expect(await messagesOf(workspace.id, 'error')).toEqual([
      '~/personalize failed with exit code 3',
    ])
  })

  test('dotfiles: links, or install.sh where that can be run', async () => {
    const workspace = await world.create(ann)
    await untilBuilt(ann, workspace.id)
    await world.inside(
      workspace.id,
      `set -e; git init -q ~/origin; cd ~/origin; echo 'alias x=y' > .aliases; git add .; git -c user.name=a -c user.email=a@b commit -qm one`,
    )
    await world.server.sql(
      "update users set dotfiles_git_uri = '/home/coder/origin' where id = $1",
      [ann.id],
    )
    await ann.send('PATCH', workspace.path, {})
    expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
    expect(await messagesOf(workspace.id, 'error')).toEqual([])
    expect(await world.inside(workspace.id, 'readlink ~/.aliases; cat ~/.aliases')).toBe(
      'dotfiles/.aliases\nalias x=y',
    )
    await world.inside(
      workspace.id,
      `set -e; cd ~/origin; printf '#!/bin/sh\\necho installed > ~/done\\n' > install.sh; chmod +x install.sh; git add .; git -c user.name=a -c user.email=a@b commit -qm two`,
    )
    await ann.send('PATCH', workspace.path, {})
    await untilBuilt(ann, workspace.id)
    expect(await world.inside(workspace.id, 'cat ~/done')).toBe('installed')
  })
})

test('a build that somebody else asks for gets no token of the owner', async () => {
  const { server } = world
  const boss = await server.person('site-member', {
    organizations: { [server.organizationId]: 'organization-super-manager' },
  })
  const workspace = await world.create(boss, { for_user_id: ann.id })
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
  expect(
    await world.inside(workspace.id, 'ls ~/.config/coder/session ~/.ssh/id_ed25519 2>&1 | wc -l'),
  ).toBe('2')
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toEqual([])
  await ann.send('PATCH', workspace.path, {})
  await untilBuilt(ann, workspace.id)
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toHaveLength(1)
  expect(await world.inside(workspace.id, 'stat -c %s ~/.config/coder/session')).toBe('33')

  // Built again while it runs: what is chosen by somebody else finds no token that is worth anything.
  const session = await world.inside(workspace.id, 'cat ~/.config/coder/session')
  const inside = { 'session-token': session }
  expect((await server.send('GET', '/api/v0/users/me', undefined, inside)).status).toBe(200)
  expect((await boss.send('PATCH', workspace.path, {})).status).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
  expect((await server.send('GET', '/api/v0/users/me', undefined, inside)).status).toBe(401)
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toEqual([])
})

/** A workspace whose next build runs until it is ended. */
async function endless() {
  const workspace = await world.create(ann)
  await untilBuilt(ann, workspace.id)
  await world.inside(
    workspace.id,
    `printf '#!/bin/sh\\ntouch ~/begun\\nsleep 100000\\n' > ~/personalize; chmod +x ~/personalize`,
  )
  expect((await ann.send('PATCH', workspace.path, {})).status).toBe(200)
  while (!(await messagesOf(workspace.id, 'stage')).includes('Running ~/personalize'));
  return workspace
}

test('cancel ends the build, and nothing runs afterwards', async () => {
  const { server } = world
  const before = await world.running()
  const workspace = await endless()
  const second = await server.second()
  const headers = { 'session-token': ann.token }
  // Asked of another process than the one that builds.
  const answer = await second.send('PUT', `${workspace.path}/cancel`, undefined, headers)
  expect(answer.status, answer.text).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({
    status: 'off',
    build: { status: 'canceled' },
  })
  expect((await log(workspace.id)).at(-1)).toMatchObject({ type: 'done', msg: 'Canceled' })
  expect(await world.running()).toEqual(before)
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toEqual([])
  await second.stop()
})

test('deleting while it is being built ends the build, and then everything', async () => {
  const before = await world.kept()
  const workspace = await endless()
  expect((await ann.send('DELETE', workspace.path)).status).toBe(204)
  await world.untilGone(workspace.id)
  expect(await world.kept()).toEqual(before)
})

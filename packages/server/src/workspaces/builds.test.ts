import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type TestEngine, useEngine } from '../../test/engine.ts'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addImage, addProvider, untilBuilt } from '../../test/workspace-world.ts'
import { run } from './run.ts'

// Builds on a real engine: what is in a workspace afterwards, and what is left of it at the end.

let server: TestServer
let engine: TestEngine
let provider: string
let image: string
let ann: Person
beforeAll(async () => {
  ;[server, engine] = await Promise.all([startServer(), useEngine()])
  provider = await addProvider(server, engine.url)
  if (engine.image.kind !== 'local') throw new Error('the engine has its image')
  image = await addImage(server, { reference: engine.image.reference })
}, 300_000)
afterAll(() => server.stop())
beforeEach(async () => {
  ann = await server.person()
})

const path = '/api/v0/workspaces'
let count = 0

async function create(fields: object = {}, by: Person = ann) {
  const body = { name: `w${++count}`, org_id: server.organizationId, image_id: image, ...fields }
  const answer = await by.send('POST', path, body)
  expect(answer.status, answer.text).toBe(201)
  const { id } = answer.body as { id: string }
  return { id, path: `${path}/${id}` }
}

/** Runs a shell's line in a workspace; answers what it prints. */
async function inside(id: string, line: string, user?: string): Promise<string> {
  const found = await server.platform.providers.of(provider)
  const printed: string[] = []
  const command = { argv: ['sh', '-c', line] as [string, ...string[]], ...(user ? { user } : {}) }
  const options = { report: (text: string) => printed.push(text), signal: AbortSignal.timeout(20_000) }
  const code = await run(found, id, command, options)
  return `${code === 0 ? '' : `exit ${code}: `}${printed.join('\n')}`
}

const log = async (id: string) => (await ann.send('GET', `${path}/${id}/log`)).body
const stagesOf = async (id: string) =>
  (await log(id)).filter((line: any) => line.type === 'stage').map((line: any) => line.msg)

async function untilGone(id: string): Promise<void> {
  while ((await server.sql('select 1 from workspaces where id = $1', [id])).length > 0);
}

test('a workspace is built, prepared, stopped, started again with its home, and deleted without rest', async () => {
  const before = await engine.podman('ps', '--all', '--quiet')
  const workspace = await create()
  const built = await untilBuilt(ann, workspace.id)
  expect(built, JSON.stringify(await log(workspace.id))).toMatchObject({
    status: 'running',
    latest_stat: { container_status: 'ON' },
    can: { open: true, stop: true },
  })
  expect(await stagesOf(workspace.id)).toEqual([
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
  const session = await inside(workspace.id, 'cat ~/.config/coder/session')
  expect(session.slice(0, 10)).toBe(keys[0].id)
  expect(await inside(workspace.id, 'stat -c %a ~/.config/coder/session ~/.ssh/id_ed25519 ~/.ssh')).toBe(
    '600\n600\n700',
  )
  const me = await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': session })
  expect(me.body.id).toBe(ann.id)
  const { body: pair } = await ann.send('GET', '/api/v0/users/me/sshkey')
  expect(await inside(workspace.id, 'ssh-keygen -y -f ~/.ssh/id_ed25519 2>&1 || cat ~/.ssh/id_ed25519.pub')).toContain(
    pair.public_key.split(' ')[1],
  )
  await inside(workspace.id, 'echo kept > ~/mine; echo lost > /tmp/lost')

  expect((await ann.send('PUT', `${workspace.path}/stop`)).status).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'off' })
  const refused = await server.send('GET', '/api/v0/users/me', undefined, {
    'session-token': session,
  })
  expect(refused.status).toBe(401)

  expect((await ann.send('PATCH', workspace.path, {})).status).toBe(200)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'running' })
  expect(await inside(workspace.id, 'cat ~/mine; ls /tmp/lost 2>/dev/null || echo reset')).toBe(
    'kept\nreset',
  )

  expect((await ann.send('DELETE', workspace.path)).status).toBe(204)
  await untilGone(workspace.id)
  expect(await engine.podman('ps', '--all', '--quiet')).toBe(before)
  expect((await ann.send('GET', workspace.path)).status).toBe(404)
  expect(await server.sql('select 1 from api_keys where user_id = $1', [ann.id])).toEqual([])
  const [last] = await server.sql(
    'select action, outcome, actor_id from audit_log where resource_id = $1 order by id desc limit 1',
    [workspace.id],
  )
  expect(last).toEqual({ action: 'delete', outcome: 'success', actor_id: ann.id })
}, 120_000)

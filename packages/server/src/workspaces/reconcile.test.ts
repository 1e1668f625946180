import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Person } from '../../test/harness.ts'
import { startWorld, untilBuilt, type World } from '../../test/workspace-world.ts'
import { newId } from '../platform/ids.ts'
import { reconcile } from './reconcile.ts'

let world: World
let ann: Person
beforeAll(async () => {
  world = await startWorld()
}, 300_000)
afterAll(() => world.server.stop())
beforeEach(async () => {
  ann = await world.server.person()
})

const hour = 3_600_000

async function running(built = hour) {
  const workspace = await world.create(ann)
  const { status } = await untilBuilt(ann, workspace.id)
  expect(status).toBe('running')
  await world.server.sql(
    `update workspaces set last_built_at = now() - make_interval(secs => $2) where id = $1`,
    [workspace.id, built / 1000],
  )
  return workspace
}

/** As when the engine or its machine was restarted. */
async function kill(id: string): Promise<void> {
  const [name] = (await world.kept()).filter((one) => one.includes(id))
  await world.engine.podman('kill', name ?? '')
  while ((await world.running()).some((one) => one.includes(id)));
}

test('what ran and was stopped from outside is started again, with its home, by nobody', async () => {
  const workspace = await running()
  await world.inside(workspace.id, 'echo kept > ~/mine')
  await reconcile(world.server.platform)
  expect((await ann.send('GET', workspace.path)).body.status).toBe('running')

  await kill(workspace.id)
  await reconcile(world.server.platform)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({
    status: 'running',
    build: { kind: 'start', initiator: null, reason: expect.stringContaining('engine') },
  })
  expect(await world.inside(workspace.id, 'cat ~/mine; stat -c %s ~/.config/coder/session')).toBe(
    'kept\n33',
  )
  const entries = await world.server.sql(
    `select actor_id, allowed_by, action, outcome from audit_log
     where resource_id = $1 and allowed_by = 'reconciler'`,
    [workspace.id],
  )
  const entry = { actor_id: null, allowed_by: 'reconciler', action: 'enqueue', outcome: 'success' }
  expect(entries).toEqual([entry, entry])
})

test('what ends soon after its start has failed; whoever is suspended stays off', async () => {
  const restless = await running(60_000)
  await kill(restless.id)
  await reconcile(world.server.platform)
  expect((await ann.send('GET', restless.path)).body).toMatchObject({
    status: 'failed',
    status_reason: expect.stringContaining('soon after'),
  })
  const workspace = await running()
  await kill(workspace.id)
  await world.server.sql("update users set status = 'suspended' where id = $1", [ann.id])
  await reconcile(world.server.platform)
  expect((await world.server.admin.send('GET', workspace.path)).body.status).toBe('off')
})

test('what runs and should not is stopped', async () => {
  const workspace = await running()
  await world.server.sql("update workspaces set status = 'off' where id = $1", [workspace.id])
  await reconcile(world.server.platform)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'off' })
  expect((await world.running()).filter((name) => name.includes(workspace.id))).toEqual([])
})

test('a container of no workspace is removed, and its home is kept', async () => {
  const workspace = await running()
  await world.server.sql('delete from workspaces where id = $1', [workspace.id])
  const before = (await world.kept()).filter((name) => name.includes(workspace.id))
  await reconcile(world.server.platform)
  await reconcile(world.server.platform)
  const after = (await world.kept()).filter((name) => name.includes(workspace.id))
  expect(before.length).toBeGreaterThan(1)
  expect(after.every((name) => name.includes('home'))).toBe(true)
  const provider = await world.server.platform.providers.of(world.provider)
  const left = (await provider.list()).find((one) => one.workspaceId === workspace.id)
  expect(left?.state).toBe('home_only')
  await provider.remove(workspace.id, 'nothing')
})

test('a build whose job is lost is taken up again', async () => {
  const workspace = await running()
  const build = newId(new Date())
  await world.server.sql(
    `with build as (insert into workspace_builds (id, workspace_id, kind, status, initiator_id, created_at)
       values ($1, $2, 'start', 'running', $3, now()) returning id)
     update workspaces set build_id = $1, status = 'building' where id = $2`,
    [build, workspace.id, ann.id],
  )
  await reconcile(world.server.platform)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({
    status: 'running',
    build: { id: build, status: 'succeeded' },
  })
})

test('of several processes one reconciles at a time', async () => {
  const workspace = await running()
  await kill(workspace.id)
  const hold = await world.server.hold("select pg_advisory_lock(hashtext('atelier workspaces'))")
  await reconcile(world.server.platform)
  expect((await ann.send('GET', workspace.path)).body.status).toBe('running')
  await hold.release()
  await reconcile(world.server.platform)
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ build: { initiator: null } })
})

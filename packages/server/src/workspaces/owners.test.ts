import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Person } from '../../test/harness.ts'
import { addImage, startWorld, untilBuilt, type World } from '../../test/workspace-world.ts'

// What becomes of workspaces when their owner or what they lie in goes, on a real engine.

let world: World
let ann: Person
let boss: Person
beforeAll(async () => {
  world = await startWorld()
  boss = await world.server.person('site-manager', { organizations: {} })
}, 300_000)
afterAll(() => world.server.stop())
beforeEach(async () => {
  ann = await world.server.person()
})

const listed = async (by: Person = boss) =>
  (await by.send('GET', `/api/v0/workspaces?users=${ann.id}`)).body as { id: string }[]

test('suspending a user stops what runs, by a job that names who suspended them', async () => {
  const { server } = world
  const before = await world.running()
  const workspace = await world.create(ann)
  const idle = await world.create(ann)
  await untilBuilt(ann, workspace.id)
  await untilBuilt(ann, idle.id)
  await ann.send('PUT', `${idle.path}/stop`)
  await untilBuilt(ann, idle.id)
  const session = await world.inside(workspace.id, 'cat ~/.config/coder/session')

  expect((await boss.send('POST', `/api/v0/users/${ann.id}/suspend`)).status).toBe(200)
  const headers = { 'session-token': session }
  expect((await server.send('GET', '/api/v0/users/me', undefined, headers)).status).toBe(401)
  expect(await untilBuilt(boss, workspace.id)).toMatchObject({
    status: 'off',
    build: { kind: 'stop', reason: 'The owner was suspended', initiator: { id: boss.id } },
  })
  expect(await world.running()).toEqual(before)
  const stops = await server.sql(
    `select resource_id, actor_id, allowed_by from audit_log
     where action = 'stop' and resource_id = any($1)`,
    [[workspace.id, idle.id]],
  )
  const mine = { resource_id: idle.id, actor_id: ann.id }
  expect(stops).toHaveLength(2)
  expect(stops).toContainEqual(expect.objectContaining(mine))
  expect(stops).toContainEqual({
    resource_id: workspace.id,
    actor_id: boss.id,
    allowed_by: 'site-manager: users Ua',
  })
  // Reactivated, they start it again themselves.
  await boss.send('POST', `/api/v0/users/${ann.id}/reactivate`)
  expect((await boss.send('GET', workspace.path)).body).toMatchObject({
    status: 'off',
    can: { start: true },
  })
})

test('deleting a user deletes their workspaces first, then them, attributed to who asked', async () => {
  const { server } = world
  const before = await world.kept()
  const workspaces = [await world.create(ann), await world.create(ann)]
  await untilBuilt(ann, workspaces[0]!.id)
  expect((await boss.send('DELETE', `/api/v0/users/${ann.id}`)).status).toBe(202)
  while ((await server.sql('select 1 from users where id = $1', [ann.id])).length > 0);
  expect(await listed()).toEqual([])
  expect(await world.kept()).toEqual(before)
  const gone = await server.sql(
    `select resource_type, actor_id from audit_log
     where action = 'delete' and resource_id = any($1) order by id`,
    [[ann.id, ...workspaces.map(({ id }) => id)]],
  )
  expect(gone.map((entry) => entry.resource_type)).toEqual(['environment', 'environment', 'user'])
  expect(new Set(gone.map((entry) => entry.actor_id))).toEqual(new Set([boss.id]))
}, 60_000)

test('409: a member who owns workspaces is removed with them, or not at all', async () => {
  const { server, organizationId } = { ...world, ...world.server, server: world.server }
  const workspace = await world.create(ann, { name: 'precious' })
  await untilBuilt(ann, workspace.id)
  const member = `/api/v0/orgs/${organizationId}/members/${ann.id}`
  const refused = await boss.send('DELETE', member)
  expect([refused.status, refused.body.code]).toEqual([409, 'member.owns_workspaces'])
  expect(refused.body.workspaces).toEqual([{ id: workspace.id, name: 'precious' }])
  expect(refused.body.title).toContain('precious')
  expect(await listed()).toHaveLength(1)

  const removed = await boss.send('DELETE', `${member}?delete_workspaces=true`)
  expect(removed.status, removed.text).toBe(204)
  await world.untilGone(workspace.id)
  const [entry] = await server.sql(
    "select allowed_by from audit_log where resource_type = 'org_member' and resource_id = $1",
    [ann.id],
  )
  expect(entry.allowed_by).toBe('site-manager: org_members Da')
})

test('409: an organization, an image or a tag that has workspaces stays', async () => {
  const { server } = world
  const organization = await server.organization()
  await server.sql(
    'insert into workspace_provider_organizations (provider_id, organization_id) values ($1, $2)',
    [world.provider, organization],
  )
  const image = await addImage(server, { organization })
  const bob = await server.person('site-member', {
    organizations: { [organization]: 'organization-member' },
  })
  const fields = { org_id: organization, image_id: image, image_tag: 'old' }
  const workspace = await world.create(bob, fields)
  await untilBuilt(bob, workspace.id)

  const refused = [
    ['DELETE', `/api/v0/orgs/${organization}`, 'organization.in_use'],
    ['DELETE', `/api/v0/images/${image}`, 'image.in_use'],
    ['DELETE', `/api/v0/images/${image}/tags/old`, 'image_tag.in_use'],
  ] as const
  for (const [method, path, code] of refused) {
    const answer = await boss.send(method, path)
    expect([answer.status, answer.body.code]).toEqual([409, code])
  }
  const { body: shown } = await boss.send('GET', `/api/v0/orgs/${organization}`)
  expect(shown).toMatchObject({ workspace_count: 1, can: { delete: false } })
  const { body: removal } = await boss.send('GET', `/api/v0/orgs/${organization}/removal`)
  expect(removal).toMatchObject({ allowed: false })

  const { body: tag } = await bob.send('GET', `/api/v0/images/${image}/tags/old`)
  expect(tag.workspaces).toMatchObject([{ id: workspace.id }])
  const other = await server.person('site-member', {
    organizations: { [organization]: 'organization-member' },
  })
  const { body: hidden } = await other.send('GET', `/api/v0/images/${image}/tags`)
  expect(hidden.map((one: { workspaces: unknown }) => one.workspaces)).toEqual([[], []])

  expect((await bob.send('DELETE', workspace.path)).status).toBe(204)
  await world.untilGone(workspace.id)
  for (const [method, path] of [...refused].reverse()) {
    expect((await boss.send(method, path)).status).toBe(204)
  }
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addImage, addProvider, untilBuilt } from '../../test/workspace-world.ts'
import { startDue, stopUnused } from './schedule.ts'

let server: TestServer
let image: string
let ann: Person
beforeAll(async () => {
  server = await startServer()
  await addProvider(server)
  image = await addImage(server)
})
afterAll(() => server.stop())
beforeEach(async () => {
  ann = await server.person()
})

const path = '/api/v0/workspaces'
let count = 0

/** A workspace in a status, whose build was some hours ago. */
async function settled(status: string, hours: number, fields: object = {}) {
  const body = { name: `w${++count}`, org_id: server.organizationId, image_id: image, ...fields }
  const { body: made } = await ann.send('POST', path, body)
  await untilBuilt(ann, made.id as string)
  const ago = `now() - make_interval(hours => ${hours})`
  await server.sql(
    `update workspaces set status = $2, created_at = ${ago}, last_built_at = ${ago}
    where id = $1`,
    [made.id, status],
  )
  await server.sql(`update workspace_builds set created_at = ${ago} where workspace_id = $1`, [
    made.id,
  ])
  return { id: made.id as string, path: `${path}/${made.id as string}` }
}

const buildOf = async (id: string) => (await ann.send('GET', `${path}/${id}`)).body.build

const entriesOf = (id: string, action: string) =>
  server.sql('select actor_id, allowed_by from audit_log where resource_id = $1 and action = $2', [
    id,
    action,
  ])

test('what nobody used for as long as the organization says stops, and is its owner’s in the log', async () => {
  const unused = await settled('running', 9)
  const busy = await settled('running', 9)
  const own = await settled('running', 9)
  await server.sql('update workspaces set last_connection_at = now() where id = $1', [busy.id])
  await ann.send('PUT', `${own.path}/schedule`, { autostart_enabled: false, auto_off_threshold: 0 })
  await stopUnused(server.platform)
  expect((await buildOf(unused.id)).kind).toBe('start')
  const eight = { auto_off_threshold: 8 * 3_600_000 }
  await server.admin.send('PATCH', `/api/v0/orgs/${server.organizationId}`, eight)
  await stopUnused(server.platform)
  expect(await buildOf(unused.id)).toMatchObject({
    kind: 'stop',
    initiator: null,
    reason: 'Not used for 8 hours',
  })
  expect((await buildOf(busy.id)).kind).toBe('start')
  expect((await buildOf(own.id)).kind).toBe('start')
  const entry = { actor_id: ann.id, allowed_by: 'schedule' }
  expect(await entriesOf(unused.id, 'auto_off')).toEqual([entry])
})

describe('starting', () => {
  /** When it is in a place, on a day with and one without daylight saving. */
  const moments = [
    ['Europe/Berlin', '2027-01-12T07:30:00Z'],
    ['Europe/Berlin', '2027-07-13T06:30:00Z'],
    ['America/New_York', '2027-01-12T13:30:00Z'],
    ['America/New_York', '2027-07-13T12:30:00Z'],
  ] as const

  function at(moment: number) {
    return { ...server.platform, clock: { now: () => new Date(moment) } }
  }

  async function wanting(zone: string, before: number) {
    const answer = await ann.send('PATCH', '/api/v0/users/me', {
      autostart_at: '08:30',
      autostart_time_zone: zone,
    })
    expect(answer.body, answer.text).toMatchObject({ autostart_at: '08:30' })
    const workspace = await settled('off', 1, { autostart_enabled: true })
    await server.sql(`update workspaces set created_at = $2, last_built_at = $2 where id = $1`, [
      workspace.id,
      new Date(before),
    ])
    await server.sql('update workspace_builds set created_at = $2 where workspace_id = $1', [
      workspace.id,
      new Date(before),
    ])
    return workspace
  }
  const hour = 3_600_000
  const day = 24 * hour

  test.each(moments)('at 08:30 in %s when that is %s, once', async (zone, text) => {
    const moment = Date.parse(text)
    const workspace = await wanting(zone, moment - day)
    const first = (await buildOf(workspace.id)).id
    for (const wrong of [moment - hour, moment + 2 * hour]) {
      await startDue(at(wrong))
      expect((await buildOf(workspace.id)).id).toBe(first)
    }
    await startDue(at(moment + 1_000))
    const build = await buildOf(workspace.id)
    expect(build.id).not.toBe(first)
    expect(build).toMatchObject({ kind: 'start', initiator: null })
    expect(await entriesOf(workspace.id, 'auto_start')).toMatchObject([{ actor_id: ann.id }])

    // Its owner turns it off again. The job is due at that time only, which is yet to come.
    await server.sql("update workspaces set status = 'off' where id = $1", [workspace.id])
    await server.sql('delete from jobs')
    await startDue(at(moment + hour / 2))
    expect((await buildOf(workspace.id)).id).toBe(build.id)
  })

  test('not on a day that the organization leaves out, nor what nobody has used for four days', async () => {
    const [zone, text] = moments[0]
    const moment = Date.parse(text)
    const organization = `/api/v0/orgs/${server.organizationId}`
    const workspace = await wanting(zone, moment - day)
    const first = (await buildOf(workspace.id)).id
    // 2027-01-12 is a Tuesday.
    await server.admin.send('PATCH', organization, { autostart_days: [1, 3] })
    await startDue(at(moment))
    expect((await buildOf(workspace.id)).id).toBe(first)
    await server.admin.send('PATCH', organization, { autostart_days: [1, 2, 3, 4, 5] })
    const old = await wanting(zone, moment - 5 * day)
    const oldBuild = (await buildOf(old.id)).id
    await startDue(at(moment))
    expect((await buildOf(workspace.id)).id).not.toBe(first)
    expect((await buildOf(old.id)).id).toBe(oldBuild)
  })

  test('400: a time zone that there is not; 403: somebody else’s, or their dotfiles', async () => {
    const zone = { autostart_time_zone: 'Europe/Nowhere' }
    const wrong = await ann.send('PATCH', '/api/v0/users/me', zone)
    expect([wrong.status, wrong.body.errors[0].path]).toEqual([400, 'autostart_time_zone'])
    for (const body of [
      { autostart_at: '03:00' },
      { dotfiles_git_uri: 'https://example.com/dotfiles.git' },
    ]) {
      const answer = await server.admin.send('PATCH', `/api/v0/users/${ann.id}`, body)
      expect([answer.status, answer.body.code]).toEqual([403, 'access.denied'])
    }
    const cleared = await ann.send('PATCH', '/api/v0/users/me', { autostart_at: '' })
    expect(cleared.body.autostart_at).toBe(null)
  })
})

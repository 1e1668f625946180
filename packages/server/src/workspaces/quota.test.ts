import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { addImage, addProvider, untilBuilt } from '../../test/workspace-world.ts'

let server: TestServer
let organization: string
let image: string
let ann: Person
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  organization = await server.organization()
  await addProvider(server, undefined, [organization])
  image = await addImage(server, { organization })
  ann = await member()
  await limit({})
})

const path = '/api/v0/workspaces'
let count = 0

const member = () =>
  server.person('site-member', { organizations: { [organization]: 'organization-member' } })

function create(by = ann, fields: object = {}) {
  const body = { name: `w${++count}`, org_id: organization, image_id: image, ...fields }
  return by.send('POST', path, body)
}

async function made(by = ann, fields: object = {}) {
  const answer = await create(by, fields)
  expect(answer.status, answer.text).toBe(201)
  return answer.body as { id: string }
}

async function limit(fields: object, site = 50) {
  await server.admin.send('PATCH', '/api/v0/config', { max_workspaces_per_user: site })
  const answer = await server.admin.send('PATCH', `/api/v0/orgs/${organization}`, fields)
  expect(answer.status, answer.text).toBe(200)
}

const statuses = (answers: readonly { status: number }[]) =>
  answers.map(({ status }) => status).sort()

describe('409: one more than', () => {
  test('a user can have in all', async () => {
    await limit({}, 2)
    await made()
    await made()
    const answer = await create()
    expect([answer.status, answer.body.code]).toEqual([409, 'workspace.quota'])
    expect(answer.body.title).toContain('at most 2 workspaces')
    // Another user has their own.
    await made(await member())
  })

  test('a user, or all together, can have in the organization', async () => {
    await limit({ max_workspaces_per_user: 1, max_workspaces: 2 })
    await made()
    expect((await create()).body.code).toBe('workspace.quota')
    await made(await member())
    expect((await create(await member())).body.code).toBe('workspace.quota')
    // 0 takes the limits away.
    await limit({ max_workspaces_per_user: 0, max_workspaces: 0 })
    await made()
  })

  test.each([
    ['max_cpu_cores', 2.6, { cpu_cores: 2 }, { cpu_cores: 1.6 }],
    ['max_memory_gb', 2.1, { memory_gb: 2 }, { memory_gb: 1.6 }],
    ['max_disk_gb', 2, { disk_gb: 2 }, { disk_gb: 1 }],
  ])('%s of all workspaces together', async (name, most, tooMuch, enough) => {
    await limit({ [name]: most })
    await made()
    const answer = await create(ann, tooMuch)
    expect([answer.status, answer.body.code], answer.text).toEqual([409, 'workspace.quota'])
    await made(ann, enough)
  })
})

test('409: growing beyond what the organization has; shrinking and rebuilding are no matter', async () => {
  const { id } = await made(ann, { cpu_cores: 2 })
  await untilBuilt(ann, id)
  await limit({ max_cpu_cores: 1 })
  const grown = await ann.send('PATCH', `${path}/${id}`, { cpu_cores: 3 })
  expect([grown.status, grown.body.code]).toEqual([409, 'workspace.quota'])
  for (const body of [{}, { cpu_cores: 1.5 }]) {
    const answer = await ann.send('PATCH', `${path}/${id}`, body)
    expect(answer.status, answer.text).toBe(200)
    await untilBuilt(ann, id)
  }
})

describe('at once', () => {
  test('two for the same user pass no limit of users', async () => {
    await limit({}, 1)
    const hold = await server.hold('select 1 from users where id = $1 for update', [ann.id])
    const answers = [create(), create(), create()]
    await hold.untilWaiting(3)
    await hold.release()
    expect(statuses(await Promise.all(answers))).toEqual([201, 409, 409])
  })

  test('several users pass no limit of the organization', async () => {
    await limit({ max_cpu_cores: 2 })
    const people = [ann, await member(), await member()]
    const hold = await server.hold('select 1 from organizations where id = $1 for update', [
      organization,
    ])
    const answers = people.map((person) => create(person))
    await hold.untilWaiting(3)
    await hold.release()
    expect(statuses(await Promise.all(answers))).toEqual([201, 201, 409])
    const [row] = await server.sql(
      'select sum(cpu_cores) as cores from workspaces where organization_id = $1',
      [organization],
    )
    expect(row.cores).toBe(2)
  })

  test('of two builds of one workspace the second is refused', async () => {
    const { id } = await made()
    await untilBuilt(ann, id)
    const hold = await server.hold('select 1 from workspaces where id = $1 for update', [id])
    const answers = [1, 2].map(() => ann.send('PATCH', `${path}/${id}`, {}))
    await hold.untilWaiting(2)
    await hold.release()
    expect(statuses(await Promise.all(answers))).toEqual([200, 409])
    const builds = await server.sql('select 1 from workspace_builds where workspace_id = $1', [id])
    expect(builds).toHaveLength(2)
  })

  test('a build and the suspension of the owner: nothing is left that runs', async () => {
    const { id } = await made()
    await untilBuilt(ann, id)
    const hold = await server.hold('select 1 from workspaces where id = $1 for update', [id])
    const build = server.admin.send('PATCH', `${path}/${id}`, {})
    await hold.untilWaiting(1)
    const suspension = server.admin.send('POST', `/api/v0/users/${ann.id}/suspend`)
    await hold.untilWaiting(2)
    await hold.release()
    expect([(await build).status, (await suspension).status]).toEqual([200, 200])
    const after = await untilBuilt(server.admin, id)
    expect(['off', 'failed']).toContain(after.status)
    const [last] = await server.sql(
      'select cancel_asked from workspace_builds where workspace_id = $1 order by id desc limit 1',
      [id],
    )
    expect(last.cancel_asked).toBe(true)
  })

  test('creating and being removed from the organization: one of them is refused', async () => {
    const hold = await server.hold('select 1 from users where id = $1 for update', [ann.id])
    const creation = create()
    await hold.untilWaiting(1)
    const removal = server.admin.send('DELETE', `/api/v0/orgs/${organization}/members/${ann.id}`)
    await hold.untilWaiting(2)
    await hold.release()
    const outcome = [(await creation).status, (await removal).status]
    expect([
      [201, 409],
      [404, 204],
    ]).toContainEqual(outcome)
  })
})

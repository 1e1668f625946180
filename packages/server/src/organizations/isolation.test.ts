import { endpoints } from '@atelier/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'
import { hashToken } from '../sessions/principals.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

type Role = 'organization-super-manager' | 'organization-manager' | 'organization-member'

function personIn(id: string, role: Role) {
  return server.person('site-member', { organizations: { [id]: role } })
}

async function membershipsOf(...ids: string[]) {
  return server.sql(
    `select organization_id, user_id, role from organization_members
     where organization_id = any($1) order by organization_id, user_id`,
    [ids],
  )
}

let keys = 0

/** An API key of a user, as the store keeps it. */
async function keyOf(person: Person, scopes: string[] | null = null): Promise<string> {
  const id = `key${String(++keys).padStart(7, '0')}`
  const secret = 's'.repeat(22)
  await server.sql(
    `insert into api_keys (id, user_id, name, secret_hash, scopes, secret_at, created_at)
     values ($1, $2, $1, $3, $4, now(), now())`,
    [id, person.id, hashToken(secret), scopes],
  )
  return `${id}-${secret}`
}

async function statusOf(url: string, token: string, path: string): Promise<number> {
  const response = await fetch(url + path, { headers: { 'session-token': token } })
  await response.text()
  return response.status
}

test('row 3: nobody joins, or is drawn into, an organization that gives more than they hold', async () => {
  const [own, other] = [await server.organization(), await server.organization()]
  await server.sql(`update organizations set default_role = 'organization-super-manager'`)
  const manager = await personIn(own, 'organization-manager')
  const boss = await personIn(own, 'organization-super-manager')
  const friend = await server.person('site-member', { organizations: {} })
  const before = await membershipsOf(own, other)

  for (const [person, organization, user] of [
    [manager, own, friend],
    [manager, own, manager],
    [manager, other, manager],
    [boss, other, boss],
    [boss, other, friend],
    [friend, own, friend],
    [friend, other, friend],
  ] as const) {
    const answer = await person.send('POST', `/api/v0/orgs/${organization}/members`, {
      user_id: user.id,
    })
    expect(answer.status).toBe(person === manager && organization === own ? 403 : 404)
  }
  await server.sql(`update organizations set default_role = 'organization-member'`)
  expect(await membershipsOf(own, other)).toEqual(before)
})

test('row 4: a key that may add members chooses no role for them, nor changes one', async () => {
  const id = await server.organization()
  const boss = await personIn(id, 'organization-super-manager')
  const [user, other] = [await server.person(), await server.person()]
  const members = `/api/v0/orgs/${id}/members`
  const token = { 'session-token': await keyOf(boss, ['org_members:create']) }

  const chosen = await server.send(
    'POST',
    members,
    { user_id: user.id, role: 'organization-manager' },
    token,
  )
  expect([chosen.status, chosen.body.missing.key_scope]).toEqual([403, 'org_members:update'])
  expect((await server.send('POST', members, { user_id: other.id }, token)).status).toBe(201)
  const change = await server.send(
    'PUT',
    `${members}/${other.id}/role`,
    { role: 'organization-manager' },
    token,
  )
  expect(change.status).toBe(403)
  expect((await server.send('GET', members, undefined, token)).status).toBe(403)
  expect((await membershipsOf(id)).map((row) => row.role).sort()).toEqual([
    'organization-member',
    'organization-super-manager',
  ])
})

test('row 5: a suspended or deleted member holds nothing by the membership', async () => {
  const id = await server.organization()
  for (const status of ['suspended', 'deleting']) {
    const boss = await personIn(id, 'organization-super-manager')
    const user = await personIn(id, 'organization-member')
    const key = await keyOf(boss)
    await server.sql('update users set status = $2 where id = $1', [boss.id, status])
    const role = await boss.send('PUT', `/api/v0/orgs/${id}/members/${user.id}/role`, {
      role: 'organization-super-manager',
    })
    expect(role.status).toBe(401)
    expect(await statusOf(server.url, key, `/api/v0/orgs/${id}`)).toBe(401)
    expect((await membershipsOf(id)).find((row) => row.user_id === user.id)).toMatchObject({
      role: 'organization-member',
    })
  }
})

test('row 6: what a membership gave dies with it: session, key and other processes at once', async () => {
  const second = await server.second()
  const id = await server.organization()
  const colleague = await personIn(id, 'organization-member')
  const boss = await personIn(id, 'organization-super-manager')
  const key = await keyOf(boss)
  const askAll = async () => {
    const answers: number[] = []
    for (const url of [server.url, second.url]) {
      for (const token of [boss.token, key]) {
        for (const path of [`/orgs/${id}`, `/orgs/${id}/members`, `/users/${colleague.id}`]) {
          answers.push(await statusOf(url, token, `/api/v0${path}`))
        }
      }
    }
    return new Set(answers)
  }
  for (let i = 0; i < 3; i++) {
    expect(await askAll()).toEqual(new Set([200]))
    const path = `/api/v0/orgs/${id}/members/${boss.id}`
    expect((await server.admin.send('DELETE', path)).status).toBe(204)
    expect(await askAll()).toEqual(new Set([404]))
    const again = await server.admin.send('POST', `/api/v0/orgs/${id}/members`, {
      user_id: boss.id,
      role: 'organization-super-manager',
    })
    expect(again.status).toBe(201)
  }
})

test('row 6: a lower organization role counts in the very next request, everywhere', async () => {
  const second = await server.second()
  const id = await server.organization()
  const boss = await personIn(id, 'organization-super-manager')
  const key = await keyOf(boss)
  const ask = () => statusOf(second.url, key, `/api/v0/orgs/${id}`)
  expect(await ask()).toBe(200)
  await server.admin.send('PUT', `/api/v0/orgs/${id}/members/${boss.id}/role`, {
    role: 'organization-member',
  })
  expect(await ask()).toBe(404)
})

test('row 6: a request in flight of somebody just removed does not pass', async () => {
  const id = await server.organization()
  // The user is locked before the caller, whose id is younger: the caller is still free to lose.
  const user = await personIn(id, 'organization-member')
  const boss = await personIn(id, 'organization-super-manager')
  const hold = await server.hold('select 1 from users where id = $1 for update', [user.id])
  const inFlight = boss.send('PUT', `/api/v0/orgs/${id}/members/${user.id}/role`, {
    role: 'organization-super-manager',
  })
  await hold.untilWaiting(1)
  const removal = await server.admin.send('DELETE', `/api/v0/orgs/${id}/members/${boss.id}`)
  await hold.release()
  expect([removal.status, (await inFlight).status]).toEqual([204, 404])
  expect(await membershipsOf(id)).toMatchObject([{ user_id: user.id, role: 'organization-member' }])
})

test('row 8: each route on another organization answers 404 and changes nothing', async () => {
  const [own, foreign] = [await server.organization(), await server.organization()]
  const boss = await personIn(own, 'organization-super-manager')
  const victim = await personIn(foreign, 'organization-member')
  const bodies: Readonly<Record<string, unknown>> = {
    update: { name: 'Taken over' },
    addMember: { user_id: boss.id },
    changeMemberRole: { role: 'organization-super-manager' },
  }
  const before = [
    await membershipsOf(own, foreign),
    await server.sql('select * from organizations where id = $1', [foreign]),
  ]
  const routes = Object.entries(endpoints.organizations).filter(([, route]) => 'params' in route)
  expect(routes).toHaveLength(8)
  for (const [name, route] of routes) {
    const path = route.path.replace(':organization', foreign).replace(':user', victim.id)
    const answer = await boss.send(route.method, path, bodies[name])
    expect([name, answer.status]).toEqual([name, 404])
    expect(answer.text).not.toContain(victim.username)
  }
  expect([
    await membershipsOf(own, foreign),
    await server.sql('select * from organizations where id = $1', [foreign]),
  ]).toEqual(before)
})

test('row 15: organization A in the path with a user of organization B answers 404', async () => {
  const [a, b] = [await server.organization(), await server.organization()]
  const boss = await personIn(a, 'organization-super-manager')
  const user = await personIn(b, 'organization-member')
  const before = await membershipsOf(a, b)
  const path = `/api/v0/orgs/${a}/members/${user.id}`
  for (const person of [boss, server.admin]) {
    const role = await person.send('PUT', `${path}/role`, { role: 'organization-manager' })
    const removal = await person.send('DELETE', path)
    expect([role.status, removal.status]).toEqual([404, 404])
  }
  // Being a super manager of A shows nothing of who is only in B.
  expect((await boss.send('GET', `/api/v0/users/${user.id}`)).status).toBe(404)
  expect(await membershipsOf(a, b)).toEqual(before)
})

test('row 7: who reads a user through one organization learns nothing of their other ones', async () => {
  const [here, elsewhere] = [await server.organization(), await server.organization('Secret plans')]
  const manager = await server.person('site-member', {
    organizations: { [here]: 'organization-manager' },
  })
  const both = await server.person('site-member', {
    organizations: { [here]: 'organization-member', [elsewhere]: 'organization-super-manager' },
  })
  const inList = await manager.send('GET', `/api/v0/users?q=${both.username}`)
  const inOne = await manager.send('GET', `/api/v0/users/${both.id}`)
  const among = await manager.send('GET', `/api/v0/orgs/${here}/members`)
  const role = 'organization-member'
  for (const user of [inList.body[0], inOne.body]) {
    expect(user.organizations).toEqual([{ id: here, name: expect.any(String), role }])
  }
  const exported = await manager.send('GET', '/api/v0/users/export')
  const filtered = await manager.send('GET', `/api/v0/users?organization=${elsewhere}&limit=5`)
  expect(filtered.body).toEqual([])
  expect(filtered.headers.get('x-total-count')).toBe('0')
  const question = `user=${both.id}&operation=delete&resource=images&org=${elsewhere}`
  const checked = await manager.send('GET', `/api/v0/access/check?${question}`)
  expect(checked.status).toBe(404)
  const file = await manager.send('GET', `/api/v0/users/export?organization=${elsewhere}`)
  for (const { text } of [inList, inOne, among, exported, filtered, checked, file]) {
    expect(text).not.toContain('Secret plans')
  }
  expect(exported.text).toContain(both.email)
  expect(file.text).not.toContain(both.email)

  // They themselves and administrators see all of it.
  for (const reader of [both, server.admin, await server.person('site-manager')]) {
    const { body } = await reader.send('GET', `/api/v0/users/${both.id}`)
    expect(body.organizations).toHaveLength(2)
    const answer = await reader.send('GET', `/api/v0/access/check?${question}`)
    expect(answer.body.allowed).toBe(true)
  }
})

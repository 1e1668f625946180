import { describe, expect, test } from 'vitest'
import { newSetupToken } from '../../src/setup/service.ts'
import { type Answer, password, type Person } from '../harness.ts'
import {
  hold,
  holdUser,
  inOrder,
  makeRole,
  remove,
  server,
  siteAdmins,
  stateOf,
  summary,
  suspend,
  useServer,
} from './racing.ts'

useServer()

describe('many changes at once', () => {
  test('two super managers who demote each other: the second one has lost the right', async () => {
    const organization = await server.organization()
    const organizations = { [organization]: 'organization-super-manager' } as const
    const ann = await server.person('site-member', { organizations })
    const bob = await server.person('site-member', { organizations })
    const demote = (actor: Person, target: Person) =>
      actor.send('PUT', `/api/v0/orgs/${organization}/members/${target.id}/role`, {
        role: 'organization-member',
      })
    const row = await holdUser(ann)
    const [first, second] = await inOrder(
      row,
      () => demote(ann, bob),
      () => demote(bob, ann),
    )
    expect([summary(first), summary(second)]).toEqual([200, [404, 'resource.not_found']])
  })

  test('20 demotions of the same user: all answered, and each sees the one before', async () => {
    const target = await server.person('site-auditor')
    const managers = await Promise.all(
      Array.from({ length: 20 }, () => server.person('site-manager')),
    )
    const row = await holdUser(target)
    const waiting = managers.map((manager) => makeRole(manager, target, 'site-member'))
    await row.untilWaiting(20)
    await row.release()
    expect((await Promise.all(waiting)).map(summary)).toEqual(managers.map(() => 200))
    expect(await stateOf(target)).toMatchObject({
      role: 'site-member',
      log: managers.map(() => 'success'),
    })
    const changes = await server.sql(
      "select 1 from audit_log where resource_id = $1 and diff ? 'role'",
      [target.id],
    )
    expect(changes).toHaveLength(1)
  })

  test('20 changes of the same version: one of them', async () => {
    const target = await server.person('site-auditor')
    const row = await holdUser(target)
    const waiting = Array.from({ length: 20 }, () =>
      makeRole(server.admin, target, 'site-member', { 'if-match': '"1"' }),
    )
    await row.untilWaiting(20)
    await row.release()
    const answers = (await Promise.all(waiting)).map(({ status }) => status).sort()
    expect(answers).toEqual([200, ...Array.from({ length: 19 }, () => 412)])
    expect(await stateOf(target)).toMatchObject({
      role: 'site-member',
      version: 2,
      log: ['success'],
    })
  })

  test('20 demotions of different users by one administrator: all of them', async () => {
    const targets = await Promise.all(
      Array.from({ length: 20 }, () => server.person('site-manager')),
    )
    const row = await hold('select 1 from users where id = any($1) for update', [
      targets.map(({ id }) => id),
    ])
    const waiting = targets.map((target) => makeRole(server.admin, target, 'site-member'))
    await row.untilWaiting(20)
    await row.release()
    expect((await Promise.all(waiting)).map(summary)).toEqual(targets.map(() => 200))
    const states = await Promise.all(targets.map(stateOf))
    expect(states.map(({ role, log }) => [role, log])).toEqual(
      targets.map(() => ['site-member', ['success']]),
    )
  })

  test('20 managers, each demoted while they suspend the next: no deadlock, and one order', async () => {
    const managers = await Promise.all(
      Array.from({ length: 20 }, () => server.person('site-manager')),
    )
    const oldest = managers.reduce((low, one) => (one.id < low.id ? one : low))
    const row = await holdUser(oldest)
    const next = (index: number) => managers[(index + 1) % managers.length]!
    const suspensions = managers.map((manager, index) => suspend(manager, next(index)))
    const demotions = managers
      .slice(0, 5)
      .map((manager) => makeRole(server.admin, manager, 'site-member'))
    await row.untilWaiting(1)
    await row.release()
    const answers = await Promise.all(suspensions)
    expect((await Promise.all(demotions)).map(({ status }) => status)).toEqual(
      demotions.map(() => 200),
    )
    for (const [index, answer] of answers.entries()) {
      expect([200, 401, 404]).toContain(answer.status)
      const { status } = await stateOf(next(index))
      expect(status).toBe(answer.status === 200 ? 'suspended' : 'active')
    }
    // Whoever suspended somebody was active then: not everybody can have been suspended first.
    expect(answers.some(({ status }) => status === 200)).toBe(true)
  })
})

describe('creating', () => {
  const body = (username: string, email = `${username}@example.com`) => ({
    name: 'New',
    username,
    email,
  })
  const insertion = `insert into users (id, email, username, name, created_at, updated_at)
    values (gen_random_uuid(), $1, $2, 'Held', now(), now())`

  test.each([
    [
      'username',
      body('Twin', 'one@example.com'),
      body('twin', 'two@example.com'),
      'user.username_taken',
    ],
    [
      'e-mail',
      body('twin-a', 'Twin@example.com'),
      body('twin-b', 'twin@example.com'),
      'user.email_taken',
    ],
  ])('two users with the same %s at once: 201 and 409', async (_, one, other, code) => {
    const manager = await server.person('site-manager')
    const row = await hold(insertion, [other.email, other.username])
    const waiting = [
      server.admin.send('POST', '/api/v0/users', one),
      manager.send('POST', '/api/v0/users', other),
    ]
    await row.untilWaiting(2)
    await row.release()
    const answers = (await Promise.all(waiting)).map(summary)
    expect(answers).toHaveLength(2)
    expect(answers).toContainEqual(201)
    expect(answers).toContainEqual([409, code])
    const rows = await server.sql(
      'select 1 from users where lower(username) = $1 or lower(email) = $2',
      [other.username, other.email],
    )
    expect(rows).toHaveLength(1)
  })

  test('the same request twice at once, with one Idempotency-Key: one user', async () => {
    const row = await hold(insertion, ['once@example.com', 'once'])
    const create = () =>
      server.admin.send('POST', '/api/v0/users', body('once'), { 'idempotency-key': 'one' })
    const first = create()
    await row.untilWaiting(1)
    expect(summary(await create())).toEqual([409, 'request.idempotency_conflict'])
    await row.release()
    const [created, repeated] = [await first, await create()]
    expect([created.status, repeated.status]).toEqual([201, 201])
    expect(repeated.body).toEqual(created.body)
    expect(await server.sql("select 1 from users where username = 'once'")).toHaveLength(1)
  })
})

describe('a sign-in', () => {
  const signIn = (person: Person) =>
    server.send('POST', '/api/v0/sessions', { login: person.username, password })
  const sessionsOf = (person: Person) =>
    server.sql('select 1 from sessions where user_id = $1', [person.id])
  const cookieOf = (answer: Answer) => answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''

  test('two of them before a suspension: both are ended by it', async () => {
    const person = await server.person()
    const row = await holdUser(person)
    const [one, other, suspension] = await inOrder(
      row,
      () => signIn(person),
      () => signIn(person),
      () => suspend(server.admin, person),
    )
    expect(suspension.status).toBe(200)
    expect(await sessionsOf(person)).toEqual([])
    for (const answer of [one, other]) {
      expect([201, 401]).toContain(answer.status)
      const cookie = cookieOf(answer)
      const asked = await server.send('GET', '/api/v0/session', undefined, { cookie })
      expect(asked.status).toBe(401)
    }
  })

  test('two of them after a suspension: refused', async () => {
    const person = await server.person()
    const row = await holdUser(person)
    const [suspension, one, other] = await inOrder(
      row,
      () => suspend(server.admin, person),
      () => signIn(person),
      () => signIn(person),
    )
    expect([suspension, one, other].map(({ status }) => status)).toEqual([200, 401, 401])
    expect(await sessionsOf(person)).toEqual([])
  })

  test('with a password that is reset meanwhile: refused', async () => {
    const person = await server.person()
    const row = await holdUser(person)
    const [reset, answer] = await inOrder(
      row,
      () => server.admin.send('POST', `/api/v0/users/${person.id}/reset-password`),
      () => signIn(person),
    )
    expect([reset.status, answer.status]).toEqual([200, 401])
    expect(await sessionsOf(person)).toEqual([])
  })

  test('401: suspended between the beginning of the session and its answer', async () => {
    const person = await server.person()
    const row = await hold('lock table known_addresses in share mode')
    const answering = signIn(person)
    await row.untilWaiting(1)
    expect((await suspend(server.admin, person)).status).toBe(200)
    await row.release()
    expect(summary(await answering)).toEqual([401, 'session.required'])
  })

  test('401: deleted between the beginning of the session and its answer', async () => {
    const person = await server.person()
    const row = await hold('lock table sign_in_failures in share mode')
    const answering = signIn(person)
    await row.untilWaiting(1)
    expect((await remove(server.admin, person)).status).toBe(202)
    while ((await server.sql('select 1 from users where id = $1', [person.id])).length > 0);
    await row.release()
    expect(summary(await answering)).toEqual([401, 'session.required'])
  })
})

test('two setups at once create one site admin', async () => {
  await server.sql(`begin; set local session_replication_role = replica;
    delete from organization_members; delete from sessions; delete from api_keys;
    delete from users; delete from organizations; commit`)
  const token = await newSetupToken(server.platform)
  const setUp = (username: string) =>
    server.send('POST', '/api/v0/setup', {
      token,
      username,
      email: `${username}@example.com`,
      name: username,
      password,
    })
  const row = await hold('lock table users in share row exclusive mode')
  const [one, other] = await inOrder(
    row,
    () => setUp('first'),
    () => setUp('second'),
  )
  const answers = [summary(one), summary(other)]
  expect(answers).toContainEqual(expect.any(Number))
  expect(answers).toContainEqual([404, 'setup.done'])
  expect(await siteAdmins()).toHaveLength(1)
  expect(await server.sql('select username from users')).toEqual([
    { username: one.status < 300 ? 'first' : 'second' },
  ])
  expect(await server.sql('select name from organizations')).toEqual([{ name: 'Default' }])
})

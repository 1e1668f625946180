import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newSetupToken } from '../../src/setup/service.ts'
import { resetAdminPassword } from '../../src/users/reset-admin.ts'
import {
  type Answer,
  type Hold,
  password,
  type Person,
  startServer,
  type TestServer,
} from '../harness.ts'

// Every race here is forced: a third connection holds a row until the requests wait for it in a
// known order, and then lets go. Ids grow with time, and users are locked by id: a request waits for
// whoever is older first, so the tests say who is older by making them first.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(() => server.restoreAdmin())

// A test that fails must not keep the others waiting.
const held = new Set<Hold>()
afterEach(async () => {
  await Promise.all([...held].map((one) => one.release()))
})

async function hold(text: string, values?: readonly unknown[]): Promise<Hold> {
  const inner = await server.hold(text, values)
  const one: Hold = {
    untilWaiting: (count) => inner.untilWaiting(count),
    release: async () => {
      held.delete(one)
      await inner.release()
    },
  }
  held.add(one)
  return one
}

const holdUser = (person: { id: string }): Promise<Hold> =>
  hold('select 1 from users where id = $1 for update', [person.id])

/** Starts each request when the ones before it wait, lets go, and answers what became of them. */
async function inOrder<T extends readonly (() => Promise<unknown>)[]>(
  row: Hold,
  ...requests: T
): Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
  const started: Promise<unknown>[] = []
  for (const request of requests) {
    started.push(request())
    await row.untilWaiting(started.length)
  }
  await row.release()
  return (await Promise.all(started)) as { [K in keyof T]: Awaited<ReturnType<T[K]>> }
}

/** What is known of a user in the database, and what the audit log says that was done to them. */
async function stateOf({ id }: { id: string }) {
  const [user] = await server.sql(
    'select site_role as role, status, temporary_password as temporary, version from users where id = $1',
    [id],
  )
  const entries = await server.sql(
    'select outcome, refusal_code as code from audit_log where resource_id = $1 order by at, id',
    [id],
  )
  return { ...user, log: entries.map(({ outcome, code }) => (code as string | null) ?? outcome) }
}

async function siteAdmins(): Promise<unknown[]> {
  const rows = await server.sql("select id from users where site_role = 'site-admin'")
  return rows.map((row) => row.id as unknown)
}

const summary = ({ status, body }: Answer) => (status < 300 ? status : [status, body.code])

const makeRole = (actor: Pick<Person, 'send'>, target: Person, role: string, headers = {}) =>
  actor.send('PUT', `/api/v0/users/${target.id}/role`, { role }, headers)
const suspend = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('POST', `/api/v0/users/${target.id}/suspend`)
const remove = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('DELETE', `/api/v0/users/${target.id}`)
const transfer = (actor: Pick<Person, 'send'>, target: Person) =>
  actor.send('POST', '/api/v0/site-admin/transfer', { user_id: target.id, password })

/** Speaks with a credential of its own. */
const by = (token: string): Pick<Person, 'send'> => ({
  send: (method, path, body, headers) =>
    server.send(method, path, body, { 'session-token': token, ...headers }),
})

async function signedIn(person: Person): Promise<string> {
  const answer = await server.send('POST', '/auth/basic/login', { email: person.email, password })
  return answer.body.session_token as string
}

async function keyOf(
  person: Person,
  scopes?: readonly string[],
): Promise<{ id: string; key: string }> {
  const body = { name: `key ${Math.random()}`, scopes }
  return (await person.send('POST', '/api/v0/api-keys/me', body)).body
}

describe('the transfer of the site admin role', () => {
  test('two at once, to different users: one wins, the other is refused', async () => {
    const [one, other] = [await server.person('site-manager'), await server.person()]
    const row = await holdUser(server.admin)
    const [first, second] = await inOrder(
      row,
      () => transfer(server.admin, one),
      () => transfer(server.admin, other),
    )
    expect([summary(first), summary(second)]).toEqual([200, [403, 'access.outranked']])
    expect(await siteAdmins()).toEqual([one.id])
    expect(await stateOf(one)).toMatchObject({ role: 'site-admin', log: ['success'] })
    expect(await stateOf(other)).toMatchObject({ role: 'site-member', log: ['access.outranked'] })
    expect(await stateOf(server.admin)).toMatchObject({ role: 'site-manager' })
  })

  test('two at once, to the same user: once', async () => {
    const heir = await server.person()
    const row = await holdUser(server.admin)
    const [first, second] = await inOrder(
      row,
      () => transfer(server.admin, heir),
      () => transfer(server.admin, heir),
    )
    expect([summary(first), summary(second)]).toEqual([200, [403, 'access.outranked']])
    expect(await siteAdmins()).toEqual([heir.id])
  })

  test('there and back at once: the heir is nobody yet when they ask', async () => {
    const heir = await server.person('site-manager')
    const row = await holdUser(server.admin)
    const [back, there] = await inOrder(
      row,
      () => transfer(heir, server.admin),
      () => transfer(server.admin, heir),
    )
    expect([summary(back), summary(there)]).toEqual([[403, 'access.outranked'], 200])
    expect(await siteAdmins()).toEqual([heir.id])
  })

  const others: readonly {
    what: string
    act: (manager: Person, target: Person) => Promise<Answer>
    /** The answers when it comes first, and when the transfer does. */
    first: readonly [unknown, unknown]
    last: readonly [unknown, unknown]
  }[] = [
    {
      what: 'the deletion',
      act: remove,
      first: [202, [404, 'resource.not_found']],
      last: [200, [409, 'user.site_admin_protected']],
    },
    {
      what: 'the suspension',
      act: suspend,
      first: [200, [409, 'transfer.target_invalid']],
      last: [200, [409, 'user.site_admin_protected']],
    },
    {
      what: 'a password reset',
      act: (manager, target) => manager.send('POST', `/api/v0/users/${target.id}/reset-password`),
      first: [200, [409, 'transfer.target_invalid']],
      last: [200, [403, 'access.outranked']],
    },
    {
      what: 'a password set',
      act: (manager, target) =>
        manager.send('PATCH', `/api/v0/users/${target.id}`, {
          password: 'a quite different phrase',
          temporary_password: true,
        }),
      first: [200, [409, 'transfer.target_invalid']],
      last: [200, [403, 'access.outranked']],
    },
    {
      what: 'a change of the role',
      act: (manager, target) => makeRole(manager, target, 'site-auditor'),
      first: [200, 200],
      last: [200, [409, 'user.site_admin_protected']],
    },
    {
      what: 'the sign-out',
      act: (manager, target) => manager.send('POST', `/api/v0/users/${target.id}/sign-out`),
      first: [200, 200],
      last: [200, [403, 'access.outranked']],
    },
  ]

  test.each(others)('after $what', async ({ act, first }) => {
    const [manager, target] = [await server.person('site-manager'), await server.person()]
    const row = await holdUser(target)
    const answers = await inOrder(
      row,
      () => act(manager, target),
      () => transfer(server.admin, target),
    )
    expect(answers.map(summary)).toEqual(first)
    const done = first[1] === 200
    expect(await siteAdmins()).toEqual([done ? target.id : server.admin.id])
    expect((await stateOf(target)).log).toHaveLength(2)
  })

  test.each(others)('before $what', async ({ act, last }) => {
    const [manager, target] = [await server.person('site-manager'), await server.person()]
    const row = await holdUser(target)
    const answers = await inOrder(
      row,
      () => transfer(server.admin, target),
      () => act(manager, target),
    )
    expect(answers.map(summary)).toEqual(last)
    expect(await siteAdmins()).toEqual([target.id])
    const code = (last[1] as readonly unknown[])[1]
    expect(await stateOf(target)).toMatchObject({
      status: 'active',
      temporary: false,
      log: ['success', code],
    })
  })

  test('by a session that ends meanwhile: 401, and nothing changed', async () => {
    const [heir, admin] = [await server.person(), await server.person('site-manager')]
    expect((await transfer(server.admin, admin)).status).toBe(200)
    const other = by(await signedIn(admin))
    const row = await holdUser(heir)
    const transferring = transfer(admin, heir)
    await row.untilWaiting(1)
    expect((await other.send('DELETE', '/api/v0/sessions')).status).toBe(200)
    await row.release()
    expect(summary(await transferring)).toEqual([401, 'session.required'])
    expect(await siteAdmins()).toEqual([admin.id])
    expect((await stateOf(heir)).log).toEqual([])
  })

  test('with a password that is changed meanwhile: refused, and nothing changed', async () => {
    const [heir, admin] = [await server.person(), await server.person('site-manager')]
    expect((await transfer(server.admin, admin)).status).toBe(200)
    const key = by((await keyOf(admin)).key)
    const row = await holdUser(heir)
    const transferring = transfer(key, heir)
    await row.untilWaiting(1)
    const changed = await admin.send('PUT', '/api/v0/users/me/password', {
      old_password: password,
      password: 'a quite different phrase',
    })
    expect(changed.status).toBe(200)
    await row.release()
    expect(summary(await transferring)).toEqual([403, 'user.wrong_password'])
    expect(await siteAdmins()).toEqual([admin.id])
  })

  test('while the server resets the password of the site admin: of whoever it is by then', async () => {
    const [heir, admin] = [await server.person(), await server.person('site-manager')]
    expect((await transfer(server.admin, admin)).status).toBe(200)
    const row = await holdUser(admin)
    const [transferred, printed] = await inOrder(
      row,
      () => transfer(admin, heir),
      () => resetAdminPassword(server.platform),
    )
    expect(transferred.status).toBe(200)
    expect(printed).toContain(`Temporary password of ${heir.username}:`)
    expect(await stateOf(heir)).toMatchObject({ role: 'site-admin', temporary: true })
    expect(await stateOf(admin)).toMatchObject({ role: 'site-manager', temporary: false })
    expect((await admin.send('GET', '/api/v0/session')).status).toBe(200)
  })
})

describe('a request in flight, when its actor', () => {
  interface Scene {
    readonly target: Person
    readonly actor: Person
    readonly key: { readonly id: string; readonly key: string }
    /** Another session of the actor's. */
    readonly elsewhere: Pick<Person, 'send'>
  }

  /** The target is the older one: the request waits for it, and nobody waits for the request. */
  async function scene(): Promise<Scene> {
    const target = await server.person()
    const actor = await server.person('site-manager')
    return {
      target,
      actor,
      key: await keyOf(actor),
      elsewhere: by(await signedIn(actor)),
    }
  }

  const ends: readonly {
    what: string
    by: 'session' | 'key'
    end: (scene: Scene) => Promise<Answer>
    answer: readonly [number, string]
  }[] = [
    {
      what: 'is demoted',
      by: 'session',
      end: ({ actor }) => makeRole(server.admin, actor, 'site-member'),
      answer: [404, 'resource.not_found'],
    },
    {
      what: 'is demoted',
      by: 'key',
      end: ({ actor }) => makeRole(server.admin, actor, 'site-auditor'),
      answer: [404, 'resource.not_found'],
    },
    {
      what: 'is suspended',
      by: 'session',
      end: ({ actor }) => suspend(server.admin, actor),
      answer: [401, 'session.required'],
    },
    {
      what: 'is suspended',
      by: 'key',
      end: ({ actor }) => suspend(server.admin, actor),
      answer: [401, 'session.required'],
    },
    {
      what: 'is deleted',
      by: 'session',
      end: ({ actor }) => remove(server.admin, actor),
      answer: [401, 'session.required'],
    },
    {
      what: 'is deleted',
      by: 'key',
      end: ({ actor }) => remove(server.admin, actor),
      answer: [401, 'session.required'],
    },
    {
      what: 'signs out',
      by: 'session',
      end: ({ actor }) => actor.send('DELETE', '/api/v0/session'),
      answer: [401, 'session.required'],
    },
    {
      what: 'ends their other sessions',
      by: 'session',
      end: ({ elsewhere }) => elsewhere.send('DELETE', '/api/v0/sessions'),
      answer: [401, 'session.required'],
    },
    {
      what: 'is signed out by an administrator',
      by: 'session',
      end: ({ actor }) => server.admin.send('POST', `/api/v0/users/${actor.id}/sign-out`),
      answer: [401, 'session.required'],
    },
    {
      what: 'changes their password elsewhere',
      by: 'session',
      end: ({ elsewhere }) =>
        elsewhere.send('PUT', '/api/v0/users/me/password', {
          old_password: password,
          password: 'a quite different phrase',
        }),
      answer: [401, 'session.required'],
    },
    {
      what: 'is given a temporary password',
      by: 'session',
      end: ({ actor }) => server.admin.send('POST', `/api/v0/users/${actor.id}/reset-password`),
      answer: [401, 'session.required'],
    },
    {
      what: 'is given a temporary password',
      by: 'key',
      end: ({ actor }) => server.admin.send('POST', `/api/v0/users/${actor.id}/reset-password`),
      answer: [403, 'user.password_change_required'],
    },
    {
      what: 'deletes the key',
      by: 'key',
      end: ({ actor, key }) => actor.send('DELETE', `/api/v0/api-keys/me/${key.id}`),
      answer: [401, 'session.required'],
    },
    {
      what: 'gives the key a new secret',
      by: 'key',
      end: ({ actor, key }) => actor.send('POST', `/api/v0/api-keys/me/${key.id}/regen`),
      answer: [401, 'session.required'],
    },
    {
      what: 'narrows the key',
      by: 'key',
      end: ({ actor, key }) =>
        actor.send('PATCH', `/api/v0/api-keys/me/${key.id}`, { scopes: ['users:read'] }),
      answer: [403, 'access.scope'],
    },
    {
      what: 'lets the key expire',
      by: 'key',
      end: async ({ key }) => {
        await server.sql("update api_keys set expires_at = now() - interval '1 s' where id = $1", [
          key.id,
        ])
        return server.admin.send('GET', '/api/v0/session')
      },
      answer: [401, 'session.required'],
    },
  ]

  test.each(ends)('$what, by $by: refused, and nothing changed', async (case_) => {
    const stage = await scene()
    const { actor, target } = stage
    const before = await stateOf(target)
    const row = await holdUser(target)
    const request = makeRole(
      case_.by === 'session' ? actor : by(stage.key.key),
      target,
      'site-auditor',
    )
    await row.untilWaiting(1)
    expect((await case_.end(stage)).status).toBeLessThan(300)
    await row.release()

    expect(summary(await request)).toEqual(case_.answer)
    const { log, ...after } = await stateOf(target)
    expect({ ...after, log: [] }).toEqual(before)
    // Who is nobody any more leaves no trace; whoever is refused does.
    expect(log).toEqual(case_.answer[0] === 401 ? [] : [case_.answer[1]])
  })

  test('is demoted: every other change that waits is refused too', async () => {
    const organization = await server.organization()
    const target = await server.person('site-member', {
      organizations: { [organization]: 'organization-member' },
    })
    const actor = await server.person('site-manager')
    const row = await holdUser(target)
    const requests: readonly (readonly [string, string, unknown?])[] = [
      ['PATCH', `/api/v0/users/${target.id}`, { name: 'Changed' }],
      ['PATCH', `/api/v0/users/${target.id}`, { email: 'eve@example.com' }],
      ['PATCH', `/api/v0/users/${target.id}`, { roles: ['site-auditor'] }],
      ['PATCH', `/api/v0/users/${target.id}`, { revoked: true }],
      ['PATCH', `/api/v0/users/${target.id}`, { password: 'a quite different phrase' }],
      ['POST', `/api/v0/users/${target.id}/suspend`],
      ['POST', `/api/v0/users/${target.id}/reset-password`],
      ['POST', `/api/v0/users/${target.id}/sign-out`],
      ['DELETE', `/api/v0/users/${target.id}`],
      [
        'PUT',
        `/api/v0/orgs/${organization}/members/${target.id}/role`,
        { role: 'organization-manager' },
      ],
      ['DELETE', `/api/v0/orgs/${organization}/members/${target.id}`],
      ['DELETE', `/api/v0/orgs/${organization}`],
    ]
    const before = await stateOf(target)
    const waiting = requests.map(([method, path, body]) => actor.send(method, path, body))
    await row.untilWaiting(requests.length)
    expect((await makeRole(server.admin, actor, 'site-member')).status).toBe(200)
    await row.release()
    const statuses = (await Promise.all(waiting)).map(({ status }) => status)
    expect(statuses).toEqual(requests.map(() => 404))
    expect(await stateOf(target)).toMatchObject({ ...before, log: expect.anything() })
    const members = 'select role from organization_members where organization_id = $1'
    expect(await server.sql(members, [organization])).toEqual([{ role: 'organization-member' }])
    expect((await target.send('GET', '/api/v0/session')).status).toBe(200)
  })

  test('is demoted while a bulk change goes on: the rest of it is refused', async () => {
    const targets = [await server.person(), await server.person(), await server.person()] as const
    const actor = await server.person('site-manager')
    const row = await holdUser(targets[1])
    const bulk = actor.send('POST', '/api/v0/users/bulk', {
      action: 'suspend',
      user_ids: targets.map(({ id }) => id),
    })
    await row.untilWaiting(1)
    expect((await makeRole(server.admin, actor, 'site-member')).status).toBe(200)
    await row.release()
    expect((await bulk).body.map((one: { ok: boolean }) => one.ok)).toEqual([true, false, false])
    const states = await Promise.all(targets.map(stateOf))
    expect(states.map(({ status }) => status)).toEqual(['suspended', 'active', 'active'])
  })

  test('is about to be demoted, but later: the request was first, and the demotion waits', async () => {
    const [actor, target] = [await server.person('site-manager'), await server.person()]
    const row = await holdUser(target)
    const [request, demotion] = await inOrder(
      row,
      () => makeRole(actor, target, 'site-auditor'),
      () => makeRole(server.admin, actor, 'site-member'),
    )
    expect([request.status, demotion.status]).toEqual([200, 200])
    expect((await stateOf(target)).role).toBe('site-auditor')
    expect((await stateOf(actor)).role).toBe('site-member')
  })

  test('signs out, but later: the change was first, and the sign-out waits', async () => {
    const [actor, target] = [await server.person('site-manager'), await server.person()]
    const organization = await server.organization()
    // Here the change has looked at the session already.
    const row = await hold('select 1 from organizations where id = $1 for update', [organization])
    const [added, signedOut] = await inOrder(
      row,
      () => actor.send('POST', `/api/v0/orgs/${organization}/members`, { user_id: target.id }),
      () => actor.send('DELETE', '/api/v0/session'),
    )
    expect([added.status, signedOut.status]).toEqual([201, 204])
  })

  test('loses their organization role: 404, and nothing changed', async () => {
    const organization = await server.organization()
    const organizations = { [organization]: 'organization-super-manager' } as const
    const target = await server.person('site-member', { organizations })
    const actor = await server.person('site-member', { organizations })
    const row = await holdUser(target)
    const path = (person: Person) => `/api/v0/orgs/${organization}/members/${person.id}/role`
    const request = actor.send('PUT', path(target), { role: 'organization-member' })
    await row.untilWaiting(1)
    const demoted = await server.admin.send('PUT', path(actor), { role: 'organization-manager' })
    expect(demoted.status).toBe(200)
    await row.release()
    expect(summary(await request)).toEqual([404, 'resource.not_found'])
    const [member] = await server.sql('select role from organization_members where user_id = $1', [
      target.id,
    ])
    expect(member.role).toBe('organization-super-manager')
  })

  test('is removed from the organization: 404, and nothing changed', async () => {
    const organization = await server.organization()
    const organizations = { [organization]: 'organization-super-manager' } as const
    const target = await server.person('site-member', { organizations })
    const actor = await server.person('site-member', { organizations })
    const row = await holdUser(target)
    const path = (person: Person) => `/api/v0/orgs/${organization}/members/${person.id}`
    const request = actor.send('DELETE', path(target))
    await row.untilWaiting(1)
    expect((await server.admin.send('DELETE', path(actor))).status).toBe(204)
    await row.release()
    expect(summary(await request)).toEqual([404, 'resource.not_found'])
    expect(
      await server.sql('select 1 from organization_members where user_id = $1', [target.id]),
    ).toHaveLength(1)
  })
})

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

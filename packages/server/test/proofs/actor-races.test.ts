import { describe, expect, test } from 'vitest'
import { type Answer, password, type Person } from '../harness.ts'
import {
  by,
  hold,
  holdUser,
  inOrder,
  keyOf,
  makeRole,
  remove,
  server,
  signedIn,
  stateOf,
  summary,
  suspend,
  useServer,
} from './racing.ts'

useServer()

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

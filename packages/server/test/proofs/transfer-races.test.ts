import { describe, expect, test } from 'vitest'
import { resetAdminPassword } from '../../src/users/reset-admin.ts'
import { type Answer, password, type Person } from '../harness.ts'
import {
  by,
  holdUser,
  inOrder,
  keyOf,
  makeRole,
  remove,
  server,
  signedIn,
  siteAdmins,
  stateOf,
  summary,
  suspend,
  transfer,
  useServer,
} from './racing.ts'

useServer()

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
    // The second entry of a deletion is that of its job.
    await expect.poll(async () => (await stateOf(target)).log).toHaveLength(2)
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

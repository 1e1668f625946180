import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startServer, type TestServer } from '../../test/harness.ts'
import { maxPages } from './events.ts'
import { createPasswordHasher } from './passwords.ts'
import { limits } from './throttle.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const signIn = (login: string, secret = password) =>
  server.send('POST', '/auth/basic/login', { email: login, password: secret })

const forgetFailures = () => server.sql('delete from sign_in_failures')

describe('signing in', () => {
  test('201: by e-mail or username, in any case of letters', async () => {
    const member = await server.person()
    for (const login of [member.email, member.username, member.email.toUpperCase()]) {
      const answer = await signIn(login)
      expect(answer.status).toBe(201)
      const token = answer.body.session_token as string
      const me = await server.send('GET', '/api/v0/users/me', undefined, { 'session-token': token })
      expect(me.body.id).toBe(member.id)
    }
  })

  test('row 19: the same answer for an unknown user, a wrong password and a suspended user', async () => {
    const [member, suspended] = [await server.person(), await server.person()]
    await server.admin.send('POST', `/api/v0/users/${suspended.id}/suspend`)
    const answers = [
      await signIn('nobody@example.com'),
      await signIn(member.email, 'wrong'),
      await signIn(suspended.email),
    ]
    const bodies: unknown[] = []
    for (const answer of answers) {
      expect(answer.status).toBe(401)
      const { instance, request_id, ...rest } = answer.body
      expect(instance).toBe('/auth/basic/login')
      expect(request_id).toBeTruthy()
      bodies.push(rest)
    }
    expect(bodies).toEqual([bodies[0], bodies[0], bodies[0]])
    await forgetFailures()
  })

  test('a failed sign-in is in the audit log, without the password', async () => {
    const member = await server.person()
    await signIn(member.email, 'my-secret-guess')
    const entries = await server.sql('select * from audit_log where resource_id = $1', [member.id])
    expect(entries).toMatchObject([
      { action: 'login', outcome: 'failed', refusal_code: 'session.sign_in_failed' },
    ])
    expect(JSON.stringify(entries)).not.toContain('my-secret-guess')
    await forgetFailures()
  })

  test('row 32: a failed sign-in with control characters is in the audit log without them', async () => {
    await signIn('evil\n\u001b[2K=x')
    const entries = await server.sql("select target from audit_log where target like 'evil%'")
    expect(entries).toEqual([{ target: 'evil��[2K=x' }])
    await forgetFailures()
  })

  test('429: too many failures of one address at one account, with Retry-After; time forgives', async () => {
    const member = await server.person()
    for (let i = 0; i < limits.pair; i++)
      expect((await signIn(member.email, 'wrong')).status).toBe(401)
    const throttled = await signIn(member.email)
    expect(throttled.status).toBe(429)
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0)
    server.clock.advance(11 * 60_000)
    expect((await signIn(member.email)).status).toBe(201)
    await forgetFailures()
  })

  test('429: guesses sent all at once are throttled like guesses one after another', async () => {
    const member = await server.person()
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => signIn(member.email, `guess ${i}`)),
    )
    const tried = answers.filter((answer) => answer.status === 401)
    expect(tried.length).toBeGreaterThan(0)
    expect(tried.length).toBeLessThanOrEqual(limits.pair)
    const refused = answers.filter((answer) => answer.status === 429)
    expect(refused).toHaveLength(answers.length - tried.length)
    for (const { headers } of refused) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
    await forgetFailures()

    // The own password entered again is no way around it.
    const proofs = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        member.send('PUT', '/api/v0/users/me/password', {
          old_password: `guess ${i}`,
          password: 'another fine phrase',
        }),
      ),
    )
    const wrong = proofs.filter((answer) => answer.body.code === 'user.wrong_password')
    expect(wrong.length).toBeLessThanOrEqual(limits.pair)
    expect(proofs.filter((answer) => answer.status === 429)).toHaveLength(40 - wrong.length)
    await forgetFailures()
  })

  test('503: passwords that wait to be hashed are bounded, and those that wait are still answered', async () => {
    const hasher = await createPasswordHasher(1, 2)
    const all = await Promise.allSettled([1, 2, 3, 4].map((n) => hasher.hash(`phrase ${n}`)))
    expect(all.map((one) => one.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    expect(all[3]).toMatchObject({ reason: { code: 'server.unavailable', status: 503 } })
    expect(await hasher.verify(await hasher.hash('later'), 'later')).toBe(true)
  })

  test('the owner is not locked out by failures from elsewhere', async () => {
    const member = await server.person()
    expect((await signIn(member.email)).status).toBe(201)
    await server.sql(
      `insert into sign_in_failures (bucket, failed_at) select 'a ' || $1, $2 from generate_series(1, $3)`,
      [member.email, server.clock.now(), limits.account + 1],
    )
    // From an address that has signed in before.
    expect((await signIn(member.email)).status).toBe(201)
    const stranger = await server.person()
    await server.sql(
      `insert into sign_in_failures (bucket, failed_at) select 'a ' || $1, $2 from generate_series(1, $3)`,
      [stranger.email, server.clock.now(), limits.account + 1],
    )
    expect((await signIn(stranger.email)).status).toBe(429)
    await forgetFailures()
  })
})

describe('sessions', () => {
  test('are listed by their owner alone, and end when revoked', async () => {
    const [member, other] = [await server.person(), await server.person()]
    const { session_token: second } = (await signIn(member.email)).body
    const { body: sessions } = await member.send('GET', '/api/v0/sessions')
    expect(sessions).toHaveLength(2)
    expect(JSON.stringify(sessions)).not.toMatch(/hash|token/)
    const target = sessions.find((session: any) => session.current === false)

    expect((await other.send('DELETE', `/api/v0/sessions/${target.id}`)).status).toBe(404)
    const me = () => server.send('GET', '/api/v0/users/me', undefined, { 'session-token': second })
    expect((await me()).status).toBe(200)
    expect((await member.send('DELETE', `/api/v0/sessions/${target.id}`)).status).toBe(204)
    expect((await me()).status).toBe(401)
  })
})

describe('passwords', () => {
  test('a changed password ends the other sessions, and needs the old one', async () => {
    const member = await server.person()
    const { session_token: second } = (await signIn(member.email)).body
    const change = (old: string, chosen: string) =>
      member.send('PUT', '/api/v0/users/me/password', { old_password: old, password: chosen })

    expect((await change('wrong', 'another fine phrase')).body.code).toBe('user.wrong_password')
    expect((await change(password, 'short')).body.code).toBe('user.password_weak')
    expect((await change(password, 'another fine phrase')).status).toBe(200)
    expect((await member.send('GET', '/api/v0/users/me')).status).toBe(200)
    const other = await server.send('GET', '/api/v0/users/me', undefined, {
      'session-token': second,
    })
    expect(other.status).toBe(401)
    expect((await signIn(member.email)).status).toBe(401)
    expect((await signIn(member.email, 'another fine phrase')).status).toBe(201)
    await forgetFailures()
  })

  test('403: with a temporary password only changing it, reading oneself and signing out work', async () => {
    const member = await server.person()
    const { password: temporary } = (
      await server.admin.send('POST', `/api/v0/users/${member.id}/reset-password`)
    ).body
    expect((await member.send('GET', '/api/v0/users/me')).status).toBe(401)
    const { session_token: token } = (await signIn(member.email, temporary)).body
    const send = (method: string, path: string, body?: unknown) =>
      server.send(method, path, body, { 'session-token': token })

    expect((await send('GET', '/api/v0/users/me')).body.temporary_password).toBe(true)
    expect((await send('GET', '/api/v0/users')).body.code).toBe('user.password_change_required')
    expect((await send('PATCH', '/api/v0/users/me', { name: 'New' })).status).toBe(403)
    const passwords = { old_password: temporary, password: temporary }
    for (const [method, path] of [
      ['PUT', '/api/v0/users/me/password'],
      ['PATCH', '/api/v0/users/me'],
    ] as const) {
      expect((await send(method, path, passwords)).body.code).toBe('user.password_weak')
    }
    expect((await send('GET', '/api/v0/users/me')).body.temporary_password).toBe(true)
    const changed = await send('PATCH', '/api/v0/users/me', {
      old_password: temporary,
      password: 'quite another phrase',
    })
    expect(changed.status).toBe(200)
    expect(changed.body.temporary_password).toBe(false)
    expect((await send('GET', '/api/v0/users')).status).toBe(200)
  })
})

test('429: one person does not take all connections with open pages', async () => {
  const [member, other] = [await server.person(), await server.person()]
  const leaving = new AbortController()
  const open = async (who: typeof member): Promise<number> => {
    const { status } = await fetch(`${server.url}/api/v0/events`, {
      headers: { 'session-token': who.token },
      signal: leaving.signal,
    })
    return status
  }
  const statuses: number[] = []
  for (let i = 0; i < maxPages; i++) statuses.push(await open(member))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(await open(member)).toBe(429)
  expect(await open(other)).toBe(200)
  leaving.abort()
})

// The last: everybody's session has ended after it.
test('the oldest session ends where there are too many, and the others stay', async () => {
  const member = await server.person()
  await server.sql(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     select gen_random_uuid(), $1, sha256(n::text::bytea), '', '', created_at + make_interval(secs => n),
       created_at, expires_at from sessions, generate_series(1, 99) n where user_id = $1`,
    [member.id],
  )
  const me = () => member.send('GET', '/api/v0/users/me')
  expect((await me()).status).toBe(200)
  server.clock.advance(100_000)
  const { body } = await signIn(member.email)
  await expect.poll(async () => (await me()).status).toBe(401)
  const newest = { 'session-token': body.session_token as string }
  expect((await server.send('GET', '/api/v0/users/me', undefined, newest)).status).toBe(200)
  const [row] = await server.sql('select count(*)::int as n from sessions where user_id = $1', [
    member.id,
  ])
  expect(row.n).toBe(100)
})

test('sessions end by themselves after the time that the setting gives', async () => {
  const member = await server.person()
  const { session_token: token } = (await signIn(member.email)).body
  const me = () => server.send('GET', '/api/v0/users/me', undefined, { 'session-token': token })
  expect((await me()).status).toBe(200)
  server.clock.advance(169 * 3_600_000)
  expect((await me()).status).toBe(401)
  // The next sign-in leaves nothing of them.
  expect((await signIn(member.email)).status).toBe(201)
  expect(await server.sql('select 1 from sessions where user_id = $1', [member.id])).toHaveLength(1)
})

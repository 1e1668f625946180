import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Person, startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(() => setMaxAge(null))

const day = 86_400_000
const after = (milliseconds: number) =>
  new Date(server.clock.now().getTime() + milliseconds).toISOString()

let count = 0
async function makeKey(owner: Person, more: object = {}): Promise<{ id: string; key: string }> {
  const body = { name: `key ${++count}`, ...more }
  const answer = await owner.send('POST', '/api/v0/api-keys/me', body)
  expect(answer.status).toBe(201)
  return answer.body
}

async function statusOf(key: string, url = server.url): Promise<number> {
  const response = await fetch(`${url}/api/v0/users/me`, { headers: { 'session-token': key } })
  return response.status
}

/** Sets the site's maximum age of keys, and lets the server read it. */
async function setMaxAge(days: number | null): Promise<void> {
  await server.sql(`delete from settings where key = 'api_key_max_age_days'`)
  if (days !== null) {
    await server.sql(
      `insert into settings (key, value, updated_at) values ('api_key_max_age_days', $1, now())`,
      [String(days)],
    )
  }
  await server.platform.settings.reload()
}

describe('401', () => {
  test('401: a key that never was, a wrong secret, an id alone, another key’s secret', async () => {
    const member = await server.person()
    const [first, second] = [await makeKey(member), await makeKey(member)]
    const [, secret = ''] = second.key.split('-')
    for (const key of [
      'AAAAAAAAAA-AAAAAAAAAAAAAAAAAAAAAA',
      `${first.id}-${secret}`,
      `${first.id}-`,
      first.id,
      `${first.key}x`,
      first.key.toLowerCase(),
      ` ${first.key.slice(1)}`,
    ]) {
      expect(await statusOf(key)).toBe(401)
    }
    expect(await statusOf(first.key)).toBe(200)
  })

  test('401: a key is no session cookie and no bearer token', async () => {
    const { key } = await makeKey(await server.person())
    for (const headers of [{ authorization: `Bearer ${key}` }, { authorization: key }]) {
      expect((await server.send('GET', '/api/v0/users/me', undefined, headers)).status).toBe(401)
    }
  })

  test('401: the keys of a suspended user, until they are let in again', async () => {
    const member = await server.person()
    const { key } = await makeKey(member)
    expect(await statusOf(key)).toBe(200)
    await server.admin.send('POST', `/api/v0/users/${member.id}/suspend`)
    expect(await statusOf(key)).toBe(401)
    await server.admin.send('POST', `/api/v0/users/${member.id}/reactivate`)
    expect(await statusOf(key)).toBe(200)
  })

  test('401: the keys of a deleted user', async () => {
    const member = await server.person()
    const { key } = await makeKey(member)
    expect(await statusOf(key)).toBe(200)
    const deleted = await server.admin.send('DELETE', `/api/v0/users/${member.id}`)
    expect(deleted.status).toBe(202)
    expect(await statusOf(key)).toBe(401)
    const left = await server.sql('select 1 from api_keys where user_id = $1', [member.id])
    expect(left).toEqual([])
  })

  test('401: from the moment that a key expires', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member, { expires_at: after(day) })
    expect(await statusOf(key)).toBe(200)
    server.clock.advance(day - 60_000)
    expect(await statusOf(key)).toBe(200)
    server.clock.advance(60_000)
    expect(await statusOf(key)).toBe(401)
    // Its owner sees it, and may give it a new life or delete it.
    const path = `/api/v0/api-keys/me/${id}`
    expect((await member.send('GET', path)).body.can.regenerate).toBe(true)
    expect((await member.send('PATCH', path, { expires_at: after(day) })).status).toBe(200)
    expect(await statusOf(key)).toBe(200)
  })
})

describe('the site’s maximum age of keys', () => {
  test('401: from the moment that the secret is older; regenerating starts anew', async () => {
    const member = await server.person()
    const { id, key } = await makeKey(member)
    await setMaxAge(2)
    const path = `/api/v0/api-keys/me/${id}`
    const shown = (await member.send('GET', path)).body
    expect(shown.expires_by).toBe('site')
    expect(Date.parse(shown.expires_at) - Date.parse(shown.created_at)).toBe(2 * day)
    expect(await statusOf(key)).toBe(200)
    server.clock.advance(2 * day)
    expect(await statusOf(key)).toBe(401)
    const renewed = await member.send('POST', `${path}/regen`)
    expect(await statusOf(renewed.body.key)).toBe(200)
    await setMaxAge(null)
    expect((await member.send('GET', path)).body).toMatchObject({
      expires_at: null,
      expires_by: null,
    })
  })

  test('400: an expiry beyond it is refused with the last moment that it allows', async () => {
    const member = await server.person()
    await setMaxAge(2)
    const path = '/api/v0/api-keys/me'
    const body = { name: 'too long', expires_at: after(3 * day) }
    const refused = await member.send('POST', path, body)
    expect(refused.status).toBe(400)
    expect(refused.body.errors).toEqual([
      { path: 'expires_at', message: expect.stringMatching(/2 days .* up to \d{4}-/) },
    ])
    const { id } = await makeKey(member, { expires_at: after(day) })
    const longer = { expires_at: after(3 * day) }
    expect((await member.send('PATCH', `${path}/${id}`, longer)).status).toBe(400)
    expect((await member.send('POST', `${path}/${id}/regen`, longer)).status).toBe(400)
    const rows = await server.sql('select version from api_keys where user_id = $1', [member.id])
    expect(rows).toEqual([{ version: 1 }])
  })

  test('200: what is shown is what counts: the earlier of both', async () => {
    const member = await server.person()
    const soon = after(day)
    const [short, long] = [
      await makeKey(member, { expires_at: soon }),
      await makeKey(member, { expires_at: after(9 * day) }),
    ]
    await setMaxAge(2)
    const shown = (await member.send('GET', '/api/v0/api-keys/me')).body
    expect(shown).toMatchObject([
      { id: long.id, expires_by: 'site' },
      { id: short.id, expires_by: 'key', expires_at: soon },
    ])
  })
})

describe('at another server process', () => {
  test('401: a regenerated, narrowed or deleted key counts in the very next request', async () => {
    const second = await server.second()
    const member = await server.person()
    const { id, key } = await makeKey(member)
    const path = `/api/v0/api-keys/me/${id}`
    let current = key
    for (let round = 0; round < 5; round++) {
      expect(await statusOf(current, second.url)).toBe(200)
      const renewed = (await member.send('POST', `${path}/regen`)).body.key
      expect(await statusOf(current, second.url)).toBe(401)
      expect(await statusOf(renewed, second.url)).toBe(200)
      await member.send('PATCH', path, { scopes: ['metrics:read'] })
      expect(await statusOf(renewed, second.url)).toBe(403)
      await member.send('PATCH', path, { scopes: null })
      current = renewed
    }
    expect(await statusOf(current, second.url)).toBe(200)
    await member.send('DELETE', path)
    expect(await statusOf(current, second.url)).toBe(401)
  })

  test('a used key says when it was used last, and does so throttled', async () => {
    const second = await server.second()
    const member = await server.person()
    const [used, unused] = [await makeKey(member), await makeKey(member)]
    const before = server.clock.now().getTime()
    for (let n = 0; n < 3; n++) expect(await statusOf(used.key, second.url)).toBe(200)
    // A process that stops writes down what it has noticed.
    await second.stop()
    const shown = (await member.send('GET', '/api/v0/api-keys/me')).body
    expect(shown).toMatchObject([{ id: unused.id, last_used: null }, { id: used.id }])
    expect(Date.parse(shown[1].last_used)).toBeGreaterThanOrEqual(before)
  })
})

describe('the existing command line', () => {
  test('its four commands work as they are sent: no content type, only a name, no bodies', async () => {
    const member = await server.person()
    const { key } = await makeKey(member)
    const ask = async (method: string, path: string, body?: string) => {
      const response = await fetch(`${server.url}/api/v0/api-keys/${path}`, {
        method,
        headers: { 'session-token': key, 'user-agent': 'Go-http-client/1.1' },
        // Bytes, for which fetch adds no content type either.
        ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
      })
      return { status: response.status, text: await response.text() }
    }
    const created = await ask('POST', 'me', '{"name":"from the terminal"}')
    expect(created.status).toBe(201)
    const { key: token, id } = JSON.parse(created.text)
    expect(token).toMatch(/^[A-Za-z0-9]{10}-[A-Za-z0-9]{22}$/)

    const listed = JSON.parse((await ask('GET', 'me')).text)
    expect(listed[0]).toMatchObject({ id, name: 'from the terminal', application: false })
    expect(listed[0]).toMatchObject({ user_id: member.id, last_used: null })

    const regenerated = JSON.parse((await ask('POST', `me/${id}/regen`)).text).key
    expect(await statusOf(token)).toBe(401)
    expect(await statusOf(regenerated)).toBe(200)
    expect((await ask('DELETE', `me/${id}`)).status).toBe(204)
    expect(await statusOf(regenerated)).toBe(401)
  })
})

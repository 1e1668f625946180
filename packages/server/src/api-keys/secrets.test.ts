import { type Endpoint, endpoints } from '@atelier/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

/** One's own, by intent: a key pair to connect with, and what protects one's own session. */
const own: Readonly<Record<string, RegExp>> = {
  'users.sshKey': /"private_key":"[^"]*"/g,
  'sessions.current': /"csrf_token":("[^"]*"|null)/g,
}

test('V1-3: a member finds no secret, hash or token in any answer', async () => {
  const member = await server.person()
  const made: string[] = []
  for (const owner of [server.admin, member]) {
    const answer = await owner.send('POST', '/api/v0/api-keys/me', { name: 'secret' })
    made.push(answer.body.id, answer.body.key)
  }
  const [memberKey, adminKey] = [made[2] ?? '', made[0] ?? '']
  const secrets = await secretsOfAll()
  for (const key of [made[1], made[3]]) secrets.push(key?.split('-')[1] ?? '')
  expect(secrets.length).toBeGreaterThan(8)

  const ids: Readonly<Record<string, readonly string[]>> = {
    user: ['me', member.id, server.admin.id],
    key: [memberKey, adminKey],
    organization: [server.organizationId],
  }
  let answered = 0
  for (const [noun, calls] of Object.entries(endpoints)) {
    for (const [name, endpoint] of Object.entries(calls as Record<string, Endpoint>)) {
      if (endpoint.method !== 'GET' || endpoint.raw === 'text/event-stream') continue
      for (const path of addressesOf(endpoint.path, ids)) {
        const answer = await member.send('GET', path)
        if (answer.status === 200) answered++
        const text = answer.text.replace(own[`${noun}.${name}`] ?? /$^/, '')
        const found = secrets.filter((secret) => text.includes(secret))
        expect([path, found]).toEqual([path, []])
        expect([path, fieldsThatTell(text)]).toEqual([path, []])
      }
    }
  }
  expect(answered).toBeGreaterThan(5)
})

test('200: the SSH key is one’s own; nobody reads another’s, the site admin included', async () => {
  const member = await server.person()
  const answer = await server.admin.send('GET', `/api/v0/users/${member.id}/sshkey`)
  expect(answer.status).toBe(403)
  expect(answer.text).not.toContain('PRIVATE KEY')
})

/** Everything secret in the database, in the ways that an answer could spell it. */
async function secretsOfAll(): Promise<string[]> {
  const rows = await server.sql(
    `select encode(secret_hash, 'hex') as hex, encode(secret_hash, 'base64') as base from api_keys
     union all select encode(token_hash, 'hex'), encode(token_hash, 'base64') from sessions
     union all select password_hash, encode(ssh_private_key, 'base64') from users`,
  )
  return rows
    .flatMap(({ hex, base }) => [hex, base])
    .filter((text): text is string => typeof text === 'string' && text.length > 20)
    .concat('$argon2', 'PRIVATE KEY', server.admin.token)
}

/** The address with every combination of the known ids in the place of its parameters. */
function addressesOf(path: string, ids: Readonly<Record<string, readonly string[]>>): string[] {
  const name = /:(\w+)/.exec(path)?.[1]
  if (name === undefined) return [path]
  return (ids[name] ?? ['me']).flatMap((id) => addressesOf(path.replace(`:${name}`, id), ids))
}

/** Names of fields that no answer should have, whatever is in them. */
function fieldsThatTell(text: string): readonly string[] {
  return (
    text.match(/"[a-z_]*(?:password_hash|secret|token|private_key|token_hash)[a-z_]*":"/g) ?? []
  )
}

test('row 7: reading a user, or changing their role, shows nobody but the site admin their keys', async () => {
  const organization = await server.organization()
  const owner = await server.person('site-member', {
    organizations: { [organization]: 'organization-member' },
  })
  await owner.send('POST', '/api/v0/api-keys/me', { name: 'Deploys the payroll' })
  const preview = `/api/v0/users/${owner.id}/role/preview?role=site-auditor`
  const manager = await server.person('site-manager')
  const boss = await server.person('site-member', {
    organizations: { [organization]: 'organization-super-manager' },
  })
  for (const reader of [manager, boss]) {
    const answer = await reader.send('GET', preview)
    expect(answer.status).toBe(200)
    expect(answer.text).not.toContain('payroll')
    expect(answer.body).toMatchObject({ keys: [], keys_shown: false })
    expect((await reader.send('GET', `/api/v0/api-keys/${owner.id}`)).status).toBe(404)
  }
  for (const reader of [owner, server.admin]) {
    const { body } = await reader.send('GET', preview)
    expect(body).toMatchObject({ keys: [{ name: 'Deploys the payroll' }], keys_shown: true })
  }
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFrontServer } from './server.ts'
import { startServer, type TestServer } from '../../test/harness.ts'
import { parseJson } from './text.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe('bodies', () => {
  test('a name twice in one object is refused, at any depth; the same name in two objects is not', () => {
    for (const text of [
      '{"email":"a","email":"b"}',
      '{"a":[{"b":{"c":1,"\\u0063":2}}]}',
      '{"a" :1, "a"\n:1}',
    ]) {
      expect(() => parseJson(text)).toThrow('twice')
    }
    const text = '{"a":[{"b":"\\"c\\":\\\\"},{"b":1}],"c":"b\\\\","":{"b":{}}}'
    expect(parseJson(text)).toEqual(JSON.parse(text))
    expect(parseJson('"a:b"')).toBe('a:b')
  })

  test('__proto__, texts that cannot be stored and deep nests are refused', () => {
    expect(() => parseJson('{"a":{"__proto__":1}}')).toThrow('__proto__')
    for (const text of ['"\\u0000"', '["\\ud800"]', '{"\\udc00x":1}', '{"a":{"b":"\\u0000"}}']) {
      expect(() => parseJson(text)).toThrow('U+0000')
    }
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀')
    expect(() => parseJson('['.repeat(5000) + ']'.repeat(5000))).toThrow('nested')
    expect(() => parseJson('{"a":')).toThrow('not JSON')
  })

  test('413: whoever is not signed in sends small bodies only', async () => {
    const long = { email: 'x'.repeat(70_000), password: 'x' }
    expect((await server.send('POST', '/auth/basic/login', long)).status).toBe(413)
    expect((await server.send('POST', '/api/v0/password-strength', long)).status).toBe(413)
    // Not even read: who sends it comes first.
    expect((await server.send('POST', '/api/v0/users/import', long)).status).toBe(401)
    const csv = `name,username,email\n${'x'.repeat(70_000)}`
    const body = { csv, dry_run: true }
    expect((await server.admin.send('POST', '/api/v0/users/import', body)).status).toBe(400)
  })

  test('408: a request that never ends is ended by the server', async () => {
    const front = createFrontServer(
      () => false,
      (request) => request.resume(),
      10,
    )
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
    const { port } = front.address() as { port: number }
    const client = connect(port, '127.0.0.1')
    client.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc')
    const [answer] = (await once(client, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /)
    client.destroy()
    front.close()
  })
})

test('400: U+0000 and halves of surrogate pairs, wherever they stand', async () => {
  const { admin } = server
  const requests = [
    ['GET', '/api/v0/users?q=%00'],
    ['GET', '/api/v0/users/%00'],
    ['GET', '/api/v0/api-keys/me/%00'],
    ['GET', '/api/v0/audit?user=a%00'],
    ['GET', '/api/v0/audit/export?format=csv&resource_id=%00'],
    ['DELETE', '/api/v0/api-keys/me/%00'],
    ['POST', '/auth/basic/login', '{"email":"a\\u0000","password":"x"}'],
    ['POST', '/api/v0/users/import', '{"csv":"name,username,email\\na,\\u0000,c","dry_run":true}'],
    ['POST', '/api/v0/orgs', '{"name":"x","resource_namespace":"\\u0000"}'],
    ['PATCH', '/api/v0/users/me', '{"dotfiles_git_uri":"https://a/\\ud800"}'],
    ['PUT', '/api/private/users/me/ux-state', '{"a":"\\ud800"}'],
    ['PUT', '/api/private/users/me/ux-state', '{"\\u0000":"a"}'],
  ] as const
  for (const [method, path, body] of requests) {
    const answer = await admin.send(method, path, body)
    expect([method, path, answer.status]).toEqual([method, path, 400])
  }
})

test('400: a cursor that a caller has changed', async () => {
  const { admin } = server
  const { id } = admin
  const lists = [
    '/api/v0/users?sort=name',
    '/api/v0/users?sort=-created_at',
    '/api/v0/users?sort=last_seen_at',
    '/api/v0/api-keys?sort=name',
    '/api/v0/api-keys?sort=-created_at',
    '/api/v0/audit?outcome=denied',
    '/api/v0/orgs?members=false',
    `/api/v0/orgs/${server.organizationId}/members?q=x`,
  ]
  const cursors = [
    ['\0', id],
    [null, id],
    [1, 2],
    [['2026-01-01T00:00:00.000Z'], id],
    ['2026-01-01T00:00:00.000Z'],
    ['2026-01-01T00:00:00.000Z', null],
  ]
  const times = ['yesterday', '9999999-01-01', '2026-02-30 00:00:00+00', '2026-13-01T00:00:00Z']
  for (const list of lists) {
    const byTime = /created_at|last_seen_at|audit/.test(list)
    for (const cursor of [...cursors, ...(byTime ? times.map((time) => [time, id]) : [])]) {
      const after = Buffer.from(JSON.stringify(cursor)).toString('base64url')
      const answer = await admin.send('GET', `${list}&limit=1&after=${after}`)
      expect([list, cursor, answer.status]).toEqual([list, cursor, 400])
    }
  }
})

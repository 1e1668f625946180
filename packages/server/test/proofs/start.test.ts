import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { startServer, type TestServer } from '../harness.ts'

// Access-control.md 8: the server refuses to start with a route that declares neither a permission
// nor a reason to be public.

let server: TestServer
let app: FastifyInstance
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  app = await buildApp(server.platform)
})
afterEach(() => app.close())

const handler = () => 'secret'

describe('a route that declares nothing', () => {
  test('is refused as soon as it is added', () => {
    expect(() => app.get('/api/v0/forgotten', handler)).toThrow(
      'the route GET /api/v0/forgotten declares neither a permission nor why it needs none',
    )
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)('is refused: %s', (method) => {
    expect(() => app.route({ method, url: '/api/v0/forgotten', handler })).toThrow('neither')
  })

  test('is refused with other options, but no declaration', () => {
    const options = { config: {}, schema: { summary: 'Forgotten' } }
    expect(() => app.get('/api/v0/forgotten', options, handler)).toThrow('neither')
  })

  test('is refused inside a plugin: the server does not become ready', async () => {
    app.register(
      async (plugin) => {
        plugin.get('/forgotten', handler)
      },
      { prefix: '/api/v0' },
    )
    await expect(app.ready()).rejects.toThrow('the route GET /api/v0/forgotten declares neither')
  })

  test.each([{ public: '' }, { signedIn: '' }])('is refused with an empty reason: %o', (access) => {
    expect(() => app.get('/api/v0/forgotten', { config: { access } }, handler)).toThrow('neither')
  })
})

test('a route with a permission or a reason is accepted', async () => {
  app.get('/one', { config: { access: { permission: ['users', 'read'] } } }, handler)
  app.get('/two', { config: { access: { public: 'A test asks for it' } } }, handler)
  app.get('/three', { config: { access: { signedIn: 'A test asks for it' } } }, handler)
  await app.ready()
  expect(app.hasRoute({ method: 'GET', url: '/one' })).toBe(true)
})

test('401: the HEAD that comes with a GET is judged like it', async () => {
  const [get, head] = [
    await server.send('GET', '/api/v0/users'),
    await server.send('HEAD', '/api/v0/users'),
  ]
  expect([get.status, head.status, head.text]).toEqual([401, 401, ''])
})

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../test/dev-url-world.ts'

let world: World
let label: string
/** What the app does with the next request. */
let listener: Parameters<World['app']>[1] = (_request, response) => response.end()
let app: Awaited<ReturnType<World['app']>>

beforeAll(async () => {
  world = await startWorld()
  app = await world.app(3000, (request, response) => {
    listener(request, response)
  })
  label = (await world.devUrl(3000, { access: 'PUBLIC' })).label
})
afterAll(() => world.stop())

const last = () => app.requests.at(-1)!

test('200: method, path, headers and body reach the app, and its answer the visitor', async () => {
  listener = (request, response) => {
    response.writeHead(207, 'As It Said', [
      ...['X-Answer', 'one', 'X-Answer', 'two', 'Content-Type', 'text/x'],
      ...['Connection', 'X-Hop', 'X-Hop', 'gone'],
    ])
    request.pipe(response)
  }
  const answer = await world.visit(label, {
    method: 'PROPFIND',
    path: '/a/../b%2f?q=1&q=%zz',
    headers: { 'X-Question': 'Yes', authorization: 'Bearer of-the-app', 'x-real-ip': '9.9.9.9' },
    body: 'the body',
  })
  expect(last().method).toBe('PROPFIND')
  expect(last().url).toBe('/a/../b%2f?q=1&q=%zz')
  expect(last().headers).toMatchObject({
    host: `${label}.localhost:${world.port}`,
    'x-question': 'Yes',
    authorization: 'Bearer of-the-app',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': `${label}.localhost:${world.port}`,
    'x-forwarded-proto': 'http',
  })
  expect(last().headers['x-real-ip']).toBeUndefined()
  expect(answer).toMatchObject({ status: 207, text: 'the body' })
  expect(answer.headers['x-answer']).toBe('one, two')
  expect(answer.headers['x-hop']).toBeUndefined()
})

test('an app’s own cookies come and go; a Domain is taken off, and our names are not set', async () => {
  listener = (_request, response) => {
    response.setHeader('set-cookie', [
      'theme=dark; Path=/; Domain=localhost; HttpOnly',
      'plain=1',
      'atelier_session=stolen; Path=/',
      '__Host-atelier_dev_url=x',
      'ATELIER_session=x',
    ])
    response.setHeader('clear-site-data', '"cookies"')
    response.end()
  }
  const answer = await world.visit(label, {
    cookie:
      'mine=1; atelier_session=secret; __Host-atelier_session=secret; other=2; devurl_session=x',
  })
  expect(last().headers.cookie).toBe('mine=1; other=2')
  expect(answer.headers['set-cookie']).toEqual(['theme=dark; Path=/; HttpOnly', 'plain=1'])
  expect(answer.headers['clear-site-data']).toBeUndefined()
})

test('HEAD, 204 and 304 have no body, and their headers are the app’s', async () => {
  listener = (request, response) => {
    const status = Number(request.url?.slice(1))
    response.writeHead(status, status === 200 ? { 'content-length': '1234' } : {}).end()
  }
  const head = await world.visit(label, { method: 'HEAD', path: '/200' })
  expect(head).toMatchObject({ status: 200, text: '' })
  expect(head.headers['content-length']).toBe('1234')
  for (const status of [204, 304]) {
    expect((await world.visit(label, { path: `/${status}` })).status).toBe(status)
  }
})

test('server-sent events arrive one by one, their headers before the first', async () => {
  let stream: Parameters<typeof listener>[1] | undefined
  listener = (_request, response) => {
    stream = response
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  }
  const asked = world.open(label)
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
    stream?.write(event)
    const [data] = (await once(answer, 'data')) as [Buffer]
    expect(data.toString()).toBe(event)
  }
  // Whoever goes is gone for the app, too.
  const closed = once(stream!, 'close')
  asked.destroy()
  await closed
})

test('a download waits for a visitor who does not read, and an upload for an app that does not', async () => {
  const chunk = Buffer.alloc(256 * 1024)
  let written = 0
  listener = (_request, response) => {
    const more = (): void => {
      while (written < 400) {
        written++
        if (!response.write(chunk)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  }
  const asked = world.open(label)
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.pause()
  // Until nothing moves any more.
  for (let before = -1; before !== written;) {
    before = written
    for (let i = 0; i < 200; i++) await turn()
  }
  expect(written).toBeLessThan(100)
  let size = 0
  for await (const part of answer) size += (part as Buffer).length
  expect(size).toBe(400 * chunk.length)

  let received: IncomingMessage | undefined
  listener = (request, response) => {
    received = request
    request.on('end', () => response.end('thanks'))
  }
  const upload = world.open(label, { method: 'POST' })
  let sent = 0
  while (upload.write(chunk) || sent < 4) sent++
  for (let i = 0; i < 200; i++) await turn()
  while (sent < 200 && upload.write(chunk)) sent++
  expect(sent).toBeLessThan(100)
  upload.end()
  received?.resume()
  const [thanks] = (await once(upload, 'response')) as [IncomingMessage]
  expect(thanks.statusCode).toBe(200)
  thanks.resume()
})

test('Expect: 100-continue is answered, and trailers come behind a body', async () => {
  listener = (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
  }
  const asked = world.open(label, { method: 'POST', headers: { expect: '100-continue' } })
  asked.flushHeaders()
  await once(asked, 'continue')
  asked.end('x')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  expect(last().headers.expect).toBeUndefined()
  expect(answer.trailers).toEqual({ 'x-sum': '42' })
})

test('an answer that breaks off breaks off here, and one that never began is explained', async () => {
  listener = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => response.destroy())
  }
  await expect(world.visit(label)).rejects.toThrow()

  listener = (request) => request.socket.destroy()
  const answer = await world.visit(label)
  expect(answer.status).toBe(502)
  expect(JSON.parse(answer.text)).toMatchObject({ code: 'dev_url.not_listening', status: 502 })
})

test('connections are kept between requests, and one that the app has closed is not used', async () => {
  listener = (_request, response) => response.end('ok')
  await world.visit(label)
  const before = world.dialed
  for (let i = 0; i < 5; i++) expect((await world.visit(label)).text).toBe('ok')
  expect(world.dialed).toBe(before)
  for (const socket of app.sockets) socket.destroy()
  expect((await world.visit(label)).text).toBe('ok')
})

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../../test/harness.ts'
import {
  makeCertificate,
  registryUser,
  type Running,
  startRegistry,
  startStub,
  startTokenServer,
} from '../../test/registry.ts'
import { networksOf } from '../outbound/networks.ts'
import { parseAddress } from './address.ts'
import { openRegistry } from './oci.ts'

let server: TestServer
const folder = mkdtempSync(join(tmpdir(), 'atelier-check-'))
const running: Running[] = []
beforeAll(async () => {
  server = await startServer()
  await allow('127.0.0.1')
})
afterAll(async () => {
  for (const each of running) await each.stop()
  await server.stop()
  rmSync(folder, { recursive: true })
})

async function keep<R extends Running>(started: Promise<R>): Promise<R> {
  const one = await started
  running.push(one)
  return one
}

async function allow(...networks: string[]): Promise<void> {
  const body = { registry_allowed_networks: networks }
  expect((await server.admin.send('PATCH', '/api/v0/config', body)).status).toBe(200)
}

let count = 0
/** Adds a registry and checks it. */
async function check(registry: string, credentials: object = {}) {
  const created = await server.admin.send('POST', '/api/v0/registries', {
    org_id: server.organizationId,
    friendly_name: `Checked ${++count}`,
    registry,
    ...credentials,
  })
  expect(created.status).toBe(201)
  const id = created.body.id as string
  const answer = await server.admin.send('POST', `/api/v0/registries/${id}/check`)
  expect(answer.status).toBe(200)
  return { id, ...(answer.body as { ok: boolean; result: string; message: string }) }
}

describe('a real registry', () => {
  test('that lets everybody in', async () => {
    const { host } = await keep(startRegistry())
    expect(await check(`http://${host}`)).toMatchObject({
      ok: true,
      result: 'ok',
      message: `http://${host} is a registry and answers without credentials`,
    })
  })

  test('that asks for a password', async () => {
    const { host } = await keep(startRegistry({ auth: 'password' }))
    const address = `http://${host}`
    expect(await check(address, registryUser)).toMatchObject({
      ok: true,
      message: `${address} is a registry and lets ann in`,
    })
    expect((await check(address, { ...registryUser, password: 'wrong' })).result).toBe(
      'credentials_refused',
    )
    expect((await check(address)).result).toBe('credentials_required')
  })

  test('that sends to a token server', async () => {
    const tokens = await keep(startTokenServer(folder))
    const { host } = await keep(startRegistry({ auth: { tokens } }))
    const address = `http://${host}`
    expect((await check(address, registryUser)).result).toBe('ok')
    expect(tokens.asked.at(-1)).toMatch(/^\/token\?service=test Basic /)
    expect((await check(address)).result).toBe('ok')
    expect(tokens.asked.at(-1)).toBe('/token?service=test -')
    expect((await check(address, { ...registryUser, password: 'wrong' })).result).toBe(
      'credentials_refused',
    )
  })

  test('whose certificate is signed by itself: the problem is named', async () => {
    const tls = makeCertificate(folder, { names: 'IP:127.0.0.1' })
    const { host } = await keep(startRegistry({ tls }))
    expect(await check(host)).toMatchObject({
      ok: false,
      result: 'certificate',
      message: expect.stringMatching(/^The certificate of 127\.0\.0\.1:\d+ is signed by itself: /),
    })
    // Nor is it spoken to in the clear.
    expect((await check(`http://${host}`)).ok).toBe(false)
  })

  test('with certificates of an authority that the server trusts: good, of another name, expired', async () => {
    const authority = makeCertificate(folder, { names: 'DNS:authority', isAuthority: true })
    const made = [
      makeCertificate(folder, { names: 'IP:127.0.0.1', authority }),
      makeCertificate(folder, { names: 'DNS:registry.example.com', authority }),
      makeCertificate(folder, { names: 'IP:127.0.0.1', authority, days: -1 }),
    ]
    const registries = await Promise.all(made.map((tls) => keep(startRegistry({ tls }))))
    const ping = (host: string, trusted?: string): string => {
      const program = fileURLToPath(new URL('../../test/registry-ping.ts', import.meta.url))
      const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, host], {
        encoding: 'utf8',
        env: {
          PATH: process.env['PATH'],
          ...(trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: trusted }),
        },
      })
      return stdout === '' ? stderr : stdout
    }
    const [good = '', other = '', expired = ''] = registries.map(({ host }) => host)
    expect(ping(good, authority.certificate)).toBe('ok')
    expect(ping(good)).toMatch(/^certificate: .* is signed by an authority that this server/)
    expect(ping(other, authority.certificate)).toMatch(/^certificate: .* is for another name/)
    expect(ping(expired, authority.certificate)).toMatch(/^certificate: .* has expired/)
  })

  test('that speaks http where https is asked', async () => {
    const { host } = await keep(startRegistry())
    expect((await check(host)).result).toBe('no_tls')
  })
})

describe('what is no registry', () => {
  test('a name that there is not', async () => {
    expect(await check('registry.invalid')).toMatchObject({
      result: 'name_not_found',
      message: expect.stringContaining('registry.invalid'),
    })
  })

  test('a port where nothing listens', async () => {
    const stopped = await startStub(() => undefined)
    await stopped.stop()
    expect((await check(`http://${stopped.host}`)).result).toBe('connection_refused')
  })

  test('a server that never answers', async () => {
    const silent = await keep(startStub(() => undefined))
    const address = parseAddress(`http://${silent.host}`)!
    const networks = networksOf(['127.0.0.1'])
    const client = openRegistry({ address, networks, credentials: undefined, milliseconds: 50 })
    await expect(client.ping()).rejects.toMatchObject({ result: 'timeout' })
    expect(silent.asked).toHaveLength(1)
  })

  test('a server that never ends its answer', async () => {
    const endless = await keep(
      startStub((_, response) => {
        response.writeHead(200)
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(16_384)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      }),
    )
    expect(await check(`http://${endless.host}`)).toMatchObject({
      result: 'failed',
      message: expect.stringContaining('sent more than was asked for'),
    })
  })

  test.each([
    ['a web page', 200, {}, '<!doctype html><title>Hello</title>'],
    ['an error page', 404, {}, 'Not found'],
    ['a server that asks in a way of its own', 401, { 'www-authenticate': 'Negotiate' }, ''],
    ['a realm that is no address', 401, { 'www-authenticate': 'Bearer realm="nowhere"' }, ''],
  ])('%s', async (_, status, headers, body) => {
    const stub = await keep(
      startStub((request, response) => {
        response.writeHead(status, headers).end(body)
      }),
    )
    expect((await check(`http://${stub.host}`)).result).toBe('not_a_registry')
  })

  test('a server that is broken, and one that redirects for ever', async () => {
    const broken = await keep(startStub((_, response) => response.writeHead(503).end()))
    expect((await check(`http://${broken.host}`)).message).toContain('answered 503')
    const round = await keep(
      startStub((_, response) => response.writeHead(302, { location: '/v2/again' }).end()),
    )
    expect((await check(`http://${round.host}`)).result).toBe('failed')
    expect(round.asked).toHaveLength(6)
  })

  test('a token that is no header', async () => {
    const stub = await keep(
      startStub((request, response) => {
        if (request.url?.startsWith('/token') === true) {
          response.end(JSON.stringify({ token: 'a\r\nx-injected: 1' }))
          return
        }
        const realm = `http://${request.headers.host ?? ''}/token`
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end()
      }),
    )
    expect((await check(`http://${stub.host}`)).result).toBe('not_a_registry')
  })
})

describe('who may check', () => {
  test('one entry says who contacted it, and by which right', async () => {
    const { host } = await keep(startRegistry())
    const { id } = await check(`http://${host}`)
    const entries = await server.sql(
      "select outcome, allowed_by from audit_log where resource_id = $1 and action = 'connect'",
      [id],
    )
    expect(entries).toEqual([{ outcome: 'success', allowed_by: 'site-admin: registries Ua' }])
  })

  test('403 and 404: who may not change it learns nothing, and nothing is contacted', async () => {
    const stub = await keep(startStub((_, response) => response.end('{}')))
    const { id } = await check(`http://${stub.host}`)
    const [reader, outsider] = [
      await server.person('site-member', {
        organizations: { [server.organizationId]: 'organization-image-manager' },
      }),
      await server.person('site-auditor', { organizations: {} }),
    ]
    const before = stub.asked.length
    const path = `/api/v0/registries/${id}/check`
    const answers = [await reader.send('POST', path), await outsider.send('POST', path)]
    expect(answers.map((answer) => answer.status)).toEqual([403, 404])
    expect(answers.map((answer) => answer.text).join()).not.toContain(stub.host)
    expect(stub.asked).toHaveLength(before)
  })
})

describe('attacks: row 28, addresses that may not be contacted', () => {
  test('row 28: loopback, private and metadata addresses are refused however they are written', async () => {
    const stub = await keep(startStub((_, response) => response.end('{}')))
    const port = stub.host.split(':')[1] ?? ''
    await allow()
    for (const address of [
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://127.1:${port}`,
      `http://0x7f000001:${port}`,
      `http://2130706433:${port}`,
      `http://0177.0.0.1:${port}`,
      `http://[::1]:${port}`,
      `http://[::ffff:127.0.0.1]:${port}`,
      `http://0.0.0.0:${port}`,
      `http://[::]:${port}`,
      'http://169.254.169.254',
      'http://[fd00:ec2::254]',
      'http://168.63.129.16',
      'http://100.100.100.200',
      'https://10.0.0.1',
      'https://192.168.0.1',
      'https://[64:ff9b::a00:1]',
    ]) {
      expect([address, (await check(address)).result]).toEqual([address, 'not_allowed'])
    }
    // A public address is asked over https alone.
    expect((await check('http://192.88.98.1')).result).toBe('not_allowed')
    expect(stub.asked).toEqual([])
    await allow('localhost')
    expect((await check(`http://localhost:${port}`)).result).toBe('ok')
    expect((await check(`http://127.0.0.1:${port}`)).result).toBe('not_allowed')
    await allow('127.0.0.1')
  })

  test('row 28: no redirect leads to an address that is not allowed, nor takes the password along', async () => {
    const inner = await keep(startStub((_, response) => response.end('{}'), '127.0.0.2'))
    const listed = await keep(startStub((_, response) => response.end('{}')))
    let target = ''
    const outer = await keep(
      startStub((request, response) => {
        if (request.headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
        } else response.writeHead(307, { location: target }).end()
      }),
    )
    const port = inner.host.split(':')[1] ?? ''
    for (const to of [inner.host, `[::ffff:127.0.0.2]:${port}`, '169.254.169.254', 'localhost']) {
      target = `http://${to}/latest/meta-data/`
      expect([to, (await check(`http://${outer.host}`, registryUser)).result]).toEqual([
        to,
        to === 'localhost' ? 'connection_refused' : 'not_allowed',
      ])
    }
    target = 'file:///etc/passwd'
    expect((await check(`http://${outer.host}`, registryUser)).result).toBe('not_allowed')
    expect(inner.asked).toEqual([])

    target = `http://${listed.host}/v2/`
    expect((await check(`http://${outer.host}`, registryUser)).result).toBe('ok')
    expect(listed.asked).toEqual(['/v2/ -'])
  })

  test('row 28: no token realm leads to an address that is not allowed', async () => {
    const inner = await keep(startStub((_, response) => response.end('{}'), '127.0.0.2'))
    const outer = await keep(
      startStub((_, response) => {
        const realm = `http://${inner.host}/token`
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end()
      }),
    )
    const refused = await check(`http://${outer.host}`, registryUser)
    expect(refused.result).toBe('not_allowed')
    expect(inner.asked).toEqual([])
  })
})

import { spawn, spawnSync } from 'node:child_process'
import { createPrivateKey, sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomToken } from '../src/platform/ids.ts'

/** Who may use a test registry that asks. */
export const registryUser = { username: 'ann', password: 'pull and push' }
// What `htpasswd -B` makes of it.
const passwordLine = 'ann:$2b$05$abcdefghijklmnopqrstuuN2kApQ7k7yGHwAMuDzxmbfT7TjOtD4y'

export interface Running {
  /** `127.0.0.1:<port>`. */
  readonly host: string
  stop(): Promise<void>
}

export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export interface RegistryOptions {
  /** Anybody, whom the registry knows by `htpasswd`, or who has a token of a token server. */
  readonly auth?: 'anonymous' | 'password' | { readonly tokens: TokenServer }
  readonly tls?: Certificate
}

/** Debian's docker-registry on a free port of this machine, with a folder of its own. */
export async function startRegistry(options: RegistryOptions = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-registry-'))
  const { auth = 'anonymous', tls } = options
  const lines = [
    'version: 0.1',
    'log: { level: info }',
    `storage: { filesystem: { rootdirectory: ${folder}/images }, delete: { enabled: true } }`,
    'http:',
    '  addr: 127.0.0.1:0',
  ]
  if (tls !== undefined) {
    lines.push(`  tls: { certificate: ${tls.certificate}, key: ${tls.key} }`)
  }
  if (auth === 'password') {
    writeFileSync(join(folder, 'users'), `${passwordLine}\n`)
    lines.push('auth:', `  htpasswd: { realm: test, path: ${folder}/users }`)
  } else if (auth !== 'anonymous') {
    const { realm, certificate } = auth.tokens
    lines.push(
      'auth:',
      `  token: { realm: '${realm}', service: test, issuer: test, rootcertbundle: ${certificate} }`,
    )
  }
  writeFileSync(join(folder, 'config.yml'), `${lines.join('\n')}\n`)

  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve()
    })
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  let printed = ''
  const host = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString()
      const found = /listening on (127\.0\.0\.1:\d+)/.exec(printed)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', () => {
      reject(new Error('docker-registry is missing: apt-get install docker-registry'))
    })
    void ended.then(() => {
      reject(new Error(`docker-registry ended at once:\n${printed}`))
    })
  })
  return { host, stop }
}

/** A certificate that is signed by itself, or by another one. */
export function makeCertificate(
  folder: string,
  options: { names: string; days?: number; authority?: Certificate; isAuthority?: boolean },
): Certificate {
  const base = join(folder, randomToken(8))
  const [certificate, key] = [`${base}.crt`, `${base}.key`]
  const isAuthority = options.isAuthority === true ? 'TRUE' : 'FALSE'
  openssl(
    ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-keyout', key, '-out', `${base}.csr`, '-subj', '/CN=test'],
    ...['-addext', `subjectAltName=${options.names}`],
    ...['-addext', `basicConstraints=critical,CA:${isAuthority}`],
  )
  const { authority } = options
  const signer =
    authority === undefined
      ? ['-key', key]
      : ['-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial']
  openssl(
    ...['x509', '-req', '-in', `${base}.csr`, '-copy_extensions', 'copy', '-out', certificate],
    // A day that is over is `-1`.
    ...['-days', String(options.days ?? 30), ...signer],
  )
  return { certificate, key }
}

/** A server written for a test, on a loopback address: what an attacker would run. */
export async function startStub(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  address = '127.0.0.1',
): Promise<Running & { readonly asked: readonly string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? '-'}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, address, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    host: `${address}:${port}`,
    asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

function openssl(...args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args.join(' ')} failed: ${stderr}`)
}

export interface TokenServer extends Running {
  readonly asked: readonly string[]
  readonly realm: string
  /** The certificate that registries check its tokens by. */
  readonly certificate: string
}

/** A token server as Docker specifies it: a token for nobody, or for `registryUser`. */
export async function startTokenServer(folder: string): Promise<TokenServer> {
  const { certificate, key } = makeCertificate(folder, { names: 'DNS:tokens.example.com' })
  const signingKey = createPrivateKey(readFileSync(key))
  const chain = [new X509Certificate(readFileSync(certificate)).raw.toString('base64')]
  const { username, password } = registryUser
  const known = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const stub = await startStub((request, response) => {
    const { authorization } = request.headers
    if (authorization !== undefined && authorization !== known) {
      response.writeHead(401).end('{}')
      return
    }
    const url = new URL(request.url ?? '', 'http://any')
    const access = url.searchParams.getAll('scope').map((scope) => {
      const [type, name, actions = ''] = scope.split(':')
      return { type, name, actions: actions.split(',') }
    })
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: 'test',
      sub: authorization === undefined ? '' : username,
      aud: url.searchParams.get('service'),
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: randomToken(12),
      access,
    }
    const text = [{ typ: 'JWT', alg: 'ES256', x5c: chain }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const signature = sign('sha256', Buffer.from(text), {
      key: signingKey,
      dsaEncoding: 'ieee-p1363',
    })
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ token: `${text}.${signature.toString('base64url')}` }))
  })
  return { ...stub, certificate, realm: `http://${stub.host}/token` }
}

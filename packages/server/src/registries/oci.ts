import { hash } from 'node:crypto'
import type { Networks } from '../outbound/networks.ts'
import { get, type OutboundAnswer, readAnswer } from '../outbound/request.ts'
import { dockerHub, type RegistryAddress } from './address.ts'
import { type Challenge, parseChallenge } from './challenge.ts'
import * as failures from './failures.ts'
import { Digest, type Manifest, manifestTypes, parseManifest } from './manifest.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** A registry that is spoken to as the OCI distribution specification says. */
export interface RegistryClient {
  /** Finds out whether a registry is there and takes the credentials; a failure says what is wrong. */
  ping(): Promise<void>
  /** What a tag leads to now, without fetching it; undefined where the registry does not say. */
  digestOf(repository: string, tag: string): Promise<string | undefined>
  /** A manifest by its tag or digest, with the digest of what came. */
  manifest(repository: string, reference: string): Promise<{ digest: string; manifest: Manifest }>
  /** The bytes of a layer, as they come. */
  blob(repository: string, digest: string): Promise<AsyncIterable<Buffer>>
}

interface Options {
  readonly address: RegistryAddress
  /** Undefined: nobody in particular. */
  readonly credentials: Credentials | undefined
  readonly networks: Networks
  /** For everything that is asked of the client together. */
  readonly milliseconds: number
}

const maxTokenBytes = 256 * 1024
const maxPingBytes = 64 * 1024
// What the specification asks registries to take.
const maxManifestBytes = 4 * 1024 * 1024

/** Opens a registry; nothing is sent before something is asked. */
export function openRegistry(options: Options): RegistryClient {
  const { address, credentials, networks } = options
  const signal = AbortSignal.timeout(options.milliseconds)
  const { host } = address.url
  /** What opened each repository before. */
  const known = new Map<string, string>()

  const send = (
    url: URL,
    accept: string,
    authorization?: string,
    method?: 'HEAD',
  ): Promise<OutboundAnswer> =>
    get(url, {
      networks,
      signal,
      headers: { accept, ...(authorization === undefined ? {} : { authorization }) },
      ...(method === undefined ? {} : { method }),
    })

  const fetchToken = async (
    challenge: Challenge & { scheme: 'bearer' },
    scope: string | undefined,
  ): Promise<string> => {
    if (!URL.canParse(challenge.realm)) throw failures.noRegistry(host)
    const url = new URL(challenge.realm)
    // Names in an address would be sent as credentials of their own.
    url.username = url.password = ''
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service)
    const wanted = scope ?? challenge.scope
    if (wanted !== undefined) url.searchParams.set('scope', wanted)
    const authorization = credentials === undefined ? undefined : basic(credentials)
    const answer = await send(url, 'application/json', authorization)
    const body = await readAnswer(answer, maxTokenBytes)
    if (answer.status === 401 || answer.status === 403) {
      throw failures.refused(host, credentials !== undefined)
    }
    if (answer.status !== 200) throw failures.failed(url.host, answer.status)
    const token = tokenIn(body)
    // A header takes no other characters (RFC 6750).
    if (token === undefined || !/^[\w.~+/=-]+$/.test(token)) throw failures.noRegistry(host)
    return token
  }

  const authorizationFor = async (answer: OutboundAnswer, scope?: string): Promise<string> => {
    const challenge = parseChallenge(answer.headers['www-authenticate'])
    if (challenge === undefined) throw failures.noRegistry(host)
    if (challenge.scheme === 'bearer') return `Bearer ${await fetchToken(challenge, scope)}`
    if (credentials === undefined) throw failures.refused(host, false)
    return basic(credentials)
  }

  /** Asks for something of a repository, with what it takes to see it. */
  const ask = async (
    repository: string,
    path: string,
    accept: string,
    method?: 'HEAD',
  ): Promise<OutboundAnswer> => {
    const url = new URL(`/v2/${repositoryAt(address, repository)}/${path}`, address.url)
    let answer = await send(url, accept, known.get(repository), method)
    if (answer.status === 401) {
      answer.message.destroy()
      const scope = `repository:${repositoryAt(address, repository)}:pull`
      const authorization = await authorizationFor(answer, scope)
      known.set(repository, authorization)
      answer = await send(url, accept, authorization, method)
    }
    if (answer.status === 200) return answer
    answer.message.destroy()
    if (answer.status === 401 || answer.status === 403) {
      throw failures.noAccess(host, repository, credentials !== undefined)
    }
    throw answer.status === 404
      ? failures.noImage(host, repository, path.split('/').at(-1) ?? '')
      : failures.failed(host, answer.status)
  }

  return {
    async ping() {
      const url = new URL('/v2/', address.url)
      const first = await send(url, 'application/json')
      const body = await readAnswer(first, maxPingBytes)
      if (first.status !== 401) {
        demandRegistry(first, body, host)
        return
      }
      const authorization = await authorizationFor(first)
      const second = await send(url, 'application/json', authorization)
      const answered = await readAnswer(second, maxPingBytes)
      if (second.status === 401 || second.status === 403) {
        // A token for nobody opens public images, even where it does not open the front door.
        if (credentials === undefined && authorization.startsWith('Bearer ')) return
        throw failures.refused(host, credentials !== undefined)
      }
      demandRegistry(second, answered, host)
    },
    async digestOf(repository, tag) {
      const answer = await ask(repository, `manifests/${tag}`, manifestTypes.join(', '), 'HEAD')
      answer.message.destroy()
      const digest = Digest.safeParse(answer.headers['docker-content-digest'])
      return digest.success ? digest.data : undefined
    },
    async manifest(repository, reference) {
      const answer = await ask(repository, `manifests/${reference}`, manifestTypes.join(', '))
      const body = await readAnswer(answer, maxManifestBytes)
      const digest = `sha256:${hash('sha256', body, 'hex')}`
      // What is asked for by its digest must be just that.
      if (reference.startsWith('sha256:') && reference !== digest) throw failures.noRegistry(host)
      const manifest = parseManifest(body)
      if (manifest === undefined) throw failures.noForm(host, repository)
      return { digest, manifest }
    },
    async blob(repository, digest) {
      const answer = await ask(repository, `blobs/${digest}`, '*/*')
      return answer.message as AsyncIterable<Buffer>
    },
  }
}

/** Docker Hub keeps what is named with one word under `library`. */
function repositoryAt({ name }: RegistryAddress, repository: string): string {
  return name === dockerHub && !repository.includes('/') ? `library/${repository}` : repository
}

/** A web page also answers 200: a registry answers JSON, nothing, or says what it is. */
function demandRegistry({ status, headers }: OutboundAnswer, body: Buffer, host: string): void {
  if (status >= 500 || status === 429) throw failures.failed(host, status)
  const named = headers['docker-distribution-api-version'] !== undefined
  const text = body.toString().trim()
  if (status !== 200 || !(named || text === '' || /^\{.*\}$/s.test(text))) {
    throw failures.noRegistry(host)
  }
}

function tokenIn(body: Buffer): string | undefined {
  try {
    const { token, access_token: other } = JSON.parse(body.toString()) as Record<string, unknown>
    const found = token ?? other
    return typeof found === 'string' ? found : undefined
  } catch {
    return undefined
  }
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

import { OutboundFailure } from '../outbound/failures.ts'
import type { Networks } from '../outbound/networks.ts'
import { get, type OutboundAnswer, readAnswer } from '../outbound/request.ts'
import type { RegistryAddress } from './address.ts'
import { type Challenge, parseChallenge } from './challenge.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** A registry that is spoken to as the OCI distribution specification says. */
export interface RegistryClient {
  /** Finds out whether a registry is there and takes the credentials; a failure says what is wrong. */
  ping(): Promise<void>
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

/** Opens a registry; nothing is sent before something is asked. */
export function openRegistry(options: Options): RegistryClient {
  const { address, credentials, networks } = options
  const signal = AbortSignal.timeout(options.milliseconds)
  const { host } = address.url

  const send = (url: URL, authorization?: string): Promise<OutboundAnswer> =>
    get(url, {
      networks,
      signal,
      headers: {
        accept: 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
    })

  const fetchToken = async (challenge: Challenge & { scheme: 'bearer' }): Promise<string> => {
    if (!URL.canParse(challenge.realm)) throw noRegistry(host)
    const url = new URL(challenge.realm)
    // Names in an address would be sent as credentials of their own.
    url.username = url.password = ''
    if (challenge.service !== undefined) url.searchParams.set('service', challenge.service)
    if (challenge.scope !== undefined) url.searchParams.set('scope', challenge.scope)
    const answer = await send(url, credentials === undefined ? undefined : basic(credentials))
    const body = await readAnswer(answer, maxTokenBytes)
    if (answer.status === 401 || answer.status === 403) throw refused(host, credentials)
    if (answer.status !== 200) throw failed(url.host, answer.status)
    const token = tokenIn(body)
    // A header takes no other characters (RFC 6750).
    if (token === undefined || !/^[\w.~+/=-]+$/.test(token)) throw noRegistry(host)
    return token
  }

  const authorizationFor = async (challenge: Challenge): Promise<string> => {
    if (challenge.scheme === 'bearer') return `Bearer ${await fetchToken(challenge)}`
    if (credentials === undefined) throw refused(host, credentials)
    return basic(credentials)
  }

  return {
    async ping() {
      const url = new URL('/v2/', address.url)
      const first = await send(url)
      const body = await readAnswer(first, maxPingBytes)
      if (first.status !== 401) {
        demandRegistry(first, body, host)
        return
      }
      const challenge = parseChallenge(first.headers['www-authenticate'])
      if (challenge === undefined) throw noRegistry(host)
      const second = await send(url, await authorizationFor(challenge))
      const answered = await readAnswer(second, maxPingBytes)
      if (second.status === 401 || second.status === 403) {
        // A token for nobody opens public images, even where it does not open the front door.
        if (credentials === undefined && challenge.scheme === 'bearer') return
        throw refused(host, credentials)
      }
      demandRegistry(second, answered, host)
    },
  }
}

/** A web page also answers 200: a registry answers JSON, nothing, or says what it is. */
function demandRegistry({ status, headers }: OutboundAnswer, body: Buffer, host: string): void {
  if (status >= 500 || status === 429) throw failed(host, status)
  const named = headers['docker-distribution-api-version'] !== undefined
  const text = body.toString().trim()
  if (status !== 200 || !(named || text === '' || /^\{.*\}$/s.test(text))) throw noRegistry(host)
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

function refused(host: string, credentials: Credentials | undefined): OutboundFailure {
  return credentials === undefined
    ? new OutboundFailure(
        'credentials_required',
        `${host} lets nobody in without a username and a password: enter them`,
      )
    : new OutboundFailure(
        'credentials_refused',
        `${host} refused the username and the password: enter them again`,
      )
}

function noRegistry(host: string): OutboundFailure {
  return new OutboundFailure(
    'not_a_registry',
    `${host} answers, but not as a registry of container images: check the address and the port`,
  )
}

function failed(host: string, status: number): OutboundFailure {
  return new OutboundFailure('failed', `${host} answered ${status}: try again in a while`)
}

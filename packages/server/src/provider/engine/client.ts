import http, { type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { Duplex, Readable } from 'node:stream'
import { ProviderFailure } from '../provider.ts'
import { type Address, addressOf, type EngineEndpoint } from './endpoint.ts'

/** What the engine itself answered where it could not. */
export class EngineFault extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.name = 'EngineFault'
    this.status = status
  }
}

export interface Ask {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON, unless it is a stream, which is sent as a tar archive. */
  readonly body?: object
  readonly headers?: OutgoingHttpHeaders
  readonly signal?: AbortSignal
  /** How long the engine may say nothing; 0: as long as it likes. */
  readonly milliseconds?: number
}

export interface EngineClient {
  /** Asks and reads the whole answer, as JSON where it is JSON; an error of the engine is an `EngineFault`. */
  ask<T = unknown>(method: string, path: string, ask?: Ask): Promise<T>
  /** Asks and answers the body as it comes. */
  stream(method: string, path: string, ask?: Ask): Promise<IncomingMessage>
  /** Turns the connection into one of the process that the path is about. */
  hijack(path: string, body: object): Promise<Duplex>
  /** Ends idle connections. */
  close(): void
}

const usualMilliseconds = 120_000
/** Bytes: no answer that is read whole is longer. */
const longestAnswer = 32 * 1024 * 1024

/** A thin client of the Docker Engine API, over a unix socket or over TCP with TLS. */
export function openClient(endpoint: EngineEndpoint): EngineClient {
  const address = addressOf(endpoint.url)
  const { tls } = endpoint
  const secure = address.kind === 'tcp' && tls !== undefined
  const options = {
    keepAlive: true,
    // An engine closes idle connections after its own time: ours goes first.
    timeout: 5_000,
    ...(secure ? { ca: tls.ca, cert: tls.certificate, key: tls.key } : {}),
  }
  const agent = secure ? new https.Agent(options) : new http.Agent(options)

  const begin = (method: string, path: string, ask: Ask): http.ClientRequest => {
    const request = (secure ? https : http).request({
      ...(address.kind === 'unix'
        ? { socketPath: address.socketPath, host: 'engine' }
        : { host: address.host, port: address.port }),
      method,
      path: path + queryOf(ask.query),
      agent,
      headers: ask.headers ?? {},
      ...(ask.signal === undefined ? {} : { signal: ask.signal }),
    })
    const patience = ask.milliseconds ?? usualMilliseconds
    request.setTimeout(patience, () => {
      if (patience > 0) {
        request.destroy(new Error(`it said nothing for ${Math.round(patience / 1000)} s`))
      }
    })
    return request
  }

  const open = (method: string, path: string, ask: Ask): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = begin(method, path, ask)
      request.once('response', resolve)
      request.on('error', (error) => {
        reject(explain(error, address, endpoint.url, ask.signal))
      })
      send(request, ask.body, reject)
    })

  const stream: EngineClient['stream'] = async (method, path, ask = {}) => {
    const response = await open(method, path, ask)
    const { statusCode: status = 0 } = response
    // 304: it is as it was to become.
    if (status < 400) return response
    throw new EngineFault(status, messageOf(await read(response)))
  }

  return {
    stream,
    async ask<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
      const text = await stream(method, path, ask)
        .then(read)
        .catch((error: unknown) => {
          throw explain(error, address, endpoint.url, ask.signal)
        })
      return parse(text) as T
    },
    hijack: (path, body) =>
      new Promise((resolve, reject) => {
        const request = begin('POST', path, {
          headers: { connection: 'Upgrade', upgrade: 'tcp' },
          milliseconds: 0,
        })
        request.once('upgrade', (_response, socket, head) => {
          if (head.length > 0) socket.unshift(head)
          resolve(socket)
        })
        request.once('response', (response) => {
          void read(response).then((text) => {
            reject(new EngineFault(response.statusCode ?? 0, messageOf(text)))
          }, reject)
        })
        request.once('error', (error) => {
          reject(explain(error, address, endpoint.url, undefined))
        })
        send(request, body, reject)
      }),
    close: () => {
      agent.destroy()
    },
  }
}

function send(
  request: http.ClientRequest,
  body: object | undefined,
  failed: (error: Error) => void,
): void {
  if (body === undefined) {
    request.end()
  } else if ('pipe' in body) {
    const archive = body as Readable
    request.setHeader('content-type', 'application/x-tar')
    archive.on('error', (error) => {
      failed(error)
      request.destroy(error)
    })
    archive.pipe(request)
  } else {
    const text = JSON.stringify(body)
    request.setHeader('content-type', 'application/json')
    request.setHeader('content-length', Buffer.byteLength(text))
    request.end(text)
  }
}

function queryOf(query: Ask['query'] = {}): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value))
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > longestAnswer) {
      response.destroy()
      throw new Error('its answer is longer than any that it should give')
    }
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function messageOf(text: string): string {
  const answer = parse(text)
  if (typeof answer === 'object' && answer !== null && 'message' in answer) {
    return String(answer.message)
  }
  return text.trim() === '' ? 'no reason given' : text.trim().slice(0, 500)
}

function explain(
  error: unknown,
  address: Address,
  url: string,
  signal: AbortSignal | undefined,
): Error {
  if (error instanceof EngineFault || error instanceof ProviderFailure) return error
  if (signal?.aborted === true) return signal.reason instanceof Error ? signal.reason : new Error()
  const { code = '', message } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOENT: `There is no engine at ${url}: start it, or correct the address.`,
    ECONNREFUSED: `Nothing answers at ${url}: start the engine there, or correct the address.`,
    EACCES: `This server may not use ${url}: run it as a user who may, such as a member of the group of that socket.`,
    ENOTFOUND: `The name in ${url} is not known: correct the address.`,
    ETIMEDOUT: `${url} did not answer in time: check the address and whether a firewall is between.`,
    EHOSTUNREACH: `There is no way from the server to ${url}: check the address and the routes of the server.`,
  }
  const tlsHint =
    address.kind === 'tcp' && /^(ERR_SSL|EPROTO|UNABLE|DEPTH|SELF_SIGNED|CERT|ERR_TLS)/.test(code)
      ? `The engine at ${url} could not be trusted or does not trust this server (${code}): check the three TLS texts.`
      : undefined
  return new ProviderFailure(
    'unreachable',
    known[code] ?? tlsHint ?? `The engine at ${url} could not be asked: ${message}.`,
    { cause: error },
  )
}

import type { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { type Endpoints, endpoints } from './endpoints.ts'
import type { MissingPermission, Problem } from './problems.ts'

type Input<S> = S extends z.ZodType ? z.input<S> : never

/** What a call takes: `params`, `query` and `body` where the endpoint has them. */
export type CallInput<E extends Endpoint> = (E extends { params: infer P }
  ? { readonly params: Input<P> }
  : unknown) &
  (E extends { query: infer Q } ? { readonly query?: Input<Q> } : unknown) &
  (E extends { body: infer B } ? { readonly body: Input<B> } : unknown) & {
    readonly signal?: AbortSignal
    readonly headers?: Readonly<Record<string, string>>
  }

/** One page of a list: `next` is the cursor of the following page; `total` is capped when `totalCapped`. */
export interface Page<T> {
  readonly items: T
  readonly next: string | null
  readonly total: number | null
  readonly totalCapped: boolean
}

type Output<E extends Endpoint> = E extends { paged: true }
  ? Page<z.output<E['response']>>
  : z.output<E['response']>

type NeedsInput<E extends Endpoint> = E extends { params: unknown } | { body: unknown }
  ? true
  : false

export type Call<E extends Endpoint> =
  NeedsInput<E> extends true
    ? (input: CallInput<E>) => Promise<Output<E>>
    : (input?: CallInput<E>) => Promise<Output<E>>

export type Client = {
  readonly [N in keyof Endpoints]: {
    readonly [K in keyof Endpoints[N]]: Endpoints[N][K] extends Endpoint
      ? Call<Endpoints[N][K]>
      : never
  }
}

/** A refused or failed call; `code` is for programs, `message` for people. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly problem: Problem
  readonly errors: readonly { readonly path: string; readonly message: string }[]
  readonly missing: MissingPermission | undefined

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title)
    this.name = 'ApiError'
    this.status = problem.status
    this.code = problem.code
    this.problem = problem
    this.errors = problem.errors ?? []
    this.missing = problem.missing
  }
}

export interface ClientOptions {
  /** Where the server is; empty for the page's own origin. */
  readonly baseUrl: string
  /** Sent as `Session-Token`; programs use it, browsers have the cookie. */
  readonly token?: string
  /** Asked before every change: the CSRF token of the browser's session. */
  readonly csrfToken?: () => string | undefined
  readonly fetch?: typeof fetch
}

type QueryValue = string | number | boolean | null | undefined

/** The address of an endpoint with its parameters filled in. */
export function addressOf(
  endpoint: Endpoint,
  input: {
    readonly params?: Readonly<Record<string, string>>
    readonly query?: Readonly<Record<string, QueryValue>>
  } = {},
): string {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(input.params?.[name] ?? ''),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value))
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

/** A client of the whole contract; every failure is an `ApiError`, also when the server is away. */
export function createClient(options: ClientOptions): Client {
  const nouns = Object.entries(endpoints).map(([noun, calls]) => [
    noun,
    Object.fromEntries(
      Object.entries(calls as Record<string, Endpoint>).map(([name, endpoint]) => [
        name,
        (input: AnyInput = {}) => send(options, endpoint, input),
      ]),
    ),
  ])
  return Object.fromEntries(nouns) as Client
}

interface AnyInput {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, QueryValue>>
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
}

async function send(options: ClientOptions, endpoint: Endpoint, input: AnyInput): Promise<unknown> {
  const headers: Record<string, string> = { accept: 'application/json', ...input.headers }
  if (options.token !== undefined) headers['session-token'] = options.token
  const csrf = endpoint.method === 'GET' ? undefined : options.csrfToken?.()
  if (csrf !== undefined) headers['x-csrf-token'] = csrf
  if (input.body !== undefined) headers['content-type'] = 'application/json'

  const response = await (options.fetch ?? fetch)(options.baseUrl + addressOf(endpoint, input), {
    method: endpoint.method,
    headers,
    credentials: 'same-origin',
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    ...(input.signal === undefined ? {} : { signal: input.signal }),
  }).catch((cause: unknown) => {
    if (cause instanceof Error && cause.name === 'AbortError') throw cause
    throw new ApiError(unreachable())
  })

  const text = await response.text()
  if (!response.ok) throw new ApiError(readProblem(text, response))
  const value: unknown = text === '' ? null : JSON.parse(text)
  if (endpoint.paged !== true) return value
  const total = response.headers.get('x-total-count')
  return {
    items: value,
    next: nextCursor(response.headers.get('link')),
    total: total === null ? null : Number(total),
    totalCapped: response.headers.get('x-total-count-capped') === 'true',
  } satisfies Page<unknown>
}

function nextCursor(link: string | null): string | null {
  const address = /<([^>]*)>;\s*rel="next"/.exec(link ?? '')?.[1]
  return address === undefined ? null : new URL(address, 'http://any').searchParams.get('after')
}

function readProblem(text: string, response: Response): Problem {
  try {
    const value = JSON.parse(text) as Problem
    if (typeof value.code === 'string' && typeof value.title === 'string') return value
  } catch {
    // Not a problem document: a proxy in front answered.
  }
  return problem(response.status, 'server.unavailable', `The server answered ${response.status}`)
}

function unreachable(): Problem {
  return problem(0, 'server.unreachable', 'The server does not answer. Try again in a moment.')
}

function problem(status: number, code: string, title: string): Problem {
  return {
    type: 'about:blank',
    title,
    status,
    instance: '',
    code,
    request_id: '',
    error: { msg: title, code, details: null },
  }
}

import type { Resource } from '@atelier/access'
import { type Endpoint, type Endpoints, endpoints, type RouteAccess } from '@atelier/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { recordDenied } from '../audit/record.ts'
import { type Attempt, changePasswordFirst, type Context, type Visit } from '../context.ts'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from '../sessions/principal.ts'
import { signInAgain } from '../sessions/principals.ts'
import { factsOf, refuseForgery, visitOf } from './authenticate.ts'
import { answerOnce } from './idempotency.ts'
import { accessField } from './openapi.ts'
import { refuseForeignSocket } from './sockets.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: RouteAccess
    endpoint?: Endpoint
  }
}

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined

/** What a handler is given: the parsed parts of the request, and who asks. */
export interface Call<E extends Endpoint> {
  /** Known callers have a `Context`; on public routes there may be nobody. */
  readonly context: E['access'] extends { public: string } ? Visit : Context
  readonly params: E extends { params: infer P } ? Parsed<P> : undefined
  readonly query: E extends { query: infer Q } ? Parsed<Q> : undefined
  readonly body: E extends { body: infer B } ? Parsed<B> : undefined
  /** The version that `If-Match` names; a change of another version answers 412. */
  readonly ifMatch: number | undefined
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

type Answer<E extends Endpoint> = z.input<E['response']> | FastifyReply

export type Handlers<N extends keyof Endpoints> = {
  readonly [K in keyof Endpoints[N]]: Endpoints[N][K] extends Endpoint
    ? (call: Call<Endpoints[N][K]>) => Promise<Answer<Endpoints[N][K]>> | Answer<Endpoints[N][K]>
    : never
}

/** Registers every endpoint of a noun; a missing handler does not compile. */
export function registerRoutes<N extends keyof Endpoints>(
  app: FastifyInstance,
  platform: Platform,
  noun: N,
  handlers: Handlers<N>,
): void {
  for (const [name, endpoint] of Object.entries(endpoints[noun] as Record<string, Endpoint>)) {
    const handler = (handlers as unknown as Record<string, AnyHandler>)[name]
    if (handler === undefined) throw new Error(`${noun}.${name} has no handler`)
    register(app, platform, `${noun}.${name}`, endpoint, handler)
  }
}

const publicBodyLimit = 64 * 1024

type AnyHandler = (call: Call<Endpoint>) => unknown

function register(
  app: FastifyInstance,
  platform: Platform,
  operationId: string,
  endpoint: Endpoint,
  handler: AnyHandler,
): void {
  const { params, query, body, response } = endpoint
  app.route({
    method: endpoint.method,
    url: endpoint.path,
    config: { access: endpoint.access, endpoint },
    // What anybody may send is small: reading a body takes the time of all others.
    ...('public' in endpoint.access ? { bodyLimit: publicBodyLimit } : {}),
    schema: {
      operationId,
      summary: endpoint.summary,
      tags: [operationId.split('.', 1)[0] ?? ''],
      [accessField]: endpoint.access,
      ...(params === undefined ? {} : { params }),
      ...(query === undefined ? {} : { querystring: query }),
      ...(body === undefined ? {} : { body }),
      ...(endpoint.raw === undefined ? { response: { [endpoint.ok]: response } } : {}),
    },
    // Before the body is read: whoever may not call at all learns nothing of its form.
    onRequest: (request, _reply, done) => {
      refuseForgery(platform, request, endpoint.access)
      if (endpoint.socket !== undefined) refuseForeignSocket(request)
      const refused = admit(endpoint, request)
      const { principal } = request
      if (refused === undefined || principal === undefined) {
        done(refused)
        return
      }
      const context = contextOf(platform, endpoint, request, principal)
      recordRefusal(context, endpoint, request, refused).then(() => {
        done(refused)
      }, done)
    },
    handler: async (request, reply) => {
      reply.status(endpoint.ok)
      const call = callOf(platform, endpoint, request, reply)
      return endpoint.idempotent === true
        ? answerOnce(platform, request, reply, () => handler(call))
        : handler(call)
    },
  })
}

/** Objects with 401, or with 403 to a temporary password or a key without the route's scope. */
function admit(endpoint: Endpoint, request: FastifyRequest): Fault | undefined {
  if ('public' in endpoint.access) return undefined
  const { principal } = request
  if (principal === undefined) return signInAgain()
  if (principal.user.temporaryPassword && !mayBefore(endpoint, request, principal)) {
    return changePasswordFirst()
  }
  const { scopes } = principal.subject
  if (scopes === undefined || !('permission' in endpoint.access)) return undefined
  const [resource, operation] = endpoint.access.permission
  const wanted = `${resource}:${operation}`
  if (scopes.some((s) => s === wanted || (operation === 'list' && s === `${resource}:read`)))
    return undefined
  return new Fault('access.scope', `This API key lacks the scope ${wanted}`, {
    missing: {
      resource,
      operation,
      scope: 'all',
      mark: '',
      roles: [],
      key_scope: wanted,
    },
  })
}

/** Whether a route works before a temporary password is changed: then it is for oneself only (4.4). */
function mayBefore(endpoint: Endpoint, request: FastifyRequest, principal: Principal): boolean {
  const { user = 'me' } = request.params as { readonly user?: string }
  return endpoint.duringPasswordChange === true && (user === 'me' || user === principal.user.id)
}

const methodActions = { POST: 'create', PUT: 'write', PATCH: 'write', DELETE: 'delete' } as const

const auditTypes: Readonly<Partial<Record<Resource, Attempt['resourceType']>>> = {
  api_keys: 'api_key',
  configuration: 'configuration',
  dev_urls: 'dev_url',
  image_tags: 'image_tag',
  images: 'image',
  org_members: 'org_member',
  organizations: 'organization',
  registries: 'registry',
  system_banners: 'system_banner',
  users: 'user',
  workspaces: 'environment',
}

/** A change that was refused before its service was asked is in the audit log all the same. */
async function recordRefusal(
  context: Context,
  endpoint: Endpoint,
  request: FastifyRequest,
  fault: Fault,
): Promise<void> {
  if (endpoint.method === 'GET' || !('permission' in endpoint.access)) return
  const ids = Object.values((request.params ?? {}) as Readonly<Record<string, string>>)
  await recordDenied(
    context,
    {
      action: methodActions[endpoint.method],
      resourceType: auditTypes[endpoint.access.permission[0]] ?? 'user',
      resourceId: (ids.at(-1) ?? '').slice(0, 64),
      target: endpoint.path,
    },
    fault,
  )
}

function contextOf(
  platform: Platform,
  endpoint: Endpoint,
  request: FastifyRequest,
  principal: Principal,
): Context {
  return { platform, request: factsOf(request), principal, declared: endpoint.access }
}

function callOf(
  platform: Platform,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Call<Endpoint> {
  const { principal } = request
  return {
    // On public routes there may be nobody: `Call` gives their handlers a mere `Visit`.
    context:
      principal === undefined
        ? (visitOf(platform, request) as Context)
        : contextOf(platform, endpoint, request, principal),
    params: request.params as undefined,
    query: request.query as undefined,
    body: request.body as undefined,
    ifMatch: versionOf(request.headers['if-match']),
    request,
    reply,
  }
}

function versionOf(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(header)?.[1]
  // What this server never gave is no version of anything; the service says so after the permission.
  return version === undefined ? -1 : Number(version)
}

/** Names the version of an answered object, for `If-Match`. */
export function setVersion(reply: FastifyReply, version: number): void {
  void reply.header('etag', `"${version}"`)
}

/** Makes the server refuse to start with a route that declares neither a permission nor a reason. */
export function demandDeclarations(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const access = route.config?.access
    const reason =
      access === undefined
        ? undefined
        : 'public' in access
          ? access.public
          : 'signedIn' in access
            ? access.signedIn
            : 'permission'
    if (reason === undefined || reason === '') {
      throw new Error(
        `the route ${String(route.method)} ${route.url} declares neither a permission nor why it needs none`,
      )
    }
  })
}

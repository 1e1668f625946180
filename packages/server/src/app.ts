import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from 'fastify'
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  validatorCompiler,
} from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { apiKeyRoutes } from './api-keys/routes.ts'
import { accessRoutes } from './access/routes.ts'
import { bannerRoutes } from './banners/routes.ts'
import { configurationRoutes } from './configuration/routes.ts'
import { devUrlRoutes } from './dev-urls/routes.ts'
import { Fault } from './faults.ts'
import { auditRoutes } from './audit/routes.ts'
import { authenticateRequests } from './http/authenticate.ts'
import { readSessionCookie } from './http/cookies.ts'
import { finishRequests } from './http/drain.ts'
import { sendHeaders } from './http/headers.ts'
import { answerWithProblems } from './http/problem.ts'
import { createLiveConnections } from './http/live.ts'
import { completeDocument } from './http/openapi.ts'
import { demandDeclarations } from './http/route.ts'
import { createFrontServer } from './http/server.ts'
import { createSockets, routeUpgrades } from './http/sockets.ts'
import { parseJson, refuseUnstorableAddresses } from './http/text.ts'
import { imageRoutes } from './images/routes.ts'
import { serveWeb } from './http/web.ts'
import { organizationRoutes } from './organizations/routes.ts'
import { requestIds } from './platform/ids.ts'
import type { Platform } from './platform/platform.ts'
import { createDirectory } from './proxy/directory.ts'
import { createProxy, type Proxy } from './proxy/proxy.ts'
import { devUrlSignIn } from './proxy/sign-in.ts'
import { createHostTokens } from './proxy/tokens.ts'
import { registryRoutes } from './registries/routes.ts'
import { createPrincipalCache } from './sessions/cache.ts'
import { createEventHub } from './sessions/events.ts'
import { sessionRoutes } from './sessions/routes.ts'
import { startTouches } from './sessions/touches.ts'
import { systemRoutes } from './setup/routes.ts'
import { createOpenTerminals } from './terminals/open-terminals.ts'
import { terminalRoutes } from './terminals/routes.ts'
import { userRoutes } from './users/routes.ts'
import { workspaceRoutes } from './workspaces/routes.ts'
import { workspaceProviderRoutes } from './workspace-providers/routes.ts'

export interface AppOptions {
  readonly logger?: FastifyBaseLogger
  readonly trustedProxies?: string | undefined
  /** Folder of the built web application; without it only the API is served. */
  readonly webDir?: string | undefined
}

/** Joins the parts: the only place that knows them all. */
export async function buildApp(
  platform: Platform,
  options: AppOptions = {},
): Promise<FastifyInstance> {
  const newRequestId = requestIds()
  const front: { proxy?: Proxy } = {}
  const app = fastify({
    ...(options.logger === undefined ? {} : { loggerInstance: options.logger }),
    logController: new LogController({ disableRequestLogging: true }),
    // Lines about a request name it themselves.
    childLoggerFactory: (logger) => logger,
    trustProxy: options.trustedProxies ?? false,
    bodyLimit: 4 * 1024 * 1024,
    serverFactory: (routes) =>
      createFrontServer(
        (request, response) => front.proxy?.take(request, response) ?? false,
        routes,
      ),
    forceCloseConnections: true,
    requestIdHeader: false,
    genReqId: (request) => {
      const given = request.headers['x-request-id']
      return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : newRequestId()
    },
    routerOptions: { maxParamLength: 200 },
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializeChecked)
  answerWithProblems(app)
  demandDeclarations(app)
  refuseUnstorableAddresses(app)
  acceptJsonWithoutContentType(app)

  await app.register(cookie)
  await sendHeaders(app, platform)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Atelier',
        version: platform.version,
        description: 'Developer workspaces whose heart is access control',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          token: { type: 'apiKey', in: 'header', name: 'Session-Token' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'atelier_session' },
        },
      },
      security: [{ token: [] }, { cookie: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => completeDocument(jsonSchemaTransformObject(input)),
  })

  const principals = createPrincipalCache(platform)
  const noteUse = startTouches(app, platform)
  authenticateRequests(app, platform, principals, noteUse)
  const tokenOf = (request: FastifyRequest): string => {
    const header = request.headers['session-token']
    const { secure_cookie: alwaysSecure } = platform.settings.current()
    return typeof header === 'string' ? header : (readSessionCookie(request, alwaysSecure) ?? '')
  }
  const events = createEventHub(platform, (token) => principals.find(token), tokenOf)
  // Before the connections that are judged by it: it forgets what a signal is about, and then they ask.
  const directory = createDirectory(platform)
  const tokens = createHostTokens(platform)
  const live = createLiveConnections(platform)
  const sockets = createSockets(live, (token) => principals.find(token), tokenOf)
  const terminals = createOpenTerminals(platform, live)
  app.addHook('preClose', async () => {
    events.close()
    live.close()
    await terminals.close()
  })
  const proxy = createProxy(platform, {
    directory,
    tokens,
    principals,
    live,
    noteUse,
    trustedProxies: options.trustedProxies,
  })
  front.proxy = proxy
  app.addHook('onClose', () => proxy.close())
  routeUpgrades(app, (request, socket, head) => proxy.takeUpgrade(request, socket, head))
  devUrlSignIn(app, platform, directory, tokens)
  finishRequests(app)
  logRequests(app)

  systemRoutes(app, platform)
  sessionRoutes(app, platform, events)
  userRoutes(app, platform)
  apiKeyRoutes(app, platform)
  organizationRoutes(app, platform)
  configurationRoutes(app, platform)
  bannerRoutes(app, platform)
  auditRoutes(app, platform)
  accessRoutes(app, platform)
  registryRoutes(app, platform)
  imageRoutes(app, platform)
  workspaceRoutes(app, platform, sockets)
  terminalRoutes(app, platform, sockets, terminals)
  workspaceProviderRoutes(app, platform)
  devUrlRoutes(app, platform)
  await serveWeb(app, options.webDir)
  return app
}

/**
 * Writes an answer only as its schema says, so that no field leaves that the contract does not name.
 * Nothing in the contract is transformed: parsing is a fraction of what encoding costs.
 */
function serializeChecked({ schema }: { schema: z.ZodType }): (data: unknown) => string {
  return (data) => JSON.stringify(schema.parse(data))
}

/** The existing command line sends JSON without a Content-Type, and `curl -d` with a form's. */
function acceptJsonWithoutContentType(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    ['application/json', '*'],
    { parseAs: 'string' },
    (request, body: string, done) => {
      const type = request.headers['content-type']
      if (type !== undefined && !/^application\/(json|x-www-form-urlencoded)\b/i.test(type)) {
        done(new Fault('request.unsupported_media_type', 'Send application/json'))
        return
      }
      if (body === '') {
        done(null, undefined)
        return
      }
      try {
        done(null, parseJson(body))
      } catch (error) {
        done(error as Error)
      }
    },
  )
}

function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request, reply, done) => {
    done()
    const { config } = request.routeOptions
    if (config.endpoint === undefined) return
    request.log.info(
      {
        request: request.id,
        method: request.method,
        // The route's pattern: addresses may hold tokens and ids.
        route: config.endpoint.path,
        status: reply.statusCode,
        milliseconds: Math.round(reply.elapsedTime),
        user: request.principal?.user.id,
      },
      'request',
    )
  })
}

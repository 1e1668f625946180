import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../faults.ts'
import { sendProblem } from './problem.ts'

const open = {
  config: {
    access: { public: 'The web application is the same for everybody; its data is not in it' },
  },
  // Files are no part of the API's description.
  schema: { hide: true },
}

/** Serves the built web application; every address that is no file and no API is one of its pages. */
export async function serveWeb(app: FastifyInstance, webDir: string | undefined): Promise<void> {
  const files = webDir === undefined ? [] : readdirSync(webDir, { withFileTypes: true })
  if (webDir !== undefined) {
    await app.register(fastifyStatic, { root: webDir, serve: false, cacheControl: false })
    for (const file of files.filter((entry) => entry.isFile() && entry.name !== 'index.html')) {
      app.get(`/${file.name}`, open, (_request, reply) =>
        reply.header('cache-control', 'no-cache').sendFile(file.name),
      )
    }
    // Names of built files hold a hash of their content.
    app.get<{ Params: { '*': string } }>('/assets/*', open, (request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .sendFile(request.params['*'], join(webDir, 'assets')),
    )
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const isPage =
      request.method === 'GET' &&
      !/^\/(api|auth|assets|healthz|readyz)(\/|$)/.test(path) &&
      (request.headers.accept ?? '').includes('text/html')
    if (isPage && files.some((entry) => entry.name === 'index.html')) {
      return reply.header('cache-control', 'no-cache').sendFile('index.html')
    }
    return sendProblem(
      reply,
      request,
      new Fault('route.not_found', 'There is nothing at this address'),
    )
  })
}

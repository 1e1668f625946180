import type { FastifyInstance } from 'fastify'
import { setTimeout as delay } from 'node:timers/promises'

/** A stop waits so long for the requests under way, and then cuts them off. */
const patienceMilliseconds = 2_000
const lookMilliseconds = 20

/** Lets a stop finish the requests under way; Fastify refuses new ones meanwhile. */
export function finishRequests(app: FastifyInstance): void {
  app.addHook('preClose', async () => {
    const limit = performance.now() + patienceMilliseconds
    for (;;) {
      // A connection is idle once its request is answered. Looking costs nothing while the server
      // runs, where counting would be a part of every request.
      app.server.closeIdleConnections()
      if ((await connectionsOf(app)) === 0 || performance.now() > limit) return
      await delay(lookMilliseconds)
    }
  })
}

function connectionsOf(app: FastifyInstance): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => {
      if (error === null) resolve(count)
      else reject(error)
    })
  })
}

import type { FastifyInstance } from 'fastify'

/** A stop waits so long for the requests under way, and then cuts them off. */
const patienceMilliseconds = 2_000

/** Lets a stop finish the requests under way; Fastify refuses new ones meanwhile. */
export function finishRequests(app: FastifyInstance): void {
  let underWay = 0
  let finished: (() => void) | undefined
  // Not a hook: it would cost each request more than this.
  app.server.on('request', (_request, response) => {
    underWay++
    response.once('close', () => {
      underWay--
      if (underWay === 0) finished?.()
    })
  })
  app.addHook('preClose', async () => {
    if (underWay === 0) return
    await new Promise<void>((resolve) => {
      const patience = setTimeout(resolve, patienceMilliseconds)
      finished = () => {
        clearTimeout(patience)
        resolve()
      }
    })
  })
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import type { Platform } from '../platform/platform.ts'

/** The open pages: each hears at once when its user's access changes or ends. */
export interface EventHub {
  /** Keeps the answer open as a stream of server-sent events (WHATWG HTML 9.2). */
  open(context: Context, request: FastifyRequest, reply: FastifyReply): FastifyReply
  /** Ends all streams, so that the server can stop. */
  close(): void
}

interface Page {
  readonly userId: string
  readonly token: string
  readonly send: (event: string) => void
  readonly end: () => void
}

const heartbeatMilliseconds = 20_000

/** Streams events to open pages; `isGood` tells whether a token still belongs to somebody. */
export function createEventHub(
  platform: Platform,
  isGood: (token: string) => Promise<boolean>,
  tokenOf: (request: FastifyRequest) => string,
): EventHub {
  const pages = new Set<Page>()

  const review = async (page: Page): Promise<void> => {
    if (await isGood(page.token)) {
      page.send('access_changed')
      return
    }
    page.send('signed_out')
    page.end()
  }
  const reviewAll = (userIds: readonly string[] | 'all'): void => {
    for (const page of pages) {
      if (userIds !== 'all' && !userIds.includes(page.userId)) continue
      review(page).catch((error: unknown) => {
        platform.log.warn({ err: error }, 'events.review_failed')
        page.end()
      })
    }
  }
  platform.signals.on('access', (signal) => {
    reviewAll(signal.users)
  })
  platform.signals.on('banners', () => {
    for (const page of pages) page.send('banners_changed')
  })
  // What happened meanwhile is not known: the page reconnects and asks again.
  platform.signals.onDoubt(() => {
    for (const page of pages) page.end()
  })

  return {
    open(context, request, reply) {
      reply.hijack()
      const { raw } = reply
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write('retry: 2000\n\n')
      const beat = setInterval(() => raw.write(': still here\n\n'), heartbeatMilliseconds)
      const page: Page = {
        userId: context.principal.user.id,
        token: tokenOf(request),
        send: (event) => raw.write(`event: ${event}\ndata: {}\n\n`),
        end: () => raw.end(),
      }
      pages.add(page)
      raw.on('close', () => {
        clearInterval(beat)
        pages.delete(page)
      })
      return reply
    },
    close() {
      for (const page of pages) page.end()
    },
  }
}

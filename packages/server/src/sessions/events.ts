import { decide } from '@atelier/access'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../context.ts'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'
import type { Principal } from './principal.ts'
import { watchWorkspaces, type WorkspaceNews } from './workspace-news.ts'

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

/** Open pages of one user: enough for every tab, and too few to take the server's connections. */
export const maxPages = 100

const heartbeatMilliseconds = 20_000

/** Streams events to open pages; `find` tells who holds a token now. */
export function createEventHub(
  platform: Platform,
  find: (token: string) => Promise<Principal | undefined> | Principal | undefined,
  tokenOf: (request: FastifyRequest) => string,
): EventHub {
  const pages = new Set<Page>()

  /** Tells a page that its session has ended, or else the news, if there is any. */
  const review = async (page: Page, news?: string): Promise<void> => {
    try {
      const good = (await find(page.token)) !== undefined
      if (!good) page.send('signed_out')
      else if (news !== undefined) page.send(news)
      if (!good) page.end()
    } catch (error) {
      platform.log.warn({ err: error }, 'events.review_failed')
      page.end()
    }
  }
  const reviewAll = (userIds: readonly string[] | 'all'): void => {
    for (const page of pages) {
      if (userIds !== 'all' && !userIds.includes(page.userId)) continue
      void review(page, 'access_changed')
    }
  }
  platform.signals.on('access', (signal) => {
    reviewAll(signal.users)
  })
  platform.signals.on('banners', () => {
    for (const page of pages) page.send('banners_changed')
  })
  const tell = async (page: Page, news: WorkspaceNews): Promise<void> => {
    try {
      const principal = await find(page.token)
      if (principal !== undefined && concerns(principal, news)) page.send('workspaces_changed')
    } catch (error) {
      platform.log.warn({ err: error }, 'events.news_failed')
      page.end()
    }
  }
  const stopWatching = watchWorkspaces(platform, (news) => {
    for (const page of pages) void tell(page, news)
  })
  // What happened meanwhile is not known: the page reconnects and asks again.
  platform.signals.onDoubt(() => {
    for (const page of pages) page.end()
  })

  return {
    open(context, request, reply) {
      const { id } = context.principal.user
      if ([...pages].filter((page) => page.userId === id).length >= maxPages) {
        throw new Fault('request.rate_limited', `Close some of your ${maxPages} open pages first`, {
          retryAfter: 60,
        })
      }
      reply.hijack()
      const { raw } = reply
      // Whoever has left already will not leave again.
      if (raw.destroyed) return reply
      raw.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      })
      raw.write('retry: 2000\n\n')
      const write = (text: string): void => {
        // Writing to a stream that was ended, and is not closed yet, would end the server.
        if (!raw.writableEnded) raw.write(text)
      }
      const beat = setInterval(() => {
        write(': still here\n\n')
      }, heartbeatMilliseconds)
      const page: Page = {
        userId: id,
        token: tokenOf(request),
        send: (event) => {
          write(`event: ${event}\ndata: {}\n\n`)
        },
        end: () => raw.end(),
      }
      pages.add(page)
      raw.on('close', () => {
        clearInterval(beat)
        pages.delete(page)
      })
      // What ended since the credential was looked at was told to nobody.
      void review(page)
      return reply
    },
    close() {
      stopWatching()
      for (const page of pages) page.end()
    },
  }
}

/** Whether somebody may read one of the workspaces. */
function concerns({ subject }: Principal, news: WorkspaceNews): boolean {
  return news.some(
    ({ ownerId, organizationId }) =>
      decide(subject, 'read', {
        resource: 'workspaces',
        ownerId,
        organizationIds: [organizationId],
      }).allowed,
  )
}

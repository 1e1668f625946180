import type { FastifyInstance } from 'fastify'
import { invalid } from '../faults.ts'
import { allPages, readCursor, setPageHeaders, streamArray } from '../http/paging.ts'
import { registerRoutes } from '../http/route.ts'
import type { Platform } from '../platform/platform.ts'
import type { EntryRecord } from './entry.ts'
import { contentTypes } from './export.ts'
import { presentEntry } from './present.ts'
import * as service from './service.ts'

/** The audit log over HTTP: `/api/v0/audit`. Entries are only read here; nothing changes one. */
export function auditRoutes(app: FastifyInstance, platform: Platform): void {
  registerRoutes(app, platform, 'audit', {
    list: async ({ context, query, request, reply }) => {
      const wanted = wantedOf(query)
      const after = readCursor(query.after, 'time')
      if (query.limit === undefined) {
        // Asked first, so that a refusal is a status and not a broken stream.
        const first = await service.listEntries(context, wanted, 200, after, query.offset)
        const all = allPages((cursor) =>
          cursor === undefined
            ? Promise.resolve(first)
            : service.listEntries(context, wanted, 200, cursor),
        )
        return streamArray(reply, present(all))
      }
      const [page, total] = await Promise.all([
        service.listEntries(context, wanted, query.limit, after, query.offset),
        service.countEntries(context, wanted),
      ])
      setPageHeaders(request, reply, page.next, total)
      return page.items.map(presentEntry)
    },
    get: async ({ context, params }) => presentEntry(await service.getEntry(context, params.entry)),
    status: async ({ context }) => {
      const status = await service.readSealStatus(context)
      return {
        sealed: status.sealed,
        unsealed: status.unsealed,
        unsealed_since: status.unsealed_since,
        head: status.hash?.toString('hex') ?? null,
        head_time: status.head_at,
      }
    },
    export: async ({ context, query, reply }) => {
      const { format } = query
      const text = await service.exportEntries(context, wantedOf(query), format, query)
      const day = platform.clock.now().toISOString().slice(0, 10)
      return reply
        .type(contentTypes[format])
        .header('content-disposition', `attachment; filename="audit-${day}.${format}"`)
        .send(text)
    },
  })
}

interface Filters {
  user?: string | undefined
  action?: string | undefined
  resource_type?: string | undefined
  resource_id?: string | undefined
  q?: string | undefined
  outcome?: service.Wanted['outcome']
  range_start?: string | undefined
  range_end?: string | undefined
}

function wantedOf(filters: Filters): service.Wanted {
  return {
    user: filters.user,
    action: filters.action,
    resourceType: filters.resource_type,
    resourceId: filters.resource_id,
    q: filters.q,
    outcome: filters.outcome,
    from: secondsOf('range_start', filters.range_start),
    until: secondsOf('range_end', filters.range_end),
  }
}

/** Unix seconds of a moment given as such or as RFC 3339. */
function secondsOf(name: string, moment: string | undefined): number | undefined {
  if (moment === undefined) return undefined
  const seconds = /^\d+$/.test(moment) ? Number(moment) : Date.parse(moment) / 1000
  if (Number.isNaN(seconds)) throw invalid(name, 'There is no such day or time')
  return seconds
}

async function* present(entries: AsyncIterable<EntryRecord>) {
  for await (const entry of entries) yield presentEntry(entry)
}

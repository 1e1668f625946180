import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Context, subjectOf } from '../context.ts'
import { readCursor, setPageHeaders, streamArray, streamPages } from '../http/paging.ts'
import { registerRoutes, setVersion } from '../http/route.ts'
import type { Sockets } from '../http/sockets.ts'
import type { Platform } from '../platform/platform.ts'
import { resolve } from '../users/service.ts'
import { createWorkspace } from './create.ts'
import { presentLine, presentWorkspace } from './present.ts'
import * as service from './service.ts'
import { liveStats } from './stats.ts'
import type { WorkspaceQuery } from './store.ts'
import { updateWorkspace } from './update.ts'
import { watchLog } from './watch.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** Workspaces over HTTP: `/api/v0/workspaces`. */
export function workspaceRoutes(app: FastifyInstance, platform: Platform, sockets: Sockets): void {
  registerRoutes(app, platform, 'workspaces', {
    list: async ({ context, query, request, reply }) => {
      const { limit, orgs, users, q, status, provider } = query
      const asked: WorkspaceQuery = {
        organizations: idsIn(orgs),
        users: idsIn(users)?.map((id) => resolve(context, id)),
        q,
        status,
        provider,
      }
      const caller = subjectOf(context)
      const present = (workspace: WorkspaceRecord) => presentWorkspace(workspace, caller)
      const after = readCursor(query.after, 'text')
      const page = (size: number, from: typeof after) =>
        service.listWorkspaces(context, asked, size, from)
      if (limit === undefined) {
        return streamArray(reply, await streamPages((from) => page(200, from), after, present))
      }
      const [found, total] = await Promise.all([
        page(limit, after),
        service.countWorkspaces(context, asked),
      ])
      setPageHeaders(request, reply, found.next, total)
      return found.items.map(present)
    },
    get: async ({ context, params, reply }) => {
      const workspace = await service.getWorkspace(context, params.workspace)
      setVersion(reply, workspace.version)
      const live = await liveStats(platform, workspace)
      return presentWorkspace(workspace, subjectOf(context), live)
    },
    create: async ({ context, body, reply }) =>
      answer(context, reply, await createWorkspace(context, body)),
    update: async ({ context, params, body, ifMatch, reply }) => {
      const { image_id, image_tag, cpu_cores, memory_gb, disk_gb } = body
      const changes = { image_id, image_tag, cpu_cores, memory_gb, disk_gb }
      const { workspace: id } = params
      return answer(context, reply, await updateWorkspace(context, id, changes, ifMatch))
    },
    schedule: async ({ context, params, body, ifMatch, reply }) => {
      const { workspace: id } = params
      return answer(context, reply, await service.setSchedule(context, id, body, ifMatch))
    },
    stop: async ({ context, params, ifMatch, reply }) =>
      answer(context, reply, await service.stopWorkspace(context, params.workspace, ifMatch)),
    cancel: async ({ context, params, ifMatch, reply }) =>
      answer(context, reply, await service.cancelBuild(context, params.workspace, ifMatch)),
    remove: async ({ context, params, ifMatch }) => {
      await service.deleteWorkspace(context, params.workspace, ifMatch)
      return null
    },
    log: async ({ context, params }) => {
      const lines = await service.readLog(context, params.workspace)
      return lines.map((line) => presentLine(line, params.workspace))
    },
    watchLog: async ({ context, params, request, reply }) => {
      const { workspace: id } = params
      const workspace = await service.getWorkspace(context, id)
      const authorize = async (now: Context): Promise<void> => {
        await service.getWorkspace(now, id)
      }
      const call = { context, request, reply }
      return sockets.accept(call, { workspaceId: id, authorize }, (socket) => {
        watchLog(platform, workspace, socket)
      })
    },
    onProvider: async ({ context, params, reply }) => {
      const caller = subjectOf(context)
      const asked = { ...service.everything, provider: params.provider }
      return streamArray(
        reply,
        await streamPages(
          (from) => service.listWorkspaces(context, asked, 200, from),
          undefined,
          (workspace) => presentWorkspace(workspace, caller),
        ),
      )
    },
  })
}

/** An id, or several with commas. */
function idsIn(text: string | undefined): string[] | undefined {
  return text?.split(',').filter((id) => id !== '')
}

function answer(context: Context, reply: FastifyReply, workspace: WorkspaceRecord) {
  setVersion(reply, workspace.version)
  return presentWorkspace(workspace, subjectOf(context))
}

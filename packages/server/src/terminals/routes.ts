import type { FastifyInstance } from 'fastify'
import { registerRoutes } from '../http/route.ts'
import { type Sockets, wantsUpgrade } from '../http/sockets.ts'
import type { Platform } from '../platform/platform.ts'
import type { OpenTerminals } from './open-terminals.ts'
import * as service from './service.ts'

/** Terminals over WebSockets: `/api/v0/workspaces/{id}/terminal`. */
export function terminalRoutes(
  app: FastifyInstance,
  platform: Platform,
  sockets: Sockets,
  terminals: OpenTerminals,
): void {
  registerRoutes(app, platform, 'terminals', {
    open: async ({ context, params, query, request, reply }) => {
      const { session: sessionId, columns, rows } = query
      const address = { workspaceId: params.workspace, sessionId }
      const { workspace: id } = params
      const workspace = await (!wantsUpgrade(request)
        ? service.findUsable(context, id)
        : terminals.has(address)
          ? service.returnToTerminal(context, id)
          : service.openTerminal(context, id, () => {
              terminals.demandRoom(id)
            }))
      const authorize = async (now: typeof context): Promise<void> => {
        await service.findUsable(now, workspace.id)
      }
      return sockets.accept(
        { context, request, reply },
        { workspaceId: workspace.id, authorize },
        (socket, review) => {
          const viewing = { userId: workspace.user_id, size: { columns, rows }, review }
          terminals.show(address, workspace.provider_id, socket, viewing)
        },
      )
    },
  })
}

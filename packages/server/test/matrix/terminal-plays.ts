import { addWorkspace } from '../workspace-rows.ts'
import type { Play } from './play.ts'
import { statusFor } from './tables.ts'

export const terminalPlays: Readonly<Record<string, Play>> = {
  'terminals.open': {
    request: async ({ server, user, organization }) => {
      const id = await addWorkspace(server, { owner: user.id, organization })
      return { path: `/api/v0/workspaces/${id}/terminal?session=played-by-all` }
    },
    expect: ({ actor, place }) => {
      // The owner is told to ask for a WebSocket, and nobody else gets so far.
      const allowed = statusFor(actor, 'update', 'workspaces', place, 426)
      return allowed === 426 && !place.own ? 403 : allowed
    },
  },
}

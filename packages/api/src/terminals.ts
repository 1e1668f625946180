import { z } from 'zod'
import { Empty, Id } from './common.ts'
import { endpoint } from './endpoint.ts'

/** Terminals in one's own workspaces. */
export const terminals = {
  open: endpoint({
    method: 'GET',
    path: '/api/v0/workspaces/:workspace/terminal',
    summary: "A terminal in one's own workspace, as a WebSocket",
    // Whoever works there changes it: a key that may only read workspaces opens none.
    access: { permission: ['workspaces', 'update'] },
    params: z.strictObject({ workspace: Id }),
    query: z.strictObject({
      /** Chosen by the page: who comes back with it finds the same shell, with its last output. */
      session: z
        .string()
        .regex(/^[A-Za-z0-9_-]{8,64}$/, 'Use 8 to 64 letters, digits, hyphens and underscores'),
      columns: z.coerce.number().int().min(1).max(1000).default(80),
      rows: z.coerce.number().int().min(1).max(1000).default(24),
    }),
    ok: 200,
    response: Empty,
    raw: 'application/octet-stream',
    socket:
      'Binary both ways: bytes of the terminal. Text from the client: {"columns","rows"} when its size changes, and {"seen": bytes shown until now} from those who want no more than they can show; {"end": true} ends the shell, which else waits some minutes for somebody to come back. Text from the server: {"opened": "new" | "again"} first; {"exit": code} or {"problem": "sentence"} last. Closed with 4403 when what allowed it has ended, with 4409 when the session is opened elsewhere.',
  }),
}

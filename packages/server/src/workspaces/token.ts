import type { Tx } from '../db/schema.ts'
import { randomToken } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { hashToken } from '../sessions/principals.ts'
import * as workspaces from './store.ts'

/**
 * Gives a workspace a new token with its owner's rights, in place of the one before, which is worth
 * nothing from now on. Keys are changed before workspaces are locked, as by whoever asks for something
 * with such a key.
 */
export async function rotateToken(
  platform: Platform,
  workspace: { readonly id: string; readonly name: string; readonly user_id: string },
): Promise<string> {
  const now = platform.clock.now()
  const id = randomToken(10)
  const secret = randomToken(22)
  await platform.db.transaction().execute(async (tx) => {
    await revokeToken(tx, platform, workspace)
    await tx
      .insertInto('api_keys')
      .values({
        id,
        user_id: workspace.user_id,
        // Names of keys are their owner's; the id keeps it apart from one that somebody has chosen.
        name: `workspace ${workspace.name} ${id}`,
        secret_hash: hashToken(secret),
        application: true,
        secret_at: now,
        created_at: now,
      })
      .execute()
    await workspaces.updateWorkspace(tx, workspace.id, { api_key_id: id })
  })
  return `${id}-${secret}`
}

/** Takes the token of a workspace away, before its row is locked; everybody hears of it. */
export async function revokeToken(
  tx: Tx,
  platform: Platform,
  workspace: { readonly id: string; readonly user_id: string },
): Promise<void> {
  const row = await tx
    .selectFrom('workspaces')
    .where('id', '=', workspace.id)
    .select('api_key_id')
    .executeTakeFirst()
  if (row?.api_key_id == null) return
  const gone = await tx
    .deleteFrom('api_keys')
    .where('id', '=', row.api_key_id)
    .where('application', '=', true)
    .executeTakeFirst()
  await workspaces.updateWorkspace(tx, workspace.id, { api_key_id: null })
  if (gone.numDeletedRows > 0n) {
    await platform.signals.send(tx, 'access', { users: [workspace.user_id] })
  }
}

import { masked, recordVisit } from '../audit/record.ts'
import type { Tx } from '../db/schema.ts'
import { Fault } from '../faults.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { newTemporaryPassword } from '../sessions/passwords.ts'
import { deleteSessionsOf } from '../sessions/of-user.ts'
import * as users from './store.ts'
import type { UserRecord } from './user.ts'

/**
 * Gives the site admin a temporary password, ends all their sessions and deletes all their API keys
 * (access-control.md 3.6); answers what to print.
 */
export async function resetAdminPassword(platform: Platform): Promise<string> {
  const password = newTemporaryPassword()
  const hash = await platform.passwords.hash(password)
  const username = await platform.db.transaction().execute(async (tx) => {
    const admin = await lockSiteAdmin(tx)
    if (admin === undefined) {
      throw new Fault(
        'setup.required',
        'There is no site admin yet: start the server and open its setup link',
      )
    }
    const now = platform.clock.now()
    await users.updateUser(tx, admin.id, { password_hash: hash, temporary_password: true }, now)
    const sessions = await deleteSessionsOf(tx, admin.id)
    const keys = await tx.deleteFrom('api_keys').where('user_id', '=', admin.id).executeTakeFirst()
    const visit = {
      platform,
      request: { id: newId(now), ip: '', userAgent: 'atelier-server reset-admin-password' },
    }
    await recordVisit(tx, visit, {
      action: 'write',
      resourceType: 'user',
      resourceId: admin.id,
      target: admin.username,
      outcome: 'success',
      actor: null,
      allowedBy: 'server command',
      diff: {
        password: { before: masked, after: masked },
        temporary_password: { before: admin.temporary_password, after: true },
        ended_sessions: { before: sessions, after: 0 },
        deleted_api_keys: { before: Number(keys.numDeletedRows), after: 0 },
      },
    })
    await platform.signals.send(tx, 'access', { users: [admin.id] })
    return admin.username
  })
  await platform.signals.settle()
  return `Temporary password of ${username}: ${password}\nSign in and choose a new one. All sessions have ended and all API keys are deleted.`
}

/** Locks whoever is the site admin once locked: a transfer may be under way. */
async function lockSiteAdmin(tx: Tx): Promise<UserRecord | undefined> {
  for (;;) {
    const id = await users.findSiteAdminId(tx)
    if (id === undefined) return undefined
    const admin = await users.lockUser(tx, id)
    if (admin?.site_role === 'site-admin') return admin
  }
}

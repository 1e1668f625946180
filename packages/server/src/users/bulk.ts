import type { SiteRole } from '@atelier/access'
import { demandPermission, type Context } from '../context.ts'
import { Fault, invalid } from '../faults.ts'
import { changeRole, suspendUser, userAttempt } from './service.ts'

export interface BulkRequest {
  readonly action: 'suspend' | 'reactivate' | 'role'
  readonly role?: SiteRole | undefined
  readonly user_ids: readonly string[]
}

export interface BulkResult {
  readonly user_id: string
  readonly ok: boolean
  readonly code: string | null
  readonly message: string | null
}

/** Does one thing to many users, each in a transaction of its own, and says for each what became of it. */
export async function changeMany(context: Context, bulk: BulkRequest): Promise<BulkResult[]> {
  const attempt = { ...userAttempt('write', ''), target: `${bulk.user_ids.length} users` }
  await demandPermission(context, attempt, 'update', { resource: 'users' }, 'user')
  const { role } = bulk
  if (bulk.action === 'role' && role === undefined) throw invalid('role', 'Choose a role')
  if (bulk.action !== 'role' && role !== undefined) {
    throw invalid('role', 'A role goes with the action "role" only')
  }

  const results: BulkResult[] = []
  for (const id of new Set(bulk.user_ids)) {
    try {
      if (role === undefined) await suspendUser(context, id, bulk.action === 'suspend')
      else await changeRole(context, id, role)
      results.push({ user_id: id, ok: true, code: null, message: null })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      results.push({ user_id: id, ok: false, code: error.code, message: error.message })
    }
  }
  return results
}

import { describeGrant } from '@atelier/access'
import { sql } from 'kysely'
import type { AuditDiff, Db, Tx } from '../db/schema.ts'
import type { Attempt, Context, Visit, Work } from '../context.ts'
import type { Fault } from '../faults.ts'
import { newId } from '../platform/ids.ts'

/** Secrets appear in the audit log as this, and nothing else. */
export const masked = '******'

/** Records what the current transaction did; it is written with the change or not at all. */
export async function recordAudit(
  work: Work,
  entry: Attempt & { diff?: AuditDiff },
): Promise<void> {
  if (work.grant === undefined) throw new Error('recordAudit() before authorize()')
  await insert(work.tx, work, {
    ...entry,
    outcome: 'success',
    actor: work.principal.user,
    apiKeyId: work.principal.credential.kind === 'api_key' ? work.principal.credential.id : null,
    allowedBy: describeGrant(work.grant),
  })
  work.recorded++
}

/** Records an attempt that was refused, in a transaction of its own: the attempt's has ended. */
export async function recordDenied(
  context: Context,
  attempt: Attempt,
  fault: Fault,
): Promise<void> {
  await insert(context.platform.db, context, {
    ...attempt,
    outcome: 'denied',
    actor: context.principal.user,
    apiKeyId:
      context.principal.credential.kind === 'api_key' ? context.principal.credential.id : null,
    refusal: fault,
  })
}

/** Records what happened where nobody was signed in: sign-ins, setup, commands of the server. */
export async function recordVisit(
  db: Db | Tx,
  visit: Visit,
  entry: Attempt & {
    diff?: AuditDiff
    outcome: 'success' | 'denied' | 'failed'
    actor: Actor | null
    allowedBy?: string
    refusal?: Fault
  },
): Promise<void> {
  await insert(db, visit, { ...entry, apiKeyId: null })
}

interface Actor {
  readonly id: string
  readonly username: string
  readonly email: string
}

/** The fields of `after` that differ from `before`, as the audit log keeps them. */
export function diffOf<T extends object>(before: T, after: Partial<T>): AuditDiff {
  const diff: AuditDiff = {}
  for (const [field, value] of Object.entries(after)) {
    const former = before[field as keyof T]
    if (JSON.stringify(former) !== JSON.stringify(value))
      diff[field] = { before: former, after: value }
  }
  return diff
}

async function insert(
  db: Db | Tx,
  visit: Visit,
  entry: Attempt & {
    diff?: AuditDiff
    outcome: 'success' | 'denied' | 'failed'
    actor: Actor | null
    apiKeyId: string | null
    allowedBy?: string
    refusal?: Fault
  },
): Promise<void> {
  const now = visit.platform.clock.now()
  // Prepared: it is in the way of every change there is.
  await sql`/* prepare: record_audit */
    insert into audit_log (id, at, actor_id, actor_username, actor_email, api_key_id, ip, user_agent,
      action, resource_type, resource_id, target, outcome, diff, allowed_by, refusal_code, refusal,
      request_id)
    values (${newId(now)}, ${now}, ${entry.actor?.id ?? null}, ${entry.actor?.username ?? ''},
      ${entry.actor?.email ?? ''}, ${entry.apiKeyId}, ${visit.request.ip},
      ${visit.request.userAgent.slice(0, 256)}, ${entry.action}, ${entry.resourceType},
      ${entry.resourceId}, ${entry.target.slice(0, 256)}, ${entry.outcome},
      ${JSON.stringify(withBothSides(entry.diff ?? {}))}, ${entry.allowedBy ?? null},
      ${entry.refusal?.code ?? null}, ${entry.refusal?.message ?? null}, ${visit.request.id})`.execute(
    db,
  )
}

/** `undefined` would vanish in JSON: what was not there before, or is gone now, is `null`. */
function withBothSides(diff: AuditDiff): AuditDiff {
  return Object.fromEntries(
    Object.entries(diff).map(([field, { before, after }]) => [
      field,
      { before: before ?? null, after: after ?? null },
    ]),
  )
}

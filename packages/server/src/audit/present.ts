import type { AuditEntry } from '@atelier/api'
import type { EntryRecord } from './entry.ts'

/** An entry as the API answers it. */
export function presentEntry(entry: EntryRecord): AuditEntry {
  return {
    id: entry.id,
    time: entry.at,
    user:
      entry.actor_id === null
        ? null
        : { id: entry.actor_id, username: entry.actor_username, email: entry.actor_email },
    api_key_id: entry.api_key_id,
    ip: entry.ip,
    user_agent: entry.user_agent,
    action: entry.action as AuditEntry['action'],
    resource_type: entry.resource_type as AuditEntry['resource_type'],
    resource_id: entry.resource_id,
    target: entry.target,
    outcome: entry.outcome,
    diff: entry.diff,
    allowed_by: entry.allowed_by,
    refusal:
      entry.refusal_code === null
        ? null
        : { code: entry.refusal_code, message: entry.refusal ?? '' },
    request_id: entry.request_id,
    sequence: entry.sequence,
    hash: entry.hash === null ? null : entry.hash.toString('hex'),
  }
}

import type { AuditDiff } from '../db/schema.ts'

/** An entry of the audit log as it is read, with its place in the hash chain once it is sealed. */
export interface EntryRecord {
  readonly id: string
  readonly at: string
  readonly actor_id: string | null
  readonly actor_username: string
  readonly actor_email: string
  readonly api_key_id: string | null
  readonly ip: string
  readonly user_agent: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly target: string
  readonly outcome: 'success' | 'denied' | 'failed'
  readonly diff: AuditDiff
  readonly allowed_by: string | null
  readonly refusal_code: string | null
  readonly refusal: string | null
  readonly request_id: string
  readonly sequence: number | null
  readonly hash: Buffer | null
}

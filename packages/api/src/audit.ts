import { z } from 'zod'
import { Id, Paging, Time } from './common.ts'
import { endpoint } from './endpoint.ts'

export const auditActions = [
  'create',
  'write',
  'delete',
  'enqueue',
  'login',
  'logout',
  'open',
  'connect',
  'ssh',
  'stop',
  'auto_off',
  'auto_start',
  'cordon',
  'uncordon',
  'view',
] as const

export const auditResourceTypes = [
  'user',
  'api_key',
  'session',
  'organization',
  'org_member',
  'configuration',
  'system_banner',
  'audit_log',
  'environment',
  'dev_url',
  'resource_pool',
  'image',
  'image_tag',
  'registry',
  'extension',
  'metric',
  'oauth',
] as const

export const auditOutcomes = ['success', 'denied', 'failed'] as const

export const AuditAction = z.enum(auditActions).meta({ id: 'AuditAction' })
export const AuditResourceType = z.enum(auditResourceTypes).meta({ id: 'AuditResourceType' })
export const AuditOutcome = z.enum(auditOutcomes).meta({ id: 'AuditOutcome' })

export const AuditEntry = z
  .object({
    id: z.string(),
    time: Time,
    /** Who did it, as they were called then; `null` where nobody was signed in. */
    user: z.object({ id: z.string(), username: z.string(), email: z.string() }).nullable(),
    api_key_id: z.string().nullable(),
    ip: z.string(),
    user_agent: z.string(),
    action: AuditAction,
    resource_type: AuditResourceType,
    resource_id: z.string(),
    /** The friendly name of the target, as it was called then. */
    target: z.string(),
    outcome: AuditOutcome,
    diff: z.record(z.string(), z.object({ before: z.unknown(), after: z.unknown() })),
    /** The mark that allowed it: `site-manager: users Ua`. */
    allowed_by: z.string().nullable(),
    /** Why it was refused. */
    refusal: z.object({ code: z.string(), message: z.string() }).nullable(),
    request_id: z.string(),
    /** Place in the hash chain; `null` while not yet sealed. */
    sequence: z.number().int().nullable(),
    hash: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' })

export type AuditEntry = z.infer<typeof AuditEntry>

/** Unix seconds (the original's habit) or RFC 3339. */
const Moment = z.union([z.string().regex(/^\d{1,12}$/), z.iso.datetime({ offset: true })])

export const AuditFilters = {
  /** Who did it: an id, `me`, or a username or e-mail address as it was recorded. */
  user: z.string().min(1).max(254).optional(),
  action: AuditAction.optional(),
  resource_type: AuditResourceType.optional(),
  resource_id: Id.optional(),
  /** Part of the target's name. */
  q: z.string().max(200).optional(),
  outcome: AuditOutcome.optional(),
  /** From this moment on. */
  range_start: Moment.optional(),
  /** Before this moment, so that ranges join without overlapping. */
  range_end: Moment.optional(),
}

export const audit = {
  list: endpoint({
    method: 'GET',
    path: '/api/v0/audit',
    summary: 'The audit log, newest first',
    access: { permission: ['audit_logs', 'read'] },
    query: z.strictObject({
      ...AuditFilters,
      ...Paging,
      offset: z.coerce.number().int().min(0).max(10_000).optional(),
    }),
    ok: 200,
    response: z.array(AuditEntry),
    paged: true,
  }),
  get: endpoint({
    method: 'GET',
    path: '/api/v0/audit/:entry',
    summary: 'One audit entry',
    access: { permission: ['audit_logs', 'read'] },
    params: z.strictObject({ entry: Id }),
    ok: 200,
    response: AuditEntry,
  }),
  status: endpoint({
    method: 'GET',
    path: '/api/v0/audit/status',
    summary: 'How far the hash chain reaches, and how many entries wait to be sealed',
    access: { permission: ['audit_logs', 'read'] },
    ok: 200,
    response: z.object({
      sealed: z.number().int(),
      unsealed: z.number().int(),
      /** The oldest entry that waits; seconds ago, unless a long transaction holds the sealer up. */
      unsealed_since: Time.nullable(),
      head: z.string().nullable(),
      /** The time of the entry that was sealed last. */
      head_time: Time.nullable(),
    }),
  }),
  export: endpoint({
    method: 'GET',
    path: '/api/v0/audit/export',
    summary: 'The audit log as CSV or NDJSON, streamed, with the filters of the list',
    access: { permission: ['audit_logs', 'read'] },
    query: z.strictObject({ ...AuditFilters, format: z.enum(['csv', 'ndjson']) }),
    ok: 200,
    response: z.string(),
    raw: 'text/csv or application/x-ndjson',
  }),
}

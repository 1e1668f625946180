import { AuditAction, AuditOutcome, AuditResourceType } from '@atelier/api'
import { z } from 'zod'
import { listSearch } from '../table/list-search.ts'
import { spans } from './time-range.ts'

const Moment = z.iso.datetime({ offset: true })

/** What the audit log keeps in the address. */
export const auditSearch = listSearch({
  user: z.string().min(1).max(254),
  action: AuditAction,
  resource_type: AuditResourceType,
  resource_id: z.string().min(1).max(64),
  outcome: AuditOutcome,
  within: z.enum(spans),
  range_start: Moment,
  range_end: Moment,
})

export type AuditSearch = z.output<typeof auditSearch>

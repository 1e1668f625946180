import { filterFor } from '@atelier/access'
import type { Readable } from 'node:stream'
import { authorize, change, type Context, denied, subjectOf } from '../context.ts'
import { notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import type { EntryRecord } from './entry.ts'
import { type ExportFormat, streamEntries } from './export.ts'
import { diffOf, recordAudit } from './record.ts'
import * as list from './list-store.ts'
import type { EntryQuery } from './list-store.ts'
import * as entries from './store.ts'

/** What is looked for; `user` is an id, `me`, or a name as it was recorded. */
export interface Wanted extends Omit<EntryQuery, 'actor'> {
  readonly user?: string | undefined
}

/** One page of the audit log, newest first. */
export async function listEntries(
  context: Context,
  wanted: Wanted,
  limit: number,
  after: Cursor | undefined,
  offset?: number,
): Promise<Page<EntryRecord>> {
  demandReader(context)
  const query = await queryOf(context, wanted)
  return list.listEntries(context.platform.db, query, limit, after, offset)
}

/** How many entries the query finds, capped. */
export async function countEntries(context: Context, wanted: Wanted): Promise<number> {
  demandReader(context)
  return list.countEntries(context.platform.db, await queryOf(context, wanted))
}

/** One entry; 404 for an unknown id. */
export async function getEntry(context: Context, id: string): Promise<EntryRecord> {
  demandReader(context)
  const entry = await entries.findEntry(context.platform.db, id)
  if (entry === undefined) throw notFound('audit entry')
  return entry
}

/** How far the hash chain reaches, and what waits to be sealed. */
export async function readSealStatus(context: Context) {
  demandReader(context)
  return entries.readSealStatus(context.platform.db)
}

/**
 * The log as text. That the caller takes a copy is recorded before its first line is given out:
 * who has copies, and of what, must be known.
 */
export async function exportEntries(
  context: Context,
  wanted: Wanted,
  format: ExportFormat,
  asked: Readonly<Record<string, string | undefined>>,
): Promise<Readable> {
  const attempt = {
    action: 'view' as const,
    resourceType: 'audit_log' as const,
    resourceId: '*',
    target: 'audit log',
  }
  await change(context, attempt, [], async (work) => {
    demandReader(work)
    authorize(work, 'read', { resource: 'audit_logs' }, 'audit log')
    await recordAudit(work, { ...attempt, diff: diffOf({}, asked) })
  })
  return streamEntries(context.platform.db, await queryOf(context, wanted), format)
}

/** The log has no part that only some may read, so a refusal hides nothing: it is a 403. */
function demandReader(context: Context): void {
  const filter = filterFor(subjectOf(context), 'read', 'audit_logs')
  if (filter.kind === 'none') throw denied(filter.missing, 'audit log')
}

async function queryOf(context: Context, { user, ...query }: Wanted): Promise<EntryQuery> {
  if (user === undefined) return query
  const { db } = context.platform
  const actor = await list.findActors(db, user === 'me' ? context.principal.user.id : user)
  return { ...query, actor }
}

import { stringify } from 'csv-stringify/sync'
import { Readable } from 'node:stream'
import type { Db } from '../db/schema.ts'
import { csvCell, csvStyle } from '../http/csv.ts'
import type { Cursor } from '../http/paging.ts'
import type { EntryRecord } from './entry.ts'
import { presentEntry } from './present.ts'
import * as entries from './list-store.ts'
import type { EntryQuery } from './list-store.ts'

export type ExportFormat = 'csv' | 'ndjson'

export const contentTypes: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
}

const pageSize = 1000

/**
 * The log as text, newest first, read page by page as fast as the receiver takes it. Entries written
 * meanwhile are not part of it.
 */
export function streamEntries(db: Db, query: EntryQuery, format: ExportFormat): Readable {
  const lines = format === 'csv' ? csvLines : jsonLines
  async function* text(): AsyncGenerator<string> {
    if (format === 'csv') yield stringify([columns.map(([name]) => name)], csvStyle)
    let after: Cursor | undefined
    do {
      const page = await entries.listEntries(db, query, pageSize, after)
      if (page.items.length > 0) yield lines(page.items)
      after = page.next
    } while (after !== undefined)
  }
  return Readable.from(text(), { objectMode: false })
}

function jsonLines(items: readonly EntryRecord[]): string {
  return items.map((entry) => `${JSON.stringify(presentEntry(entry))}\n`).join('')
}

function csvLines(items: readonly EntryRecord[]): string {
  const rows = items.map((entry) => columns.map(([, cell]) => csvCell(cell(entry))))
  return stringify(rows, csvStyle)
}

const columns: readonly (readonly [string, (entry: EntryRecord) => string])[] = [
  ['time', (entry) => entry.at],
  ['user_id', (entry) => entry.actor_id ?? ''],
  ['username', (entry) => entry.actor_username],
  ['email', (entry) => entry.actor_email],
  ['ip', (entry) => entry.ip],
  ['action', (entry) => entry.action],
  ['resource_type', (entry) => entry.resource_type],
  ['resource_id', (entry) => entry.resource_id],
  ['target', (entry) => entry.target],
  ['outcome', (entry) => entry.outcome],
  ['diff', (entry) => JSON.stringify(entry.diff)],
  ['allowed_by', (entry) => entry.allowed_by ?? ''],
  ['refusal_code', (entry) => entry.refusal_code ?? ''],
  ['refusal', (entry) => entry.refusal ?? ''],
  ['api_key_id', (entry) => entry.api_key_id ?? ''],
  ['user_agent', (entry) => entry.user_agent],
  ['request_id', (entry) => entry.request_id],
  ['id', (entry) => entry.id],
  ['sequence', (entry) => entry.sequence?.toString() ?? ''],
  ['hash', (entry) => entry.hash?.toString('hex') ?? ''],
]

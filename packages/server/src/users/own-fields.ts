import { sql } from 'kysely'
import { subjectOf, type Work } from '../context.ts'
import { Fault, invalid } from '../faults.ts'
import type { UserRecord } from './user.ts'

/** What runs, or when something runs, as the user: nobody else chooses that, whatever their role. */
export const ownOnly = ['dotfiles_git_uri', 'autostart_at', 'autostart_time_zone'] as const

type OwnChanges = { readonly [K in (typeof ownOnly)[number]]?: string | null | undefined }

/** Throws for a change of such a field by somebody else, and for a time zone that there is not. */
export async function demandOwn(work: Work, user: UserRecord, changes: OwnChanges): Promise<void> {
  const changed = ownOnly.find(
    (field) => changes[field] != null && changes[field] !== (user[field] ?? ''),
  )
  if (changed !== undefined && user.id !== subjectOf(work).id) {
    throw new Fault('access.denied', `${user.name} alone changes this: ask them to`, {
      errors: [{ path: changed, message: `${user.name} alone changes this` }],
      denied: true,
    })
  }
  const { autostart_time_zone: zone } = changes
  if (zone == null || zone === user.autostart_time_zone) return
  // Of the database, which works out when that is.
  const { rows } = await sql`select 1 from pg_timezone_names where name = ${zone}`.execute(work.tx)
  if (rows.length === 0) {
    throw invalid('autostart_time_zone', 'Enter a time zone such as Europe/Berlin')
  }
}

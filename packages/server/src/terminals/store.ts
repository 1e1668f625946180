import type { Db, Tx } from '../db/schema.ts'
import { isUuid } from '../platform/ids.ts'

/** What a terminal needs to know of its workspace. */
export interface TerminalWorkspace {
  readonly id: string
  readonly name: string
  readonly organization_id: string
  readonly user_id: string
  readonly provider_id: string
  readonly status: string
}

function selectWorkspace(db: Db | Tx, id: string) {
  return db
    .selectFrom('workspaces')
    .where('id', '=', id)
    .select(['id', 'name', 'organization_id', 'user_id', 'provider_id', 'status'])
}

/** The workspace of a terminal; undefined for an unknown id. */
export async function findWorkspace(db: Db, id: string): Promise<TerminalWorkspace | undefined> {
  if (!isUuid(id)) return undefined
  return selectWorkspace(db, id).executeTakeFirst()
}

/** Locks it, so that its state stays while a terminal is opened. */
export async function lockWorkspace(tx: Tx, id: string): Promise<TerminalWorkspace | undefined> {
  if (!isUuid(id)) return undefined
  return selectWorkspace(tx, id).forNoKeyUpdate().executeTakeFirst()
}

/** Notes that its owner opened it and is connected to it now. */
export async function touchOpened(db: Db | Tx, id: string, now: Date): Promise<void> {
  await db
    .updateTable('workspaces')
    .where('id', '=', id)
    .set({ last_opened_at: now, last_connection_at: now })
    .execute()
}

/** Notes that people are connected to workspaces now. */
export async function touchConnections(db: Db, ids: readonly string[], now: Date): Promise<void> {
  await db
    .updateTable('workspaces')
    .where('id', 'in', ids)
    .set({ last_connection_at: now })
    .execute()
}

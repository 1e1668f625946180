import { sql } from 'kysely'
import { diffOf, recordVisit } from '../audit/record.ts'
import type { Tx } from '../db/schema.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { attemptTo } from './attempt.ts'
import * as providers from './store.ts'

// What the existing command line's own tests look for.
const name = 'built-in'

/**
 * Where there is no provider at all, adds one that every organization may use. What runs workspaces
 * on this machine is looked for later, by the checks: a start does not wait for it.
 */
export async function addBuiltIn(platform: Platform): Promise<void> {
  const now = platform.clock.now()
  await platform.db.transaction().execute(async (tx) => {
    await providers.lockBuiltIn(tx)
    if ((await providers.findOldest(tx)) !== undefined) return
    const id = newId(now)
    await providers.insertProvider(tx, {
      id,
      name,
      kind: 'engine',
      built_in: true,
      status_reason: 'The server is looking for what can run workspaces on its machine',
      check_at: now,
      created_at: now,
      updated_at: now,
    })
    await sql`insert into workspace_provider_organizations (provider_id, organization_id)
      select ${id}, id from organizations`.execute(tx)
    await recordVisit(
      tx,
      { platform, request: { id: newId(now), ip: '', userAgent: 'first start' } },
      {
        ...attemptTo('create', id, name),
        outcome: 'success',
        actor: null,
        allowedBy: 'first start',
        diff: diffOf({}, { name, built_in: true }),
      },
    )
  })
  await providers.checkSoon(platform.db, now)
}

/** Lets a new organization use the built-in provider; answers its name, for the audit entry. */
export async function allowBuiltIn(tx: Tx, organizationId: string): Promise<string | undefined> {
  const provider = await providers.holdBuiltIn(tx)
  if (provider === undefined) return undefined
  await providers.allow(tx, provider.id, [organizationId])
  return provider.name
}

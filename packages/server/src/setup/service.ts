import { hash, randomBytes } from 'node:crypto'
import { diffOf, recordVisit } from '../audit/record.ts'
import type { Visit } from '../context.ts'
import type { Db, Tx } from '../db/schema.ts'
import { sql } from 'kysely'
import { Fault } from '../faults.ts'
import { addBeginnings } from '../organizations/beginnings.ts'
import { joinOrganizations } from '../organizations/memberships.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { sameBytes } from '../platform/vault.ts'
import { demandStrongPassword } from '../sessions/password-policy.ts'
import { beginSession, type SignedIn } from '../sessions/service.ts'
import { addUser } from '../users/new-user.ts'

const tokenFact = 'setup.token_hash'

export interface FirstAdmin {
  readonly email: string
  readonly username: string
  readonly name: string
  readonly password: string
}

/** Whether the first user is still to be created. */
export async function needsSetup(db: Db | Tx): Promise<boolean> {
  const row = await db.selectFrom('users').select('id').limit(1).executeTakeFirst()
  return row === undefined
}

/** Makes a new one-time token for the setup link; the one before stops working. */
export async function newSetupToken(platform: Platform): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  await platform.db
    .insertInto('facts')
    .values({ key: tokenFact, value: hash('sha256', token, 'buffer') })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((is) => ({ value: is.ref('excluded.value') })),
    )
    .execute()
  return token
}

/** Creates the site admin with the token of the printed link, and signs them in. */
export async function setUp(visit: Visit, token: string, admin: FirstAdmin): Promise<SignedIn> {
  if (!(await needsSetup(visit.platform.db))) throw setupDone()
  const fact = await visit.platform.db
    .selectFrom('facts')
    .where('key', '=', tokenFact)
    .select('value')
    .executeTakeFirst()
  if (fact === undefined || !sameBytes(fact.value, hash('sha256', token, 'buffer'))) {
    throw new Fault(
      'setup.wrong_token',
      'This setup link is not the newest one: open the link that the server printed last',
    )
  }
  return createSiteAdmin(visit, admin, (tx, id) => beginSession(tx, visit, id))
}

/**
 * Creates the site admin and the default organization, once: 404 when there is a user already. `then`
 * belongs to the same transaction.
 */
export async function createSiteAdmin<T>(
  visit: Visit,
  admin: FirstAdmin,
  then: (tx: Tx, id: string) => Promise<T>,
): Promise<T> {
  const { platform } = visit
  demandStrongPassword(admin.password, [admin.name, admin.username, admin.email])
  const passwordHash = await platform.passwords.hash(admin.password)

  return platform.db.transaction().execute(async (tx) => {
    // Two setups at once: the second waits here and then finds a user.
    await sql`lock table users in share row exclusive mode`.execute(tx)
    if (!(await needsSetup(tx))) throw setupDone()

    const now = platform.clock.now()
    const organizationId = newId(now)
    await tx
      .insertInto('organizations')
      .values({
        id: organizationId,
        name: 'Default',
        description: 'New users join this organization',
        is_default: true,
        created_at: now,
        updated_at: now,
      })
      .execute()
    const beginnings = await addBeginnings(tx, platform, organizationId)
    const id = await addUser(tx, platform, {
      name: admin.name,
      username: admin.username,
      email: admin.email,
      site_role: 'site-admin',
      password_hash: passwordHash,
      temporary_password: false,
    })
    await joinOrganizations(tx, id, undefined, now)
    await tx.deleteFrom('facts').where('key', '=', tokenFact).execute()

    const actor = { id, username: admin.username, email: admin.email }
    await recordVisit(tx, visit, {
      action: 'create',
      resourceType: 'organization',
      resourceId: organizationId,
      target: 'Default',
      outcome: 'success',
      actor,
      allowedBy: 'setup',
      diff: diffOf({}, beginnings),
    })
    await recordVisit(tx, visit, {
      action: 'create',
      resourceType: 'user',
      resourceId: id,
      target: admin.username,
      outcome: 'success',
      actor,
      allowedBy: 'setup',
      diff: { role: { before: null, after: 'site-admin' } },
    })
    return then(tx, id)
  })
}

function setupDone(): Fault {
  return new Fault('setup.done', 'This server is set up: sign in instead')
}

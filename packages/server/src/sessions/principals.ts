import { isKeyScope, type OrganizationRole, type SiteRole } from '@atelier/access'
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../db/schema.ts'
import { Fault } from '../faults.ts'
import { isUuid } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { sameBytes } from '../platform/vault.ts'
import type { Principal } from './principal.ts'

/** The SHA-256 of a token: all that is ever stored or compared. */
export function hashToken(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}

interface Row {
  id: string
  username: string
  email: string
  name: string
  site_role: SiteRole
  temporary_password: boolean
  organization_roles: Record<string, OrganizationRole>
}

interface CredentialRow {
  kind: 'session' | 'api_key'
  credential_id: string
  secret: Buffer
  expires_at: string | null
  secret_at: string | null
  scopes: string[] | null
}

const organizationRoles = sql<Record<string, OrganizationRole>>`coalesce((
  select jsonb_object_agg(m.organization_id, m.role)
  from organization_members m where m.user_id = users.id), '{}')`

/**
 * Reads who holds a token: a session's, or an API key's (`<id>-<secret>`). Undefined when the token
 * is unknown, expired, too old, or its user is not active.
 */
export async function findPrincipal(
  platform: Platform,
  token: string,
): Promise<Principal | undefined> {
  const { db, clock } = platform
  const key = /^([A-Za-z0-9]{10})-([A-Za-z0-9]{22})$/.exec(token)
  const row = await (key === null
    ? selectSession(db).where('sessions.token_hash', '=', hashToken(token)).executeTakeFirst()
    : selectUser(db)
        .innerJoin('api_keys', 'api_keys.user_id', 'users.id')
        .where('api_keys.id', '=', key[1] ?? '')
        .select([
          sql<'api_key'>`'api_key'`.as('kind'),
          'api_keys.id as credential_id',
          'api_keys.secret_hash as secret',
          'api_keys.expires_at',
          'api_keys.secret_at',
          'api_keys.scopes',
        ])
        .executeTakeFirst())
  if (row === undefined) return undefined
  if (!sameBytes(row.secret, hashToken(key === null ? token : (key[2] ?? '')))) return undefined
  return toPrincipal(platform, row, row, clock.now().getTime())
}

/** Reads who holds a session, by its id; undefined when it has ended or its user is not active. */
export async function findSessionHolder(
  platform: Platform,
  sessionId: string,
): Promise<Principal | undefined> {
  if (!isUuid(sessionId)) return undefined
  const row = await selectSession(platform.db)
    .where('sessions.id', '=', sessionId)
    .executeTakeFirst()
  return row && toPrincipal(platform, row, row, platform.clock.now().getTime())
}

/**
 * Locks the caller and the users that a change is about, in one global order (by id, so that two
 * changes never wait for each other), and reads the caller again: 401 when the credential or its
 * user is no longer good. The caller's own row is only shared, so that their changes do not queue.
 */
export async function lockPrincipal(
  tx: Tx,
  platform: Platform,
  principal: Principal,
  users: readonly string[],
): Promise<Principal> {
  const self = principal.user.id
  const ids = users.filter(isUuid)
  if (ids.includes(self)) await lockUsers(tx, ids)
  else {
    // A statement has one strength of lock for all of its rows, so those before the caller come first.
    await lockUsers(
      tx,
      ids.filter((id) => id < self),
    )
    await tx.selectFrom('users').select('id').where('id', '=', self).forShare().execute()
    await lockUsers(
      tx,
      ids.filter((id) => id > self),
    )
  }

  const user = await selectUser(tx).where('users.id', '=', self).executeTakeFirst()
  // Shared too: whoever ends the credential waits for this change, or this change finds it gone.
  const credential = await (principal.credential.kind === 'session'
    ? tx
        .selectFrom('sessions')
        .where('id', '=', principal.credential.id)
        .forKeyShare()
        .select([
          sql<'session'>`'session'`.as('kind'),
          'id as credential_id',
          'token_hash as secret',
          'expires_at',
          sql<string | null>`null`.as('secret_at'),
          sql<string[] | null>`null`.as('scopes'),
        ])
        .executeTakeFirst()
    : tx
        .selectFrom('api_keys')
        .where('id', '=', principal.credential.id)
        .forKeyShare()
        .select([
          sql<'api_key'>`'api_key'`.as('kind'),
          'id as credential_id',
          'secret_hash as secret',
          'expires_at',
          'secret_at',
          'scopes',
        ])
        .executeTakeFirst())
  const current =
    user && credential && toPrincipal(platform, user, credential, platform.clock.now().getTime())
  const { secretHash } = principal.credential
  if (current === undefined || !sameBytes(current.credential.secretHash, secretHash)) {
    throw signInAgain()
  }
  return current
}

/** Locks users in the order of their ids: Postgres locks the rows as it has sorted them. */
async function lockUsers(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx
    .selectFrom('users')
    .select('id')
    .where('id', '=', sql<string>`any(${ids}::uuid[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
}

/** The 401 for a credential that is not, or no longer, good. */
export function signInAgain(): Fault {
  return new Fault('session.required', 'Sign in first: the session or key is missing or has ended')
}

function selectSession(db: Db) {
  return selectUser(db)
    .innerJoin('sessions', 'sessions.user_id', 'users.id')
    .select([
      sql<'session'>`'session'`.as('kind'),
      'sessions.id as credential_id',
      'sessions.token_hash as secret',
      'sessions.expires_at',
      sql<string | null>`null`.as('secret_at'),
      sql<string[] | null>`null`.as('scopes'),
    ])
}

function selectUser(db: Db | Tx) {
  return db
    .selectFrom('users')
    .where('users.status', '=', 'active')
    .select([
      'users.id',
      'users.username',
      'users.email',
      'users.name',
      'users.site_role',
      'users.temporary_password',
      organizationRoles.as('organization_roles'),
    ])
}

function toPrincipal(
  platform: Platform,
  row: Row,
  credential: CredentialRow,
  now: number,
): Principal | undefined {
  const expiresAt = expiryOf(platform, credential)
  if (expiresAt <= now) return undefined
  return {
    user: {
      id: row.id,
      username: row.username,
      email: row.email,
      name: row.name,
      temporaryPassword: row.temporary_password,
    },
    subject: {
      id: row.id,
      siteRole: row.site_role,
      organizationRoles: row.organization_roles,
      ...(credential.scopes === null ? {} : { scopes: credential.scopes.filter(isKeyScope) }),
    },
    credential: {
      kind: credential.kind,
      id: credential.credential_id,
      secretHash: credential.secret,
      expiresAt,
    },
  }
}

/** When the credential ends, in milliseconds: its own expiry or the site's maximum age of keys. */
function expiryOf(platform: Platform, credential: CredentialRow): number {
  const own = credential.expires_at === null ? Infinity : Date.parse(credential.expires_at)
  const days = platform.settings.current().api_key_max_age_days
  if (credential.secret_at === null || days === null) return own
  return Math.min(own, Date.parse(credential.secret_at) + days * 86_400_000)
}

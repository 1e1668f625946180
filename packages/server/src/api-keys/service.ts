import { decide, type Operation, roleNames } from '@atelier/access'
import { diffOf, masked, recordAudit } from '../audit/record.ts'
import {
  authorize,
  change,
  type Context,
  presentMissing,
  subjectOf,
  type Work,
} from '../context.ts'
import type { AuditDiff, Db, Tx } from '../db/schema.ts'
import { demandVersion, Fault, invalid, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { randomToken } from '../platform/ids.ts'
import { hashToken } from '../sessions/principals.ts'
import { demandNo, outranked } from '../users/rules.ts'
import { announce, lockTarget, resolve } from '../users/service.ts'
import type { UserRecord } from '../users/user.ts'
import { demandExpiry } from './expiry.ts'
import type { KeyRecord, Limits } from './key.ts'
import type { Viewer } from './present.ts'
import * as rules from './rules.ts'
import * as keys from './store.ts'

/** The keys of one user; 404 for whose keys the caller may not read. */
export async function listKeysOf(context: Context, userId: string): Promise<KeyRecord[]> {
  const owner = resolve(context, userId)
  authorize(context, 'read', targetOf(owner), 'user')
  const { db } = context.platform
  if (!(await keys.hasOwner(db, owner))) throw notFound('user')
  return keys.keysOf(db, owner)
}

/** One key of a user. */
export async function getKey(context: Context, userId: string, id: string): Promise<KeyRecord> {
  const owner = resolve(context, userId)
  authorize(context, 'read', targetOf(owner), 'API key')
  const key = await keys.findKey(context.platform.db, owner, id)
  if (key === undefined) throw notFound('API key')
  return key
}

/** One page of the keys of everybody, for who may list them all. */
export async function listKeys(
  context: Context,
  query: keys.KeyQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<KeyRecord>> {
  demandList(context)
  return keys.listKeys(context.platform.db, query, limit, after)
}

/** How many keys the query finds, capped. */
export async function countKeys(context: Context, query: keys.KeyQuery): Promise<number> {
  demandList(context)
  return keys.countKeys(context.platform.db, query)
}

/** `L` is held over all keys or not at all, so there is nothing left for the database to filter. */
function demandList(context: Context): void {
  const decision = decide(subjectOf(context), 'list', { resource: 'api_keys' })
  if (decision.allowed) return
  const missing = presentMissing(decision.missing)
  const roles = decision.missing.siteRoles.map((role) => roleNames[role]).join(', ')
  throw new Fault(
    'access.denied',
    `You may not list the API keys of everybody. These roles may: ${roles}.`,
    { missing },
  )
}

export interface NewKey {
  readonly name: string
  readonly scopes?: readonly string[] | null | undefined
  readonly expires_at?: string | null | undefined
}

/** Makes a key for the caller or, by who may update all keys, for somebody else. */
export async function createKey(
  context: Context,
  userId: string,
  input: NewKey,
): Promise<{ id: string; key: string }> {
  const owner = resolve(context, userId)
  const attempt = {
    action: 'create',
    resourceType: 'api_key',
    resourceId: '',
    target: input.name,
  } as const
  const id = randomToken(10)
  const secret = randomToken(22)
  await change(context, attempt, [owner], async (work) => {
    authorize(work, 'create', targetOf(owner), 'API key')
    const user = await demandOwner(work, owner)
    demandNo(rules.ownerObjection(user))

    const { tx, platform } = work
    const now = platform.clock.now()
    const limits = await limitsOf(tx, work)
    const scopes = rules.demandScopes(input.scopes ?? null)
    const expiresAt =
      input.expires_at === undefined
        ? (limits?.expiresAt ?? null)
        : demandExpiry(platform, input.expires_at, now.toISOString())
    demandNo(rules.wideningObjection(limits, { scopes, expires_at: expiresAt }))
    if ((await keys.countKeysOf(tx, owner)) >= rules.maxKeys) {
      throw new Fault(
        'api_key.too_many',
        `${rules.maxKeys} API keys are the most that a user can have: delete one that is no longer used`,
      )
    }

    await keys.insertKey(tx, {
      id,
      user_id: owner,
      name: input.name,
      secret_hash: hashToken(secret),
      scopes: scopes === null ? null : [...scopes],
      expires_at: expiresAt,
      secret_at: now,
      created_at: now,
    })
    await recordAudit(work, {
      ...attempt,
      resourceId: id,
      diff: {
        user: { before: null, after: user.username },
        name: { before: null, after: input.name },
        scopes: { before: null, after: scopes },
        expires_at: { before: null, after: expiresAt },
        secret: { before: null, after: masked },
      },
    })
  })
  return { id, key: `${id}-${secret}` }
}

export interface KeyChanges {
  readonly name?: string | undefined
  readonly scopes?: readonly string[] | null | undefined
  readonly expires_at?: string | null | undefined
}

/** Changes name, scopes or expiry; a key in use counts by its new scopes in the next request. */
export async function updateKey(
  context: Context,
  userId: string,
  id: string,
  changes: KeyChanges,
  ifMatch?: number,
): Promise<KeyRecord> {
  return changeKey(context, 'write', userId, id, async (work, key) => {
    demandVersion(key.version, ifMatch)
    const limits = await limitsOf(work.tx, work)
    demandNo(rules.widerObjection(limits, key))
    const after = {
      name: changes.name ?? key.name,
      scopes: changes.scopes === undefined ? key.scopes : rules.demandScopes(changes.scopes),
      expires_at:
        changes.expires_at === undefined
          ? key.expires_at
          : demandExpiry(work.platform, changes.expires_at, key.secret_at),
    }
    demandNo(rules.wideningObjection(limits, after))

    await keys.updateKey(work.tx, key.id, {
      ...after,
      scopes: after.scopes === null ? null : [...after.scopes],
    })
    const { name, scopes, expires_at } = key
    return diffOf({ name, scopes, expires_at }, after)
  })
}

/** Gives a key a new secret; the old one is refused from the next request on, everywhere. */
export async function regenerateKey(
  context: Context,
  userId: string,
  id: string,
  chosenExpiry: string | null | undefined,
): Promise<string> {
  const secret = randomToken(22)
  await changeKey(context, 'write', userId, id, async (work, key, owner) => {
    demandNo(rules.ownerObjection(owner))
    const limits = await limitsOf(work.tx, work)
    demandNo(rules.widerObjection(limits, key))
    const { platform } = work
    const now = platform.clock.now()
    const expiresAt =
      chosenExpiry === undefined
        ? key.expires_at
        : demandExpiry(platform, chosenExpiry, now.toISOString())
    demandNo(rules.wideningObjection(limits, { scopes: key.scopes, expires_at: expiresAt }))
    if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
      throw invalid('expires_at', 'This key has expired: choose a new expiry for its new secret')
    }

    await keys.updateKey(work.tx, key.id, {
      secret_hash: hashToken(secret),
      secret_at: now,
      expires_at: expiresAt,
    })
    return {
      secret: { before: masked, after: masked },
      ...diffOf({ expires_at: key.expires_at }, { expires_at: expiresAt }),
    }
  })
  return `${id}-${secret}`
}

/** Deletes a key; it is refused from the next request on, everywhere. */
export async function deleteKey(context: Context, userId: string, id: string): Promise<void> {
  await changeKey(context, 'delete', userId, id, async (work, key) => {
    await keys.deleteKey(work.tx, key.id)
    const { name, scopes, expires_at } = key
    return {
      user: { before: key.user.username, after: null },
      name: { before: name, after: null },
      scopes: { before: scopes, after: null },
      expires_at: { before: expires_at, after: null },
    }
  })
}

/** What a key is presented by: the caller, the limits of their own key, and those of the site. */
export async function viewerOf(context: Context): Promise<Viewer> {
  const { platform } = context
  return {
    subject: subjectOf(context),
    limits: await limitsOf(platform.db, context),
    maxAgeDays: platform.settings.current().api_key_max_age_days,
  }
}

/** One locked change of one key; `body` answers the diff. */
async function changeKey(
  context: Context,
  action: 'write' | 'delete',
  userId: string,
  id: string,
  body: (work: Work, key: KeyRecord, owner: UserRecord) => Promise<AuditDiff>,
): Promise<KeyRecord> {
  const owner = resolve(context, userId)
  const operation: Operation = action === 'write' ? 'update' : 'delete'
  const attempt = { action, resourceType: 'api_key' as const, resourceId: id, target: '' }
  const changed = await change(context, attempt, [owner], async (work) => {
    const key = await keys.lockKey(work.tx, owner, id)
    if (key !== undefined) attempt.target = key.name
    authorize(work, operation, targetOf(owner), 'API key')
    if (key === undefined) throw notFound('API key')
    const user = await demandOwner(work, owner)
    const diff = await body(work, key, user)
    await recordAudit(work, { ...attempt, diff: { ...ofAnother(work, user), ...diff } })
    await announce(work, [owner])
    return (await keys.findKey(work.tx, owner, id)) ?? key
  })
  await context.platform.signals.settle()
  return changed
}

/** The owner, whom `change()` has locked, past the rank guard (4.1). */
async function demandOwner(work: Work, id: string): Promise<UserRecord> {
  const user = await lockTarget(work, { target: '' }, id)
  demandNo(outranked(subjectOf(work), user))
  return user
}

/** Entries about somebody else's key say whose it is. */
function ofAnother(work: Work, owner: UserRecord): AuditDiff {
  if (owner.id === work.principal.user.id) return {}
  return { user: { before: owner.username, after: owner.username } }
}

/** The limits of the key that a request came with; a session may do anything of its owner. */
async function limitsOf(db: Db | Tx, context: Context): Promise<Limits | undefined> {
  const { credential, user, subject } = context.principal
  if (credential.kind === 'session') return undefined
  const own = await keys.findKey(db, user.id, credential.id)
  // Deleted since the request was let in: nothing is handed on.
  if (own === undefined) return { keyId: credential.id, scopes: [], expiresAt: null }
  return { keyId: own.id, scopes: subject.scopes, expiresAt: own.expires_at }
}

function targetOf(ownerId: string) {
  return { resource: 'api_keys', ownerId } as const
}

import {
  decide,
  type Grant,
  type Missing,
  type Operation,
  roleNames,
  type Subject,
  type Target,
} from '@atelier/access'
import type { AuditAction, AuditResourceType, MissingPermission, RouteAccess } from '@atelier/api'
import type { z } from 'zod'
import { recordDenied } from './audit/record.ts'
import type { Tx } from './db/schema.ts'
import { Fault, notFound } from './faults.ts'
import type { Platform } from './platform/platform.ts'
import { lockPrincipal } from './sessions/principals.ts'
import type { Principal } from './sessions/principal.ts'

/** What is known of every request. */
export interface RequestFacts {
  readonly id: string
  readonly ip: string
  readonly userAgent: string
}

/** A request of which it is not known who sent it. */
export interface Visit {
  readonly platform: Platform
  readonly request: RequestFacts
}

/** Who is asking, and where to look. The first argument of every service function. */
export interface Context extends Visit {
  readonly principal: Principal
  /** What the route declared: a decision about anything else is a mistake of ours. */
  readonly declared: RouteAccess
}

/** A context inside a transaction that commits only after a decision and an audit entry. */
export interface Work extends Context {
  readonly tx: Tx
  grant: Grant | undefined
  recorded: number
}

/** What an attempt aims at, for the audit log, also when it is refused. */
export interface Attempt {
  readonly action: z.infer<typeof AuditAction>
  readonly resourceType: z.infer<typeof AuditResourceType>
  resourceId: string
  /** The friendly name; filled in as soon as it is known. */
  target: string
}

/** The caller as the access engine sees them. */
export function subjectOf(context: Context): Subject {
  return context.principal.subject
}

/** Allows, or throws: 404 to a caller who may not read the target, 403 to one who may. */
export function authorize(
  context: Context | Work,
  operation: Operation,
  target: Target,
  what: string,
  ownership: 'any' | 'all' = 'any',
): Grant {
  mustBeDeclared(context, operation, target)
  // For an action of its own, such as a role change, owning the target is not enough.
  const asked = ownership === 'all' ? { ...target, ownerId: undefined } : target
  const decision = decide(subjectOf(context), operation, asked)
  if (decision.allowed) {
    if ('tx' in context) context.grant = decision.grant
    return decision.grant
  }
  const { missing } = decision
  if (missing.keyScope !== undefined) {
    throw new Fault('access.scope', `This API key lacks the scope ${missing.keyScope}`, {
      missing: presentMissing(missing),
      denied: true,
    })
  }
  if (operation !== 'create' && !decide(subjectOf(context), 'read', target).allowed) {
    const hidden = notFound(what)
    throw new Fault(hidden.code, hidden.message, { denied: true })
  }
  throw denied(missing, what)
}

/**
 * Allows or refuses what a change does beside what its route declares, such as making one image's tag
 * its default one while adding it.
 */
export function authorizeAlso(
  work: Work,
  operation: Operation,
  target: Target,
  message: string,
): void {
  const decision = decide(subjectOf(work), operation, target)
  if (!decision.allowed) {
    throw new Fault('access.denied', message, {
      missing: presentMissing(decision.missing),
      denied: true,
    })
  }
  work.grant = decision.grant
}

/** Allows, or refuses with 403, a change that has no single object whose existence could leak. */
export async function demandPermission(
  context: Context,
  attempt: Attempt,
  operation: Operation,
  target: Target,
  what: string,
): Promise<void> {
  mustBeDeclared(context, operation, target)
  const decision = decide(subjectOf(context), operation, target)
  if (decision.allowed) return
  const fault = denied(decision.missing, what)
  await recordDenied(context, attempt, fault)
  throw fault
}

/** The 403 to whoever must choose a password of their own first (access-control.md 4.4). */
export function changePasswordFirst(): Fault {
  return new Fault(
    'user.password_change_required',
    'Change your temporary password first: until then only that works',
    { denied: true },
  )
}

/** The 403 that names the missing permission and the roles that would have it. */
export function denied(missing: Missing, what: string): Fault {
  const roles = [...missing.siteRoles, ...missing.organizationRoles]
  return new Fault(
    'access.denied',
    `You may not ${missing.operation} this ${what}. ` +
      (roles.length === 0
        ? 'No role may.'
        : `These roles may: ${roles.map((role) => roleNames[role]).join(', ')}.`),
    { missing: presentMissing(missing), denied: true },
  )
}

export function presentMissing(missing: Missing): MissingPermission {
  return {
    resource: missing.resource,
    operation: missing.operation,
    scope: missing.ownership,
    mark: missing.mark,
    roles: [...missing.siteRoles, ...missing.organizationRoles],
    ...(missing.keyScope === undefined ? {} : { key_scope: missing.keyScope }),
  }
}

/**
 * Runs a change in one transaction: the caller and the named users are locked and read again, and
 * nothing commits without a decision and its audit entry. A refusal is recorded by itself.
 */
export async function change<T>(
  context: Context,
  attempt: Attempt,
  users: readonly string[],
  body: (work: Work) => Promise<T>,
): Promise<T> {
  return decided(context, attempt, users, async (work) => {
    const result = await body(work)
    if (work.recorded === 0) throw new Error('a change ended without recordAudit()')
    return result
  })
}

/**
 * Decides before the server asks somebody else's machine, which no transaction may wait for: whoever
 * may not do the change learns nothing. The change itself, which follows, decides again.
 */
export async function decideFirst<T>(
  context: Context,
  attempt: Attempt,
  body: (work: Work) => Promise<T>,
): Promise<T> {
  return decided(context, attempt, [], body)
}

async function decided<T>(
  context: Context,
  attempt: Attempt,
  users: readonly string[],
  body: (work: Work) => Promise<T>,
): Promise<T> {
  const { platform } = context
  try {
    return await platform.db.transaction().execute(async (tx) => {
      const principal = await lockPrincipal(tx, platform, context.principal, users)
      // Made temporary since the request was let in; what is allowed with one was let in with one.
      if (principal.user.temporaryPassword && !context.principal.user.temporaryPassword) {
        throw changePasswordFirst()
      }
      const work: Work = { ...context, principal, tx, grant: undefined, recorded: 0 }
      const result = await body(work)
      if (work.grant === undefined) throw new Error('a change ended without authorize()')
      return result
    })
  } catch (error) {
    if (error instanceof Fault && error.options.denied === true) {
      await recordDenied(context, attempt, error)
    }
    throw error
  }
}

function mustBeDeclared(context: Context, operation: Operation, target: Target): void {
  const { declared } = context
  if (!('permission' in declared)) return
  const [resource, declaredOperation] = declared.permission
  const covered =
    operation === declaredOperation || (operation === 'list' && declaredOperation === 'read')
  if (target.resource !== resource || !covered) {
    throw new Error(
      `the route declares ${resource} ${declaredOperation}, but asked ${target.resource} ${operation}`,
    )
  }
}

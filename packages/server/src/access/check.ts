import {
  decide,
  describeGrant,
  type Grant,
  type Missing,
  type Operation,
  type Resource,
  resourceNames,
  roleNames,
  rolesHolding,
  type Subject,
  type Target,
} from '@atelier/access'
import { type Context, presentMissing, subjectOf } from '../context.ts'
import { notFound } from '../faults.ts'
import { seesOrganization } from '../organizations/visibility.ts'
import { getUser } from '../users/service.ts'
import type { UserRecord } from '../users/user.ts'
import { meaningOf } from './tables.ts'

export interface Question {
  readonly user?: string | undefined
  readonly operation: Operation
  readonly resource: Resource
  readonly scope?: 'all' | 'own' | undefined
  readonly org?: string | undefined
}

/** One decision of the access engine about the caller, or about a user whom they may read. */
export async function checkAccess(context: Context, question: Question) {
  const user = await getUser(context, question.user ?? 'me')
  const isSelf = user.id === context.principal.user.id
  const { org } = question
  // Whether somebody else is in an organization is no news of an organization that the caller cannot see.
  if (!isSelf && org !== undefined && !seesOrganization(subjectOf(context), org)) {
    throw notFound('organization')
  }
  const asked = askedOf(user, isSelf, question)
  if (user.status !== 'active') {
    const sentence = `${user.name} is suspended, and may do nothing until somebody reactivates them.`
    return { user_id: user.id, allowed: false, because: null, grant: null, missing: null, sentence }
  }
  // One's own question is answered for the credential in use: a key may lack the scope.
  const subject = isSelf ? subjectOf(context) : subjectFor(user)
  const decision = decide(subject, question.operation, targetOf(user, question))
  if (decision.allowed) {
    const { grant } = decision
    return {
      user_id: user.id,
      allowed: true,
      because: describeGrant(grant),
      grant: { ...grant },
      missing: null,
      sentence: `${asked.who} may ${asked.what}: ${reasonOf(grant)}.`,
    }
  }
  const { missing } = decision
  return {
    user_id: user.id,
    allowed: false,
    because: null,
    grant: null,
    missing: presentMissing(missing),
    sentence: `${asked.who} may not ${asked.what}: ${lackOf(missing)}.`,
  }
}

function subjectFor(user: UserRecord): Subject {
  return {
    id: user.id,
    siteRole: user.site_role,
    organizationRoles: Object.fromEntries(user.organizations.map(({ id, role }) => [id, role])),
  }
}

function targetOf(user: UserRecord, question: Question): Target {
  const { operation, resource, org } = question
  // Anybody else: no user has the empty id.
  const others = operation === 'create' ? '' : undefined
  return {
    resource,
    ownerId: scopeOf(question) === 'own' ? user.id : others,
    ...(org === undefined ? {} : { organizationIds: [org] }),
  }
}

/** What nobody owns is created for everybody: asking for whom would ask for nothing. */
function scopeOf({ operation, resource, scope }: Question): 'all' | 'own' {
  if (operation === 'create' && !hasOwners(resource)) return 'own'
  return scope ?? (operation === 'create' ? 'own' : 'all')
}

function hasOwners(resource: Resource): boolean {
  return (['Ro', 'Uo', 'Do'] as const).some((mark) => {
    const { site, organization } = rolesHolding(resource, mark)
    return site.length + organization.length > 0
  })
}

function askedOf(user: UserRecord, isSelf: boolean, question: Question) {
  const { operation, resource, org } = question
  const scope = scopeOf(question)
  const name = lowerFirst(resourceNames[resource])
  const organization = user.organizations.find(({ id }) => id === org)?.name
  const what =
    operation === 'create'
      ? `create ${name}${hasOwners(resource) ? (scope === 'own' ? ' for themselves' : ' for others') : ''}`
      : `${operation} ${scope} ${name}`
  const where =
    org === undefined
      ? ''
      : organization === undefined
        ? ' in an organization without being its member'
        : ` in ${organization}`
  return {
    who: isSelf ? 'You' : user.name,
    what: (isSelf ? what.replace('themselves', 'yourself') : what) + where,
  }
}

function reasonOf(grant: Grant): string {
  const holds = `${roleNames[grant.role]} holds ${grant.mark} (${meaningOf(grant.mark)})`
  const inherited = grant.inherited ? ', inherited from a lower role' : ''
  return `${holds} on ${lowerFirst(resourceNames[grant.resource])}${inherited}`
}

function lackOf(missing: Missing): string {
  if (missing.keyScope !== undefined) {
    return `the roles suffice, but this API key lacks the scope ${missing.keyScope}`
  }
  const roles = [...missing.siteRoles, ...missing.organizationRoles].map((role) => roleNames[role])
  const needed = `that takes ${missing.mark} (${meaningOf(missing.mark)}) on ${lowerFirst(resourceNames[missing.resource])}`
  if (roles.length === 0) return `${needed}, which no role holds`
  return `${needed}, which ${new Intl.ListFormat('en').format(roles)} ${roles.length === 1 ? 'holds' : 'hold'}`
}

/** `Dev URLs` → `dev URLs`, but `API keys` and `OAuth` as they are. */
function lowerFirst(name: string): string {
  return /^[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name
}

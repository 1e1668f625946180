import { newId, randomToken } from '../../src/platform/ids.ts'
import { hashToken } from '../../src/sessions/principals.ts'
import type { Play } from './play.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'

const siteWide = { own: false, inActorsOrganization: false }

/** An organization of its own: the actor has their role there, unless it is another's. */
async function freshOrganization(stage: Stage): Promise<string> {
  const { server, caller, whose, actor } = stage
  const id = await server.organization(`fresh-${randomToken(12)}`)
  if (whose !== 'elsewhere' && !actor.startsWith('site-')) {
    await server.sql(
      `insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
       values ($1, $2, $3, now(), now())`,
      [id, caller.id, actor],
    )
  }
  return id
}

const onOrganization = (
  stage: Stage,
  operation: 'read' | 'update' | 'delete',
  ok: number,
): number => statusFor(stage.actor, operation, 'organizations', { ...stage.place, own: false }, ok)

/** What lies in an organization: 404 to whom the organization itself is not shown. */
function onMember(
  stage: Stage,
  operation: 'create' | 'update' | 'delete' | 'list',
  ok: number,
): number {
  const place = { ...stage.place, own: false }
  if (!may(stage.actor, 'list', 'organizations', place)) return 404
  const status = statusFor(stage.actor, operation, 'org_members', place, ok)
  // Site actors are in no organization: whoever may act on members finds none of them.
  const absent = operation === 'update' || operation === 'delete'
  return status === ok && absent && isAbsent(stage) ? 404 : status
}

const isAbsent = (stage: Stage): boolean => stage.whose === 'own' && stage.actor.startsWith('site-')

const memberPath = (stage: Stage): string =>
  `/api/v0/orgs/${stage.organization}/members/${stage.user.id}`

export const organizationPlays: Readonly<Record<string, Play>> = {
  'organizations.list': { request: () => ({ path: '/api/v0/orgs' }), expect: () => 200 },
  'organizations.get': {
    request: (stage) => ({ path: `/api/v0/orgs/${stage.organization}` }),
    expect: (stage) => onOrganization(stage, 'read', 200),
  },
  'organizations.create': {
    request: () => ({ path: '/api/v0/orgs', body: { name: `new-${randomToken(12)}` } }),
    expect: (stage) => statusFor(stage.actor, 'create', 'organizations', siteWide, 201),
  },
  'organizations.update': {
    request: (stage) => ({
      path: `/api/v0/orgs/${stage.organization}`,
      body: { description: randomToken(12) },
    }),
    expect: (stage) => onOrganization(stage, 'update', 200),
  },
  'organizations.remove': {
    request: async (stage) => ({ path: `/api/v0/orgs/${await freshOrganization(stage)}` }),
    expect: (stage) => onOrganization(stage, 'delete', 204),
  },
  'organizations.removal': {
    request: async (stage) => ({ path: `/api/v0/orgs/${await freshOrganization(stage)}/removal` }),
    expect: (stage) => onOrganization(stage, 'delete', 200),
  },
  'organizations.members': {
    request: (stage) => ({ path: `/api/v0/orgs/${stage.organization}/members` }),
    expect: (stage) => onMember(stage, 'list', 200),
  },
  'organizations.addMember': {
    request: async (stage) => {
      const newcomer = await stage.server.person('site-member', { organizations: {} })
      return {
        path: `/api/v0/orgs/${stage.organization}/members`,
        body: { user_id: newcomer.id },
      }
    },
    expect: (stage) => onMember(stage, 'create', 201),
  },
  'organizations.changeMemberRole': {
    request: (stage) => ({
      path: `${memberPath(stage)}/role`,
      body: { role: 'organization-importer' },
    }),
    expect: (stage) => {
      const status = onMember(stage, 'update', 200)
      // 3.8: nobody their own, unless by their site role.
      return status === 200 && stage.whose === 'own' ? 409 : status
    },
    unrecorded: (stage) => isAbsent(stage) && may(stage.actor, 'update', 'org_members', siteWide),
  },
  'organizations.removeMember': {
    request: (stage) => ({ path: memberPath(stage) }),
    expect: (stage) => onMember(stage, 'delete', 204),
    unrecorded: (stage) => isAbsent(stage) && may(stage.actor, 'delete', 'org_members', siteWide),
  },
}

async function freshKey(stage: Stage): Promise<string> {
  const id = randomToken(10)
  await stage.server.sql(
    `insert into api_keys (id, user_id, name, secret_hash, secret_at, created_at)
     values ($1, $2, $3, $4, now(), now())`,
    [id, stage.user.id, `key ${id}`, hashToken(randomToken(22))],
  )
  return `/api/v0/api-keys/${stage.user.id}/${id}`
}

const onKey = (stage: Stage, operation: 'read' | 'update' | 'delete', ok: number): number =>
  statusFor(stage.actor, operation, 'api_keys', stage.place, ok)

export const apiKeyPlays: Readonly<Record<string, Play>> = {
  'apiKeys.listAll': {
    request: () => ({ path: '/api/v0/api-keys' }),
    expect: (stage) => (may(stage.actor, 'list', 'api_keys', siteWide) ? 200 : 403),
  },
  'apiKeys.list': {
    request: (stage) => ({ path: `/api/v0/api-keys/${stage.user.id}` }),
    expect: (stage) => onKey(stage, 'read', 200),
  },
  'apiKeys.get': {
    request: async (stage) => ({ path: await freshKey(stage) }),
    expect: (stage) => onKey(stage, 'read', 200),
  },
  'apiKeys.create': {
    request: (stage) => ({
      path: `/api/v0/api-keys/${stage.user.id}`,
      body: { name: `made ${randomToken(8)}` },
    }),
    // 2.6: for somebody else only by who may update all keys.
    expect: (stage) =>
      stage.whose === 'own' || may(stage.actor, 'update', 'api_keys', siteWide) ? 201 : 403,
  },
  'apiKeys.update': {
    request: async (stage) => ({
      path: await freshKey(stage),
      body: { name: `renamed ${randomToken(8)}` },
    }),
    expect: (stage) => onKey(stage, 'update', 200),
  },
  'apiKeys.regenerate': {
    request: async (stage) => ({ path: `${await freshKey(stage)}/regen` }),
    expect: (stage) => onKey(stage, 'update', 200),
  },
  'apiKeys.remove': {
    request: async (stage) => ({ path: await freshKey(stage) }),
    expect: (stage) => onKey(stage, 'delete', 204),
  },
}

async function freshBanner(stage: Stage): Promise<string> {
  const id = newId(new Date())
  await stage.server.sql(
    `insert into system_banners (id, kind, format, body, background_color, text_color, enabled,
       dismissible, revision, created_at, updated_at)
     values ($1, 'header', 'text', 'Hello', '#000000', '#ffffff', true, false, 'r1', now(), now())`,
    [id],
  )
  return `/api/v0/banners/${id}`
}

// A banner is shown in every organization: an organization role's mark reaches all of them.
const everywhere = { own: false, inActorsOrganization: true }

const onBanner = (stage: Stage, operation: 'read' | 'update' | 'delete', ok: number): number =>
  statusFor(stage.actor, operation, 'system_banners', everywhere, ok)

export const bannerPlays: Readonly<Record<string, Play>> = {
  'banners.shown': { request: () => ({ path: '/api/v0/banners/shown' }), expect: () => 200 },
  'banners.list': {
    request: () => ({ path: '/api/v0/banners' }),
    expect: (stage) => (may(stage.actor, 'read', 'system_banners', everywhere) ? 200 : 403),
  },
  'banners.get': {
    request: async (stage) => ({ path: await freshBanner(stage) }),
    expect: (stage) => onBanner(stage, 'read', 200),
  },
  'banners.create': {
    request: () => ({ path: '/api/v0/banners', body: { kind: 'header', body: 'Hello' } }),
    expect: (stage) => statusFor(stage.actor, 'create', 'system_banners', everywhere, 201),
  },
  'banners.update': {
    request: async (stage) => ({ path: await freshBanner(stage), body: { body: randomToken(8) } }),
    expect: (stage) => onBanner(stage, 'update', 200),
  },
  'banners.remove': {
    request: async (stage) => ({ path: await freshBanner(stage) }),
    expect: (stage) => onBanner(stage, 'delete', 204),
  },
}

export const configurationPlays: Readonly<Record<string, Play>> = {
  'configuration.get': { request: () => ({ path: '/api/v0/config' }), expect: () => 200 },
  'configuration.update': {
    request: () => ({
      path: '/api/v0/config',
      body: { terms_of_service_body: `Be kind. ${randomToken(8)}` },
    }),
    expect: (stage) => statusFor(stage.actor, 'update', 'configuration', siteWide, 200),
  },
  'configuration.terms': {
    request: () => ({ path: '/api/v0/terms-of-service' }),
    expect: () => 200,
  },
}

export const accessPlays: Readonly<Record<string, Play>> = {
  'access.roles': { request: () => ({ path: '/api/v0/access/roles' }), expect: () => 200 },
  'access.check': {
    request: (stage) => ({
      path: `/api/v0/access/check?user=${stage.user.id}&operation=read&resource=users`,
    }),
    expect: (stage) => statusFor(stage.actor, 'read', 'users', stage.place, 200),
  },
  'access.holders': {
    request: () => ({ path: '/api/v0/access/holders?resource=users&mark=Ua' }),
    expect: (stage) => (may(stage.actor, 'read', 'users', siteWide) ? 200 : 403),
  },
}

async function anyEntry(stage: Stage): Promise<string> {
  const id = newId(new Date())
  await stage.server.sql(
    `insert into audit_log (id, at, actor_id, ip, user_agent, action, resource_type, resource_id,
       target, outcome, diff, request_id)
     values ($1, now(), $2, '127.0.0.1', 'test', 'write', 'user', $3, 'somebody', 'success', '{}', $4)`,
    [id, stage.user.id, stage.user.id, randomToken(12)],
  )
  return id
}

const onAudit = (stage: Stage): number =>
  may(stage.actor, 'read', 'audit_logs', siteWide) ? 200 : 403

export const auditPlays: Readonly<Record<string, Play>> = {
  'audit.list': { request: () => ({ path: '/api/v0/audit?limit=5' }), expect: onAudit },
  'audit.get': {
    request: async (stage) => ({ path: `/api/v0/audit/${await anyEntry(stage)}` }),
    expect: onAudit,
  },
  'audit.status': { request: () => ({ path: '/api/v0/audit/status' }), expect: onAudit },
  'audit.export': {
    request: () => ({ path: '/api/v0/audit/export?format=ndjson&outcome=failed' }),
    expect: onAudit,
  },
}

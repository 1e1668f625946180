import { newId, randomToken } from '../../src/platform/ids.ts'
import { hashToken } from '../../src/sessions/principals.ts'
import { password } from '../harness.ts'
import {
  accessPlays,
  apiKeyPlays,
  auditPlays,
  bannerPlays,
  configurationPlays,
  organizationPlays,
} from './noun-plays.ts'
import { devUrlPlays } from './dev-url-plays.ts'
import { imagePlays } from './image-plays.ts'
import type { Play } from './play.ts'
import { providerPlays } from './provider-plays.ts'
import { registryPlays } from './registry-plays.ts'
import type { Stage } from './stage.ts'
import { may, statusFor } from './tables.ts'
import { terminalPlays } from './terminal-plays.ts'
import { workspacePlays } from './workspace-plays.ts'

const any = { own: false, inActorsOrganization: false }

/** Whether the caller may update every user, or this one by an organization role. */
const mayUpdateAll = (stage: Stage): boolean =>
  may(stage.actor, 'update', 'users', { ...stage.place, own: false })

/** Actions on a user that are nobody's by owning the user: 404, 403, else by the rule. */
const byAdministrator = (stage: Stage, ok: number, own = ok): number => {
  if (mayUpdateAll(stage)) return stage.whose === 'own' ? own : ok
  return may(stage.actor, 'read', 'users', stage.place) ? 403 : 404
}

const fixed = (path: string, status: number, body?: unknown): Play => ({
  request: () => ({ path, body }),
  expect: () => status,
})

const unique = (): string => `n${randomToken(8).toLowerCase()}`

const systemPlays: Readonly<Record<string, Play>> = {
  'system.health': fixed('/healthz', 200),
  'system.ready': fixed('/readyz', 200),
  'system.api': fixed('/api', 200),
  'system.version': fixed('/api/private/version', 200),
  'system.setupMode': fixed('/api/private/config/setup-mode', 200),
  'system.setup': fixed('/api/v0/setup', 404, {
    token: 'x',
    email: 'eve@example.com',
    username: 'eve',
    name: 'Eve',
    password: 'correct horse battery',
  }),
  'system.openapi': fixed('/api/openapi.json', 200),
  'system.passwordPolicy': {
    request: () => ({ path: '/api/v0/password-strength', body: { password: 'x' } }),
    // Only setup asks without a session, and it is over.
    expect: (stage) => (['signed-out', 'suspended'].includes(stage.credential) ? 401 : 200),
  },
}

/** Makes another session of the caller's. */
async function anotherSession(stage: Stage): Promise<string> {
  const id = newId(new Date())
  await stage.server.sql(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, '127.0.0.1', 'test', now(), now(), now() + interval '7 days')`,
    [id, stage.user.id, hashToken(randomToken(43))],
  )
  return id
}

const sessionPlays: Readonly<Record<string, Play>> = {
  'sessions.basicLogin': {
    request: (stage) => ({
      path: '/auth/basic/login',
      body: { email: stage.user.email, password: 'wrong' },
    }),
    expect: () => 401,
  },
  'sessions.signIn': {
    request: (stage) => ({
      path: '/api/v0/sessions',
      body: { login: stage.user.username, password: 'wrong' },
    }),
    expect: () => 401,
  },
  'sessions.current': fixed('/api/v0/session', 200),
  'sessions.signOut': {
    request: () => ({ path: '/api/v0/session' }),
    // An API key is not signed in.
    expect: (stage) => (stage.credential.endsWith('key') ? 403 : 204),
  },
  'sessions.list': fixed('/api/v0/sessions', 200),
  'sessions.revoke': {
    request: async (stage) => ({ path: `/api/v0/sessions/${await anotherSession(stage)}` }),
    expect: (stage) => (stage.whose === 'own' ? 204 : 404),
    // Somebody else's session is unknown here: nothing was refused.
    unrecorded: (stage) => stage.whose !== 'own',
  },
  'sessions.revokeOthers': fixed('/api/v0/sessions', 200),
  'sessions.events': { ...fixed('/api/v0/events', 200), streams: true },
}

const passwordFirst = { status: 403, code: 'user.password_change_required' } as const

const userPlays: Readonly<Record<string, Play>> = {
  'users.list': fixed('/api/v0/users', 200),
  'users.get': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}` }),
    expect: (stage) => statusFor(stage.actor, 'read', 'users', stage.place, 200),
    expectDuringPasswordChange: (stage) =>
      stage.whose === 'own' ? { status: 200 } : passwordFirst,
  },
  'users.create': {
    request: () => {
      const name = unique()
      return { path: '/api/v0/users', body: { name, username: name, email: `${name}@example.com` } }
    },
    expect: (stage) => statusFor(stage.actor, 'create', 'users', any, 201),
  },
  'users.update': {
    request: (stage) => ({
      path: `/api/v0/users/${stage.user.id}`,
      body: { name: `Renamed ${unique()}` },
    }),
    expect: (stage) => statusFor(stage.actor, 'update', 'users', stage.place, 200),
    // Only the password may be changed then.
    expectDuringPasswordChange: () => passwordFirst,
  },
  'users.remove': {
    // The job is queued, and then the user is really deleted.
    leaves: () => ['success', 'success'],
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}` }),
    expect: (stage) => {
      // 4.2: for everybody, the site admin themselves included.
      if (stage.actor === 'site-admin' && stage.whose === 'own') return 409
      return statusFor(stage.actor, 'delete', 'users', { ...stage.place, own: false }, 202) === 202
        ? // 2.12: `Da` without `Do`.
          stage.whose === 'own'
          ? 403
          : 202
        : may(stage.actor, 'read', 'users', stage.place)
          ? 403
          : 404
    },
  },
  'users.changeRole': {
    request: (stage) => ({
      path: `/api/v0/users/${stage.user.id}/role`,
      body: { role: 'site-auditor' },
    }),
    expect: (stage) => byAdministrator(stage, 200, 409),
  },
  'users.roleOptions': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/role/options` }),
    expect: (stage) => statusFor(stage.actor, 'read', 'users', stage.place, 200),
  },
  'users.rolePreview': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/role/preview?role=site-auditor` }),
    expect: (stage) => statusFor(stage.actor, 'read', 'users', stage.place, 200),
  },
  'users.suspend': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/suspend` }),
    expect: (stage) => byAdministrator(stage, 200, 409),
  },
  'users.reactivate': {
    request: async (stage) => {
      if (stage.whose !== 'own') {
        await stage.server.sql("update users set status = 'suspended' where id = $1", [
          stage.user.id,
        ])
      }
      return { path: `/api/v0/users/${stage.user.id}/reactivate` }
    },
    expect: (stage) => byAdministrator(stage, 200, 409),
  },
  'users.resetPassword': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/reset-password` }),
    expect: (stage) => byAdministrator(stage, 200, 409),
  },
  'users.signOut': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/sign-out` }),
    expect: (stage) => byAdministrator(stage, 200),
  },
  'users.changePassword': {
    request: () => ({
      path: '/api/v0/users/me/password',
      body: { old_password: password, password: 'a quite different phrase' },
    }),
    expect: () => 200,
  },
  'users.bulk': {
    request: (stage) => ({
      path: '/api/v0/users/bulk',
      body: { action: 'role', role: 'site-auditor', user_ids: [stage.user.id] },
    }),
    // One's own role: the request succeeds, and its only row says no.
    leaves: (stage) => [stage.whose === 'own' ? 'denied' : 'success'],
    // Refused as a whole, or answered one by one.
    expect: (stage) => (may(stage.actor, 'update', 'users', any) ? 200 : 403),
  },
  'users.import': {
    request: () => {
      const name = unique()
      return {
        path: '/api/v0/users/import',
        body: { csv: `name,username,email\n${name},${name},${name}@example.com\n`, dry_run: false },
      }
    },
    expect: (stage) => statusFor(stage.actor, 'create', 'users', any, 200),
  },
  'users.export': fixed('/api/v0/users/export', 200),
  'users.sshKey': {
    request: (stage) => ({ path: `/api/v0/users/${stage.user.id}/sshkey` }),
    // Whoever may read the user may still not read their private key.
    expect: (stage) =>
      stage.whose === 'own' ? 200 : statusFor(stage.actor, 'read', 'users', stage.place, 403),
  },
  'users.uxState': {
    request: (stage) => ({
      path: `/api/private/users/${stage.user.id}/ux-state`,
      body: { seen: true },
    }),
    expect: (stage) =>
      stage.whose === 'own' ? 200 : statusFor(stage.actor, 'update', 'users', stage.place, 403),
  },
  'users.transferPreview': {
    request: (stage) => ({ path: `/api/v0/site-admin/transfer/preview?user_id=${stage.user.id}` }),
    expect: (stage) => {
      if (stage.actor === 'site-admin') return stage.whose === 'own' ? 409 : 200
      return byAdministrator(stage, 403)
    },
  },
  'users.transfer': {
    request: (stage) => ({
      path: '/api/v0/site-admin/transfer',
      body: { user_id: stage.user.id, password },
    }),
    expect: (stage) => {
      if (stage.actor === 'site-admin') return stage.whose === 'own' ? 409 : 200
      return byAdministrator(stage, 403)
    },
  },
}

export const plays: Readonly<Record<string, Play>> = {
  ...systemPlays,
  ...sessionPlays,
  ...userPlays,
  ...apiKeyPlays,
  ...organizationPlays,
  ...auditPlays,
  ...configurationPlays,
  ...bannerPlays,
  ...accessPlays,
  ...registryPlays,
  ...workspacePlays,
  ...terminalPlays,
  ...imagePlays,
  ...providerPlays,
  ...devUrlPlays,
}

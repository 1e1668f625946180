import { keyScopes, organizationRoles, siteRoles } from '@atelier/access'
import { newId, randomToken } from '../../src/platform/ids.ts'
import { type Answer, password, type Person } from '../harness.ts'
import { workspaceCalls } from './workspace-calls.ts'

/** Who stands around when one actor tries what they may. */
export interface Stage {
  readonly actor: Person
  /** The actor first, then people of every role, then whom the actor has created. */
  readonly people: { readonly id: string; readonly username: string }[]
  readonly organizations: string[]
  readonly banners: string[]
  readonly registries: string[]
  readonly images: readonly string[]
  readonly providers: string[]
  readonly workspaces: string[]
  readonly devUrls: { readonly id: string; readonly workspace: string }[]
  readonly keys: { readonly id: string; readonly owner: string }[]
  readonly sessions: readonly string[]
  /** What the actor has learned on the way. */
  readonly passwords: { readonly userId: string; readonly password: string }[]
  readonly tokens: { readonly keyId: string; readonly owner: string; readonly token: string }[]
  transferred: boolean
}

/** Numbers that fast-check chose, read one by one. */
export interface Dice {
  pick<T>(choices: readonly T[]): T
}

export function diceOf(numbers: readonly number[]): Dice {
  let next = 0
  return {
    pick: (choices) => {
      const number = numbers[next++ % numbers.length] ?? 0
      return choices[number % choices.length]!
    },
  }
}

export interface Request {
  readonly path: string
  readonly body?: unknown
  /** What the actor knows after a success. */
  readonly learn?: (answer: Answer) => void
}

export type Call = (stage: Stage, dice: Dice) => Request

const newPassword = 'a quite different phrase'
const unique = () => `n${randomToken(10).toLowerCase()}`
const roles = siteRoles
const scopeChoices: readonly (readonly string[] | null | undefined)[] = [
  undefined,
  null,
  ['users:read'],
  ['users:read', 'users:update', 'users:create', 'users:delete'],
  ['api_keys:create', 'api_keys:read', 'api_keys:update', 'users:read'],
  ['audit_logs:read', 'configuration:read'],
  [...keyScopes],
  ['everything'],
]
const expiries = [undefined, null, '2035-01-01T00:00:00Z', '2034-01-01T00:00:00Z'] as const
const given = <T>(choices: readonly T[]) => [undefined, ...choices]

const userPath = (stage: Stage, dice: Dice, action = '') =>
  `/api/v0/users/${dice.pick(stage.people).id}${action}`
const organizationPath = (stage: Stage, dice: Dice) =>
  `/api/v0/orgs/${dice.pick(stage.organizations)}`
const ownerOf = (stage: Stage, dice: Dice) => dice.pick(['me', ...stage.people.map(({ id }) => id)])

const imagePath = (stage: Stage, dice: Dice, part = '') =>
  `/api/v0/images/${dice.pick(stage.images)}${part}`

function keyPath(stage: Stage, dice: Dice): { id: string; owner: string; path: string } {
  const key = dice.pick(stage.keys.length > 0 ? stage.keys : [{ id: 'aaaaaaaaaa', owner: 'me' }])
  return { ...key, path: `/api/v0/api-keys/${key.owner}/${key.id}` }
}

/** Every call of the contract that changes something, as an actor could make it. */
export const calls: Readonly<Record<string, Call>> = {
  'sessions.signOut': () => ({ path: '/api/v0/session' }),
  'sessions.revoke': (stage, dice) => ({ path: `/api/v0/sessions/${dice.pick(stage.sessions)}` }),
  'sessions.revokeOthers': () => ({ path: '/api/v0/sessions' }),
  'users.create': (stage, dice) => {
    const name = unique()
    const chosen = dice.pick(given([newPassword]))
    const body = {
      name,
      username: name,
      email: `${name}@example.com`,
      password: chosen,
      temporary_password: dice.pick(given([true, false])),
      organizations: dice.pick(given([[], ...stage.organizations.map((id) => [id])])),
      role: dice.pick(given(roles)),
    }
    return {
      path: '/api/v0/users',
      body,
      learn: ({ body: user }) => {
        stage.people.push({ id: user.id, username: name })
        stage.passwords.push({ userId: user.id, password: user.password ?? chosen })
      },
    }
  },
  'users.update': (stage, dice) => {
    const user = dice.pick(stage.people)
    const name = unique()
    const fields = {
      name,
      username: name,
      email: `${name}@example.com`,
      roles: [dice.pick(roles), dice.pick(roles)],
      revoked: dice.pick([true, false]),
      login_type: dice.pick(['oidc', 'built-in']),
      password: newPassword,
      temporary_password: dice.pick([true, false]),
      old_password: dice.pick([password, 'wrong']),
    }
    const names = Object.keys(fields) as (keyof typeof fields)[]
    const chosen = new Set([dice.pick(names), dice.pick(names), dice.pick(names)])
    if (chosen.has('password') && user === stage.people[0]) chosen.add('old_password')
    const body = Object.fromEntries([...chosen].map((field) => [field, fields[field]]))
    return {
      path: `/api/v0/users/${user.id}`,
      body,
      learn: () => {
        if (chosen.has('password')) {
          stage.passwords.push({ userId: user.id, password: newPassword })
        }
      },
    }
  },
  'users.remove': (stage, dice) => ({ path: userPath(stage, dice) }),
  'users.changeRole': (stage, dice) => ({
    path: userPath(stage, dice, '/role'),
    body: { role: dice.pick(roles) },
  }),
  'users.suspend': (stage, dice) => ({ path: userPath(stage, dice, '/suspend') }),
  'users.reactivate': (stage, dice) => ({ path: userPath(stage, dice, '/reactivate') }),
  'users.resetPassword': (stage, dice) => {
    const user = dice.pick(stage.people)
    return {
      path: `/api/v0/users/${user.id}/reset-password`,
      learn: ({ body }) => stage.passwords.push({ userId: user.id, password: body.password }),
    }
  },
  'users.signOut': (stage, dice) => ({ path: userPath(stage, dice, '/sign-out') }),
  'users.changePassword': (stage, dice) => ({
    path: '/api/v0/users/me/password',
    body: { old_password: dice.pick([password, 'wrong']), password: newPassword },
    learn: () => stage.passwords.push({ userId: stage.actor.id, password: newPassword }),
  }),
  'users.bulk': (stage, dice) => {
    const action = dice.pick(['role', 'role', 'suspend', 'reactivate'])
    return {
      path: '/api/v0/users/bulk',
      body: {
        action,
        ...(action === 'role' ? { role: dice.pick(roles) } : {}),
        user_ids: dice.pick([stage.people, [dice.pick(stage.people)]]).map(({ id }) => id),
      },
    }
  },
  'users.import': (stage, dice) => {
    const lines = [0, 1].map(() => [unique(), dice.pick(roles)] as const)
    const csv = lines.map(([name, role]) => `${name},${name},${name}@example.com,${role}\n`)
    return {
      path: '/api/v0/users/import',
      body: {
        csv: `name,username,email,role\n${csv.join('')}`,
        dry_run: dice.pick([true, false, false]),
      },
      learn: ({ body }) => {
        for (const { user_id: id, username, password: first } of body.lines) {
          if (id === null) continue
          stage.people.push({ id, username })
          stage.passwords.push({ userId: id, password: first })
        }
      },
    }
  },
  'users.uxState': (stage, dice) => ({
    path: `/api/private/users/${ownerOf(stage, dice)}/ux-state`,
    body: { role: 'site-admin' },
  }),
  'users.transfer': (stage, dice) => {
    const entered = dice.pick(['wrong', password])
    return {
      path: '/api/v0/site-admin/transfer',
      body: { user_id: dice.pick(stage.people).id, password: entered },
      learn: () => (stage.transferred = entered === password),
    }
  },
  'apiKeys.create': (stage, dice) => {
    const owner = ownerOf(stage, dice)
    return {
      path: `/api/v0/api-keys/${owner}`,
      body: { name: unique(), scopes: dice.pick(scopeChoices), expires_at: dice.pick(expiries) },
      learn: ({ body }) => learnKey(stage, owner, body.id, body.key),
    }
  },
  'apiKeys.update': (stage, dice) => ({
    path: keyPath(stage, dice).path,
    body: { scopes: dice.pick(scopeChoices), expires_at: dice.pick(expiries) },
  }),
  'apiKeys.regenerate': (stage, dice) => {
    const { id, owner, path } = keyPath(stage, dice)
    return {
      path: `${path}/regen`,
      body: { expires_at: dice.pick(expiries) },
      learn: ({ body }) => learnKey(stage, owner, id, body.key),
    }
  },
  'apiKeys.remove': (stage, dice) => ({ path: keyPath(stage, dice).path }),
  'organizations.create': (stage, dice) => ({
    path: '/api/v0/orgs',
    body: {
      name: unique(),
      default: dice.pick([true, false]),
      default_role: dice.pick(organizationRoles),
    },
    learn: ({ body }) => stage.organizations.push(body.id),
  }),
  'organizations.update': (stage, dice) => ({
    path: organizationPath(stage, dice),
    body: { default: dice.pick([true, false]), default_role: dice.pick(organizationRoles) },
  }),
  'organizations.remove': (stage, dice) => ({ path: organizationPath(stage, dice) }),
  'organizations.addMember': (stage, dice) => ({
    path: `${organizationPath(stage, dice)}/members`,
    body: { user_id: dice.pick(stage.people).id, role: dice.pick(given(organizationRoles)) },
  }),
  'organizations.changeMemberRole': (stage, dice) => ({
    path: `${organizationPath(stage, dice)}/members/${ownerOf(stage, dice)}/role`,
    body: { role: dice.pick(organizationRoles) },
  }),
  'organizations.removeMember': (stage, dice) => ({
    path: `${organizationPath(stage, dice)}/members/${ownerOf(stage, dice)}`,
  }),
  'configuration.update': (_, dice) => ({
    path: '/api/v0/config',
    body: dice.pick([
      { session_hours: 1 },
      { api_key_max_age_days: 3650 },
      { ssh_keygen_algorithm: 'ecdsa', session_hours: 2 },
    ]),
  }),
  'banners.create': (stage) => ({
    path: '/api/v0/banners',
    body: { kind: 'message', body: 'Promote me' },
    learn: ({ body }) => stage.banners.push(body.id),
  }),
  'banners.update': (stage, dice) => ({
    path: `/api/v0/banners/${dice.pick(stage.banners)}`,
    body: { body: 'Promote me now' },
  }),
  'banners.remove': (stage, dice) => ({ path: `/api/v0/banners/${dice.pick(stage.banners)}` }),
  'registries.create': (stage, dice) => ({
    path: '/api/v0/registries',
    body: {
      org_id: dice.pick(stage.organizations),
      friendly_name: unique(),
      registry: '127.0.0.1:1',
      ...dice.pick([{}, { username: 'robot', password: newPassword }]),
    },
    learn: ({ body }) => stage.registries.push(body.id),
  }),
  'registries.update': (stage, dice) => ({
    path: `/api/v0/registries/${dice.pick(stage.registries)}`,
    body: dice.pick([{ friendly_name: unique() }, { username: '' }, { registry: '127.0.0.1:2' }]),
  }),
  'registries.remove': (stage, dice) => ({
    path: `/api/v0/registries/${dice.pick(stage.registries)}`,
  }),
  'images.create': (stage, dice) => ({
    path: '/api/v0/images',
    body: {
      org_id: dice.pick(stage.organizations),
      registry_id: dice.pick(stage.registries),
      repository: 'team/image',
      tag: 'latest',
      default_cpu_cores: 1,
      default_memory_gb: 1,
      default_disk_gb: 1,
    },
  }),
  'images.update': (stage, dice) => ({
    path: imagePath(stage, dice),
    body: dice.pick([{ deprecated: true }, { default_tag: 'old' }]),
  }),
  'images.remove': (stage, dice) => ({ path: imagePath(stage, dice) }),
  'imageTags.create': (stage, dice) => ({
    path: imagePath(stage, dice, '/tags'),
    body: { tag: 'new', default: dice.pick([true, false]) },
  }),
  'imageTags.update': (stage, dice) => ({
    path: imagePath(stage, dice, '/tags/old'),
    body: { decommissioned: dice.pick([true, false]) },
  }),
  'imageTags.remove': (stage, dice) => ({ path: imagePath(stage, dice, '/tags/old') }),
  'imageTags.refresh': (stage, dice) => ({ path: imagePath(stage, dice, '/tags/update') }),
  'imageTags.refreshImage': (stage, dice) => ({ path: imagePath(stage, dice) }),
  'registries.check': (stage, dice) => ({
    path: `/api/v0/registries/${dice.pick(stage.registries)}/check`,
  }),
  ...workspaceCalls,
}

function learnKey(stage: Stage, owner: string, keyId: string, token: string): void {
  const ownerId = owner === 'me' ? stage.actor.id : owner
  if (!stage.keys.some(({ id }) => id === keyId)) stage.keys.push({ id: keyId, owner: ownerId })
  stage.tokens.push({ keyId, owner: ownerId, token })
}

/** An id that belongs to nothing. */
export const noId = newId(new Date())

import { siteRoles } from '@atelier/access'

/** What an object holds, as far as the load changes it. */
export type Fields = Readonly<Record<string, unknown>>
export interface Thing {
  readonly id: string
  readonly fields: Fields
}

/** One change: what is asked, what it makes of which objects, and its audit entry. */
export interface Step {
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly body?: Fields
  /** What the objects are afterwards; undefined: there is none. A new one has the id of the answer. */
  readonly after: ReadonlyMap<string, Fields | undefined>
  readonly entries: readonly Entry[]
}

export interface Entry {
  readonly action: string
  readonly resource_type: string
  /** Undefined: the id of the object that the step makes. */
  readonly resource_id: string | undefined
  readonly diff: Readonly<Record<string, { before: unknown; after: unknown }>>
}

/** Whose objects the steps change. */
export interface Owner {
  readonly name: string
  readonly draw: (below: number) => number
  /** The objects that there must be. */
  readonly things: Map<string, Thing>
  /** The settings are nobody's own, so only one may change them. */
  readonly ownsSettings: boolean
  count: number
}

type Kind = keyof typeof create

/** How many of each kind somebody has at most; users come three times as often. */
const kinds: readonly (readonly [kind: Kind, most: number])[] = [
  ['user', 12],
  ['user', 12],
  ['user', 12],
  ['organization', 5],
  ['member', 10],
  ['key', 6],
  ['banner', 4],
]

/** Draws the next change of somebody, from what there is of theirs. */
export function nextStep(client: Owner): Step {
  const number = ++client.count
  const name = `load-${client.name}-${number}`
  if (client.ownsSettings && client.draw(8) === 0) {
    return { requestId: name, ...changeSetting(client, name) }
  }
  const [kind, most] = kinds[client.draw(kinds.length)] ?? ['user', 12]
  const known = namesOf(client, kind)
  const object = known[client.draw(most)]
  return {
    requestId: name,
    ...(object === undefined ? create[kind](client, name) : alter[kind](client, object, name)),
  }
}

function namesOf(client: Owner, kind: Kind): readonly string[] {
  return [...client.things.keys()].filter((name) => name.startsWith(`${kind}:`))
}

type Unsent = Omit<Step, 'requestId'>

const create = {
  user: (_client: Owner, username: string): Unsent => {
    const user = { name: `New ${username}`, username, email: `${username}@example.com` }
    return {
      method: 'POST',
      path: '/api/v0/users',
      body: user,
      after: new Map([
        [
          `user:${username}`,
          { name: user.name, role: 'site-member', status: 'active', joined: true },
        ],
      ]),
      entries: [made('user', { ...user, role: 'site-member' })],
    }
  },
  organization: (_client: Owner, name: string): Unsent => ({
    method: 'POST',
    path: '/api/v0/orgs',
    body: { name, description: 'New' },
    after: new Map([[`organization:${name}`, { description: 'New' }]]),
    entries: [made('organization', { name, description: 'New' })],
  }),
  member: (client: Owner, name: string): Unsent => {
    const [organization, user] = [pick(client, 'organization'), pick(client, 'user')]
    if (organization === undefined) return create.organization(client, name)
    const object = `member:${bare(organization)}/${bare(user ?? '')}`
    // Whoever is suspended joins nothing.
    const canJoin = user !== undefined && thing(client, user).fields['status'] === 'active'
    if (!canJoin || client.things.has(object)) return create.user(client, name)
    const id = idOf(client, user)
    return {
      method: 'POST',
      path: `/api/v0/orgs/${idOf(client, organization)}/members`,
      body: { user_id: id },
      after: new Map([[object, { role: 'organization-member' }]]),
      entries: [{ ...made('org_member', { role: 'organization-member' }), resource_id: id }],
    }
  },
  key: (_client: Owner, name: string): Unsent => ({
    method: 'POST',
    path: '/api/v0/api-keys/me',
    body: { name },
    after: new Map([[`key:${name}`, { scopes: null }]]),
    entries: [made('api_key', { name })],
  }),
  banner: (_client: Owner, body: string): Unsent => ({
    method: 'POST',
    path: '/api/v0/banners',
    body: { kind: 'message', format: 'text', body, background_color: '#1864ab' },
    after: new Map([[`banner:${body}`, { enabled: true }]]),
    entries: [made('system_banner', { body, enabled: true })],
  }),
}

const alter = {
  user: (client: Owner, object: string, name: string): Unsent => {
    const { id, fields } = thing(client, object)
    const path = `/api/v0/users/${id}`
    const [first, second] = siteRoles.filter((role) => /member|auditor/.test(role))
    const role = fields['role'] === first ? second : first
    const suspended = fields['status'] === 'suspended'
    const status = suspended ? 'active' : 'suspended'
    const asked = [
      { method: 'PATCH', path, body: { name }, changed: { name } },
      { method: 'PUT', path: `${path}/role`, body: { role }, changed: { role } },
      {
        method: 'POST',
        path: `${path}/${suspended ? 'reactivate' : 'suspend'}`,
        changed: { status },
      },
    ][client.draw(4)]
    if (asked !== undefined) return written(client, 'user', object, asked)
    return {
      method: 'DELETE',
      path,
      after: gone(client, (other) => other === object || other.endsWith(`/${bare(object)}`)),
      entries: [
        { action: 'enqueue', resource_type: 'user', resource_id: id, diff: {} },
        { action: 'delete', resource_type: 'user', resource_id: id, diff: {} },
      ],
    }
  },
  organization: (client: Owner, object: string, description: string): Unsent => {
    const { id, fields } = thing(client, object)
    const path = `/api/v0/orgs/${id}`
    if (client.draw(3) > 0) {
      const body = { description }
      return written(client, 'organization', object, { method: 'PATCH', path, body, changed: body })
    }
    const inside = `member:${bare(object)}/`
    return {
      method: 'DELETE',
      path,
      after: gone(client, (other) => other === object || other.startsWith(inside)),
      entries: [lost('organization', id, fields)],
    }
  },
  member: (client: Owner, object: string): Unsent => {
    const [organization, user] = bare(object).split('/')
    const id = idOf(client, `user:${user ?? ''}`)
    const path = `/api/v0/orgs/${idOf(client, `organization:${organization ?? ''}`)}/members/${id}`
    const { fields } = thing(client, object)
    const role =
      fields['role'] === 'organization-member' ? 'organization-manager' : 'organization-member'
    const changed = { role }
    if (client.draw(2) === 0) {
      const asked = { method: 'PUT', path: `${path}/role`, body: changed, changed }
      return written(client, 'org_member', object, asked)
    }
    return removed(object, path, lost('org_member', id, fields))
  },
  key: (client: Owner, object: string): Unsent => {
    const { id, fields } = thing(client, object)
    const path = `/api/v0/api-keys/me/${id}`
    const changed = { scopes: fields['scopes'] === null ? ['users:read'] : null }
    if (client.draw(2) === 0) {
      return written(client, 'api_key', object, { method: 'PATCH', path, body: changed, changed })
    }
    return removed(object, path, lost('api_key', id, { name: bare(object) }))
  },
  banner: (client: Owner, object: string): Unsent => {
    const { id, fields } = thing(client, object)
    const path = `/api/v0/banners/${id}`
    const changed = { enabled: fields['enabled'] !== true }
    if (client.draw(2) === 0) {
      return written(client, 'system_banner', object, {
        method: 'PATCH',
        path,
        body: changed,
        changed,
      })
    }
    return removed(object, path, lost('system_banner', id, fields))
  },
}

const terms = 'terms_of_service_body'

function changeSetting(client: Owner, value: string): Unsent {
  const before = client.things.get(`setting:${terms}`)?.fields['value'] ?? ''
  return {
    method: 'PATCH',
    path: '/api/v0/config',
    body: { [terms]: value },
    after: new Map([[`setting:${terms}`, { value }]]),
    entries: [
      {
        action: 'write',
        resource_type: 'configuration',
        resource_id: 'appearance',
        diff: { [terms]: { before, after: value } },
      },
    ],
  }
}

function written(
  client: Owner,
  type: string,
  object: string,
  asked: Pick<Unsent, 'method' | 'path' | 'body'> & { changed: Fields },
): Unsent {
  const { changed, ...request } = asked
  const { fields } = thing(client, object)
  return {
    ...request,
    after: new Map([[object, { ...fields, ...changed }]]),
    entries: [
      {
        action: 'write',
        resource_type: type,
        resource_id: idOf(client, object),
        diff: Object.fromEntries(
          Object.entries(changed).map(([field, after]) => [
            field,
            { before: fields[field], after },
          ]),
        ),
      },
    ],
  }
}

function removed(object: string, path: string, entry: Entry): Unsent {
  return { method: 'DELETE', path, after: new Map([[object, undefined]]), entries: [entry] }
}

function made(type: string, fields: Fields): Entry {
  const diff = Object.fromEntries(
    Object.entries(fields).map(([field, after]) => [field, { before: null, after }]),
  )
  return { action: 'create', resource_type: type, resource_id: undefined, diff }
}

function lost(type: string, id: string, fields: Fields): Entry {
  const diff = Object.fromEntries(
    Object.entries(fields).map(([field, before]) => [field, { before, after: null }]),
  )
  return { action: 'delete', resource_type: type, resource_id: id, diff }
}

function gone(client: Owner, isGone: (object: string) => boolean) {
  return new Map([...client.things.keys()].filter(isGone).map((object) => [object, undefined]))
}

function pick(client: Owner, kind: Kind): string | undefined {
  const known = namesOf(client, kind)
  return known[client.draw(Math.max(known.length, 1))]
}

function thing(client: Owner, object: string): Thing {
  const found = client.things.get(object)
  if (found === undefined) throw new Error(`there is no ${object}`)
  return found
}

function idOf(client: Owner, object: string): string {
  return thing(client, object).id
}

/** The name of an object without its kind. */
function bare(object: string): string {
  return object.slice(object.indexOf(':') + 1)
}

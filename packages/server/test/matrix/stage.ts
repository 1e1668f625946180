import { hashToken } from '../../src/sessions/principals.ts'
import { newId, randomToken } from '../../src/platform/ids.ts'
import type { Answer, Person, TestServer } from '../harness.ts'
import type { ActorKind, Place } from './tables.ts'

export const whoseKinds = ['own', 'another', 'elsewhere'] as const
export type Whose = (typeof whoseKinds)[number]

export const credentialKinds = [
  'session',
  'key',
  'narrow-key',
  'suspended',
  'temporary-password',
  'signed-out',
] as const
export type CredentialKind = (typeof credentialKinds)[number]

/** One attempt: who asks, by what, about whose object, and where that lies. */
export interface Stage {
  readonly server: TestServer
  readonly actor: ActorKind
  readonly credential: CredentialKind
  readonly whose: Whose
  readonly caller: Person
  /** The caller themselves, another user of their organization, or one of another organization. */
  readonly user: Person
  /** The organization that the object lies in. */
  readonly organization: string
  readonly place: Place
  /** The caller's session, or the key in use. */
  readonly credentialId: string
  readonly sentToken: string | undefined
  send(method: string, path: string, body?: unknown): Promise<Answer>
}

/** Sets an attempt up with a caller and a user of its own; the site admin is the only one there is. */
export async function setStage(
  server: TestServer,
  organizations: { readonly home: string; readonly other: string },
  actor: ActorKind,
  credential: CredentialKind,
  whose: Whose,
): Promise<Stage> {
  const isSiteActor = actor.startsWith('site-')
  const caller =
    actor === 'site-admin'
      ? await renewed(server)
      : await server.person(isSiteActor ? (actor as 'site-member') : 'site-member', {
          organizations: isSiteActor
            ? {}
            : { [organizations.home]: actor as 'organization-member' },
          temporaryPassword: credential === 'temporary-password',
        })
  if (actor === 'site-admin' && credential === 'temporary-password') {
    await server.sql('update users set temporary_password = true where id = $1', [caller.id])
  }

  const organization = whose === 'elsewhere' ? organizations.other : organizations.home
  const user =
    whose === 'own'
      ? caller
      : await server.person('site-member', {
          organizations: { [organization]: 'organization-member' },
        })
  const { headers, id } = await present(server, caller, credential)
  return {
    server,
    actor,
    credential,
    whose,
    caller,
    user,
    organization,
    place: { own: whose === 'own', inActorsOrganization: whose !== 'elsewhere' },
    credentialId: id,
    sentToken: headers['session-token'],
    send: (method, path, body) => server.send(method, path, body, headers),
  }
}

/** The site admin as in the beginning, whatever the attempts before did to them. */
async function renewed(server: TestServer): Promise<Person> {
  await server.restoreAdmin()
  const token = randomToken(43)
  await server.sql(
    `insert into sessions (id, user_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     values ($1, $2, $3, '127.0.0.1', 'test', now(), now(), now() + interval '7 days')`,
    [newId(new Date()), server.admin.id, hashToken(token)],
  )
  return { ...server.admin, token }
}

async function present(
  server: TestServer,
  caller: Person,
  credential: CredentialKind,
): Promise<{ headers: Record<string, string>; id: string }> {
  if (credential === 'signed-out') return { headers: {}, id: newId(new Date()) }
  if (credential === 'key' || credential === 'narrow-key') {
    const id = randomToken(10)
    const secret = randomToken(22)
    // No route asks for this scope, so a key that has it alone lacks the scope of every route.
    const scopes = credential === 'key' ? null : ['extensions:delete']
    await server.sql(
      `insert into api_keys (id, user_id, name, secret_hash, scopes, secret_at, created_at)
       values ($1, $2, $3, $4, $5, now(), now())`,
      [id, caller.id, `key ${id}`, hashToken(secret), scopes],
    )
    return { headers: { 'session-token': `${id}-${secret}` }, id }
  }
  if (credential === 'suspended') {
    await server.sql("update users set status = 'suspended' where id = $1", [caller.id])
  }
  const [session] = await server.sql('select id from sessions where token_hash = $1', [
    hashToken(caller.token),
  ])
  return { headers: { 'session-token': caller.token }, id: session.id as string }
}

import { type Endpoint, endpoints } from '@atelier/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, startServer, type TestServer } from '../harness.ts'
import type { Play } from './play.ts'
import { plays } from './plays.ts'
import {
  type CredentialKind,
  credentialKinds,
  setStage,
  type Stage,
  type Whose,
  whoseKinds,
} from './stage.ts'
import { type ActorKind, actorKinds } from './tables.ts'

// Every route x every role x {own, another's, another organization's} x every kind of credential
// (access-control.md 8). A route without a play fails the run; so does a role that the tables lack.

const routes: readonly (readonly [string, Endpoint])[] = Object.entries(endpoints).flatMap(
  ([noun, calls]) =>
    Object.entries(calls as Record<string, Endpoint>).map(
      ([name, endpoint]) => [`${noun}.${name}`, endpoint] as const,
    ),
)

let server: TestServer
let organizations: { home: string; other: string }

/** Every route of the contract, by the name that its play has. */
export const routeNames = routes.map(([name]) => name)

/** Plays all routes of the named nouns against a server of their own. */
export function playRoutesOf(...nouns: readonly string[]): void {
  beforeAll(async () => {
    server = await startServer()
    // Registries that tests start are on this machine.
    await server.admin.send('PATCH', '/api/v0/config', { registry_allowed_networks: ['127.0.0.1'] })
    organizations = { home: server.organizationId, other: await server.organization('Other') }
  })
  afterAll(() => server.stop())

  const chosen = routes.filter(([name]) => nouns.includes(name.split('.', 1)[0] ?? ''))
  describe.each(chosen)('%s', (name, endpoint) => {
    test.each(credentialKinds)(
      'by %s',
      (credential) => playRoute(name, endpoint, credential),
      240_000,
    )
  })
}

async function playRoute(
  name: string,
  endpoint: Endpoint,
  credential: CredentialKind,
): Promise<void> {
  const play = plays[name]
  if (play === undefined) throw new Error(`${name} has no play`)
  const failures: string[] = []
  for (const actor of actorKinds) {
    for (const whose of whoseKinds) {
      // One address plays everybody: its failed sign-ins would soon throttle it.
      await server.sql('delete from sign_in_failures')
      const failure = await perform(play, endpoint, actor, credential, whose)
      if (failure !== undefined) failures.push(`${actor}, ${whose}: ${failure}`)
    }
  }
  // Keeps the world small, so that looking for changes stays quick.
  await server.restoreAdmin()
  await server.sql('delete from workspaces')
  await server.sql("delete from users where site_role <> 'site-admin'")
  await server.sql('delete from organizations where id <> $1 and id <> $2', [
    organizations.home,
    organizations.other,
  ])
  await server.sql('delete from system_banners')
  await server.sql('delete from workspace_providers')
  await server.sql('delete from images')
  await server.sql('delete from registries')
  await server.sql('delete from workspace_providers')
  expect(failures).toEqual([])
}

async function perform(
  play: Play,
  endpoint: Endpoint,
  actor: ActorKind,
  credential: CredentialKind,
  whose: Whose,
): Promise<string | undefined> {
  // The database itself refuses a suspended site admin: there is nobody to play it.
  if (actor === 'site-admin' && credential === 'suspended') return undefined
  const stage = await setStage(server, organizations, actor, credential, whose)
  const request = await play.request(stage)
  const expected = expectedOf(play, endpoint, stage)
  const changes = endpoint.method !== 'GET'
  const before = changes ? await fingerprint() : ''
  const answer = play.streams
    ? await openStream(stage, request.path)
    : await stage.send(endpoint.method, request.path, request.body)

  if (changes) await untilJobsAreDone()
  if (answer.status !== expected.status) {
    return `expected ${expected.status}, got ${answer.status} ${answer.text.slice(0, 300)}`
  }
  if (expected.code !== undefined && answer.body.code !== expected.code) {
    return `expected ${expected.code}, got ${String(answer.body.code)}`
  }
  if (answer.status >= 400) {
    if (answer.body.status !== answer.status || typeof answer.body.error?.msg !== 'string') {
      return `not a problem document: ${answer.text.slice(0, 200)}`
    }
    if (changes && (await fingerprint()) !== before) return 'a refused request changed something'
  }
  return changes ? auditFailure(play, endpoint, stage, answer) : undefined
}

function expectedOf(
  play: Play,
  endpoint: Endpoint,
  stage: Stage,
): { status: number; code?: string } {
  const usual = { status: play.expect(stage) }
  if ('public' in endpoint.access) return usual
  switch (stage.credential) {
    case 'signed-out':
    case 'suspended':
      return { status: 401, code: 'session.required' }
    case 'temporary-password':
      return endpoint.duringPasswordChange === true
        ? (play.expectDuringPasswordChange?.(stage) ?? usual)
        : { status: 403, code: 'user.password_change_required' }
    case 'narrow-key':
      return 'permission' in endpoint.access ? { status: 403, code: 'access.scope' } : usual
    case 'session':
    case 'key':
      return usual
  }
}

/** One entry for what was done; one for what somebody known was refused; none that says otherwise. */
async function auditFailure(
  play: Play,
  endpoint: Endpoint,
  stage: Stage,
  answer: Answer,
): Promise<string | undefined> {
  if (!('permission' in endpoint.access)) return undefined
  const entries = await server.sql(
    'select outcome, actor_id, api_key_id, allowed_by, refusal_code from audit_log where request_id = $1 order by id',
    [answer.headers.get('x-request-id')],
  )
  const usual = ['session', 'key'].includes(stage.credential)
  const wanted =
    answer.status < 300
      ? (play.leaves?.(stage) ?? ['success'])
      : answer.status === 401 || (usual && play.unrecorded?.(stage) === true)
        ? []
        : ['denied']
  const outcomes = entries.map((entry) => entry.outcome as string)
  if (JSON.stringify(outcomes) !== JSON.stringify(wanted)) {
    return `expected audit entries ${JSON.stringify(wanted)}, found ${JSON.stringify(entries)}`
  }
  const foreign = entries.find((entry) => entry.actor_id !== stage.caller.id)
  return foreign === undefined ? undefined : 'an audit entry names somebody else'
}

const volatile = "'last_seen_at', 'last_used_at', 'seen_at'"
const tables = [
  'users',
  'organizations',
  'organization_members',
  'sessions',
  'api_keys',
  'settings',
  'system_banners',
  'registries',
  'images',
  'image_tags',
  'workspace_providers',
  'workspace_provider_organizations',
  'dev_urls',
  'workspaces',
  'workspace_builds',
  'workspace_build_logs',
  'jobs',
]

/** What a request asked for in the background is part of what it did. */
async function untilJobsAreDone(): Promise<void> {
  for (;;) {
    const [row] = await server.sql('select count(*)::int as jobs from jobs')
    if (row.jobs === 0) return
  }
}

/** A digest of everything that a request could change, but for when somebody was last seen. */
async function fingerprint(): Promise<string> {
  const parts = tables.map(
    (table) =>
      `(select coalesce(md5(string_agg(md5((to_jsonb(t) - array[${volatile}])::text), '' order by md5((to_jsonb(t) - array[${volatile}])::text))), '') from ${table} t)`,
  )
  const [row] = await server.sql(`select ${parts.join(' || ')} as digest`)
  return row.digest as string
}

async function openStream(stage: Stage, path: string): Promise<Answer> {
  const controller = new AbortController()
  const token = stage.sentToken
  const response = await fetch(server.url + path, {
    headers: token === undefined ? {} : { 'session-token': token },
    signal: controller.signal,
  })
  if (response.status === 200) {
    controller.abort()
    return { status: 200, headers: response.headers, body: '', text: '' }
  }
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: JSON.parse(text), text }
}

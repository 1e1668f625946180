import type pg from 'pg'
import { acknowledge, type LoadClient } from './load.ts'
import type { Entry, Step, Thing } from './load-steps.ts'

/** The success entries of one request, as `actor action type id`, each with its diff. */
type Entries = ReadonlyMap<string, readonly FoundEntry[]>

interface FoundEntry {
  readonly request_id: string
  readonly actor_id: string
  readonly action: string
  readonly resource_type: string
  readonly resource_id: string
  readonly diff: Entry['diff']
}

/**
 * Compares the database with what was acknowledged, and answers what is wrong, a line each: a change
 * that is missing or is half there, an entry that is missing, wrong or too many. What was not
 * acknowledged must be there with its entries or not at all; either way it is decided from now on.
 */
export async function findFaults(
  database: pg.Client,
  clients: readonly LoadClient[],
): Promise<{ faults: string[]; undecided: number }> {
  await finishJobs(database)
  const faults: string[] = []
  const found = await readObjects(database)
  const entries = await readEntries(database)

  let undecided = 0
  for (const client of clients) {
    const step = client.unknown
    if (step === undefined) continue
    undecided++
    client.unknown = undefined
    if (entries.has(step.requestId)) {
      const [made] = [...step.after.keys()].filter((name) => !client.things.has(name))
      acknowledge(client, step, made === undefined ? undefined : found.get(made)?.id)
    }
  }

  const expected = new Map(clients.flatMap((client) => [...client.things]))
  for (const name of new Set([...expected.keys(), ...found.keys()])) {
    const [is, should] = [textOf(found.get(name)), textOf(expected.get(name))]
    if (is !== should) faults.push(`${name} is ${is}, and should be ${should}`)
  }

  const known = new Set<string>()
  for (const client of clients) {
    for (const { step, id } of client.acknowledged) {
      known.add(step.requestId)
      faults.push(...compareEntries(client, step, id, entries.get(step.requestId) ?? []))
    }
  }
  for (const requestId of entries.keys()) {
    if (!known.has(requestId)) faults.push(`${requestId} has entries, and was not done`)
  }
  return { faults, undecided }
}

function textOf(thing: Thing | undefined): string {
  return thing === undefined ? 'absent' : JSON.stringify(thing)
}

function compareEntries(
  client: LoadClient,
  step: Step,
  id: string | undefined,
  found: readonly FoundEntry[],
): string[] {
  const label = `${step.requestId} ${step.method} ${step.path}`
  if (found.length !== step.entries.length) {
    return [`${label} has ${found.length} entries, and should have ${step.entries.length}`]
  }
  return step.entries.flatMap((expected) => {
    const entry = found.find(({ action }) => action === expected.action)
    const same =
      entry?.actor_id === client.userId &&
      entry.resource_type === expected.resource_type &&
      entry.resource_id === (expected.resource_id ?? id) &&
      Object.entries(expected.diff).every(
        ([field, { before, after }]) =>
          JSON.stringify(entry.diff[field]?.before) === JSON.stringify(before) &&
          JSON.stringify(entry.diff[field]?.after) === JSON.stringify(after),
      )
    return same
      ? []
      : [`${label} has the entry ${JSON.stringify(entry)}, not ${JSON.stringify(expected)}`]
  })
}

/** Waits for the background jobs; the lease of a job whose worker was killed ends now, not in a minute. */
async function finishJobs(database: pg.Client): Promise<void> {
  await database.query('update jobs set leased_until = clock_timestamp()')
  await database.query(`select pg_notify('atelier', '{"kind":"jobs","signal":{},"from":"test"}')`)
  for (;;) {
    const { rows } = await database.query('select last_error from jobs')
    if (rows.length === 0) return
  }
}

async function readObjects(database: pg.Client): Promise<Map<string, Thing>> {
  const { rows } = await database.query<Thing & { name: string }>(`
    select 'user:' || username as name, id::text, json_build_object(
        'name', name, 'role', site_role, 'status', status, 'joined', exists (
          select from organization_members m join organizations o on o.id = m.organization_id
          where m.user_id = users.id and o.name = 'Default')) as fields
      from users where username like 'load-%'
    union all
    select 'organization:' || name, id::text, json_build_object('description', description)
      from organizations where name like 'load-%'
    union all
    select 'member:' || o.name || '/' || u.username, m.user_id::text,
        json_build_object('role', m.role)
      from organization_members m join organizations o on o.id = m.organization_id
      join users u on u.id = m.user_id where o.name like 'load-%'
    union all
    select 'key:' || name, id, json_build_object('scopes', scopes)
      from api_keys where name like 'load-%'
    union all
    select 'banner:' || body, id::text, json_build_object('enabled', enabled)
      from system_banners where body like 'load-%'
    union all
    select 'setting:' || key, '', json_build_object('value', value #>> '{}')
      from settings where value #>> '{}' like 'load-%'`)
  return new Map(rows.map(({ name, id, fields }) => [name, { id, fields }]))
}

async function readEntries(database: pg.Client): Promise<Entries> {
  const { rows } = await database.query<FoundEntry>(`
    select request_id, actor_id, action, resource_type, resource_id, diff from audit_log
    where outcome = 'success' and request_id like 'load-%' order by at, id`)
  const entries = new Map<string, FoundEntry[]>()
  for (const row of rows) {
    const known = entries.get(row.request_id)
    if (known === undefined) entries.set(row.request_id, [row])
    else known.push(row)
  }
  return entries
}

import { createHash } from 'node:crypto'
import pg from 'pg'

export interface Sizes {
  readonly users: number
  readonly entries: number
}

/** People whom the questions name; the same in databases of every size. */
export const known = {
  admin: idOf('admin'),
  member: idOf('member'),
  manager: idOf('manager'),
  largeOrganization: idOf('organization-1'),
  smallOrganization: idOf('organization-20'),
}

const firstNames =
  'Ada Alan Anna Barbara Ben Carl Chen Clara Dana David Edsger Elena Emma Eric Fatima Felix Grace Hana Hugo Ida Ines Ivan Jan Jonas Julia Kai Karen Kurt Lars Laura Leo Lina Lukas Mara Maria Max Mia Milan Nadia Nils Nora Olga Omar Paul Petra Rosa Sara Tim Vera Yuki'
const lastNames =
  'Adams Andersen Baker Becker Berg Bianchi Brown Carter Castro Chang Clark Costa Davis Diaz Dijkstra Evans Fischer Foster Garcia Gray Hansen Hopper Huber Ito Jansen Jones Kim Klein Kowalski Lang Larsen Lee Lopez Lovelace Martin Meyer Moreau Murphy Nakamura Novak Olsen Park Peters Quinn Rossi Russo Santos Schmidt Silva Singh Smith Suzuki Tanaka Taylor Turing Vogel Walker Weber White Young'

const actions =
  'login login login login logout write write write create delete view open connect ssh stop'
const resourceTypes =
  'session session session session session user user api_key organization org_member configuration system_banner environment environment image'

/**
 * Fills a migrated database: people with common and rare names, roles and states, organizations of
 * very different sizes, and a year of sealed audit entries. Indexes are taken away meanwhile.
 */
export async function fill(url: string, sizes: Sizes): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`set maintenance_work_mem = '1GB'; set work_mem = '256MB';
      set synchronous_commit = off; set jit = off; set session_replication_role = replica;
      set max_parallel_maintenance_workers = 2`)
    const indexes = await takeIndexes(client)
    await client.query(usersSql, [sizes.users, firstNames, lastNames])
    await client.query(organizationsSql)
    await client.query(membersSql)
    await client.query(entriesSql, [sizes.entries, sizes.users, actions, resourceTypes])
    await client.query(chainSql)
    await client.query(sealSql)
    for (const definition of indexes) await client.query(definition)
    await client.query('vacuum analyze')
  } finally {
    await client.end()
  }
}

async function takeIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where indrelid in ('users'::regclass, 'audit_log'::regclass)
       and not exists (select from pg_constraint where conindid = indexrelid)`,
  )
  for (const { name } of rows) await client.query(`drop index ${name}`)
  return rows.map(({ definition }) => definition)
}

/** A fixed UUID for a word. */
function idOf(word: string): string {
  return `00000000-0000-7000-8000-${createHash('sha256').update(word).digest('hex').slice(0, 12)}`
}

// A UUIDv7 of a time: Postgres 15 makes none by itself.
const idAt = (at: string, seed: string) =>
  `(lpad(to_hex((extract(epoch from ${at}) * 1000)::bigint), 12, '0') || '7' ||
    substr(md5(${seed}), 1, 3) || '8' || substr(md5(${seed}), 4, 15))::uuid`

// One person is called Zebulon Quixote; one in a thousand has a nickname.
const usersSql = `
  insert into users (id, email, username, name, site_role, status, last_seen_at, created_at, updated_at)
  select
    case n when 1 then '${known.admin}'::uuid when 2 then '${known.member}'::uuid
      when 3 then '${known.manager}'::uuid else ${idAt('made', `'user' || n`)} end,
    login || '@example.com', login,
    case when n = 4 then 'Zebulon Quixote' when n % 1000 = 5 then first || ' Xylo ' || last
      else first || ' ' || last end,
    case when n = 1 then 'site-admin' when n <= 3 then 'site-member' when n % 1000 = 7 then 'site-manager'
      when n % 500 = 9 then 'site-auditor' else 'site-member' end,
    case when n > 10 and n % 50 = 11 then 'suspended' else 'active' end,
    case when n % 10 = 0 then null
      else date_trunc('milliseconds', timestamptz '2026-01-01' - interval '400 days' * ((hashint8(n + 7) & 1048575) / 1048576.0)) end,
    made, made
  from (
    select n, first, last, lower(first || '-' || last) || '-' || n as login,
      date_trunc('milliseconds', timestamptz '2024-01-01' + interval '700 days' * (n::float8 / $1::int)) as made
    from generate_series(1, $1::int) as n,
      lateral (select (string_to_array($2, ' '))[1 + (hashint8(n) & 65535) % 50] as first,
        (string_to_array($3, ' '))[1 + (hashint8(n + 1000000000) & 65535) % 60] as last) as names) as people`

const organizationsSql = `
  insert into organizations (id, name, is_default, created_at, updated_at)
  select case n when 1 then '${known.largeOrganization}'::uuid when 20 then '${known.smallOrganization}'::uuid
    else ${idAt(`timestamptz '2024-01-01'`, `'organization' || n`)} end,
    'Organization ' || n, n = 1, timestamptz '2024-01-01', timestamptz '2024-01-01'
  from generate_series(1, 20) as n`

// Half of everybody in the first, twenty in the last, the others evenly; every tenth in two.
const membersSql = `
  with places as (select id, row_number() over (order by substr(name, 14)::int) as place from organizations),
    people as (select id, row_number() over (order by created_at, id) as n from users)
  insert into organization_members (organization_id, user_id, role, roles_updated_at, created_at)
  select places.id, people.id,
    case when people.id = '${known.manager}' then 'organization-manager' else 'organization-member' end,
    timestamptz '2024-01-01', timestamptz '2024-01-01'
  from people join places on place = case when n % 2 = 1 then 1 else 2 + (n / 2) % 18 end
    or (n % 10 = 0 and place = 1) or (n <= 20 and place = 20)`

const entriesSql = `
  insert into audit_log (id, at, actor_id, actor_username, actor_email, ip, user_agent, action,
    resource_type, resource_id, target, outcome, diff, allowed_by, request_id)
  select ${idAt('at', `'entry' || n`)}, at, actor.id, actor.username, actor.email,
    '192.0.2.' || (n % 250), 'Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0',
    (string_to_array($3, ' '))[1 + (hashint8(n + 3) & 65535) % 15],
    (string_to_array($4, ' '))[1 + (hashint8(n + 3) & 65535) % 15],
    person.id::text, case when n = 4 then 'zebulon-quixote' else person.username end,
    case when n % 50 = 0 then 'denied' when n % 100 = 1 then 'failed' else 'success' end,
    '{"role": {"before": "site-member", "after": "site-auditor"}}', 'site-manager: users Ua', md5(n::text)
  from (
    select n, date_trunc('milliseconds', timestamptz '2025-01-01' + interval '360 days' * (n::float8 / $1::int)) as at,
      -- A few do much, most do little.
      1 + floor(least($2::int, 10000) * power((hashint8(n) & 1048575) / 1048576.0, 3))::int as who,
      1 + floor($2::int * ((hashint8(n + 5) & 1048575) / 1048576.0))::int as whom
    from generate_series(1, $1::int) as n) as facts
  join numbered as actor on actor.place = who
  join numbered as person on person.place = whom
  -- As it is written: an entry lies beside those of the same time.
  order by n`.replace(
  /^/,
  `with numbered as materialized (
      select id, username, email, row_number() over (order by created_at, id)::int as place from users) `,
)

const chainSql = `
  insert into audit_chain (sequence, entry_id, hash)
  select row_number() over (order by at, id), id, sha256(id::text::bytea) from audit_log`

const sealSql = `
  insert into audit_seal (cluster, xid, entry_id, sequence, hash)
  select '', pg_current_xact_id(), entry_id, sequence, hash from audit_chain order by sequence desc limit 1`

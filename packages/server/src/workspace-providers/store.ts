import { type Insertable, sql, type SqlBool, type Updateable } from 'kysely'
import type { Db, Tx, WorkspaceProvidersTable } from '../db/schema.ts'
import { withUniqueNames } from '../db/unique.ts'
import { isUuid } from '../platform/ids.ts'
import type { ProviderRecord } from './workspace-provider.ts'

function selectProviders(db: Db | Tx) {
  return db.selectFrom('workspace_providers as p').select([
    'p.id',
    'p.name',
    'p.kind',
    'p.endpoint',
    'p.tls_ca',
    'p.tls_certificate',
    sql<boolean>`p.tls_key is not null`.as('has_tls_key'),
    'p.built_in',
    'p.cordoned_at',
    'p.cordon_reason',
    'p.status',
    'p.status_reason',
    'p.status_version',
    'p.cpu_cores',
    'p.memory_bytes',
    'p.unenforced',
    'p.checked_at',
    sql<string[]>`array(
        select o.organization_id::text from workspace_provider_organizations o
        where o.provider_id = p.id order by o.organization_id)`.as('organizations'),
    sql<number>`(select count(*)::int from workspaces w where w.provider_id = p.id)`.as(
      'workspace_count',
    ),
    'p.version',
    'p.created_at',
    'p.updated_at',
  ])
}

/** Whose providers somebody sees: everybody's, or those of these organizations. */
export type ProviderScope = 'all' | readonly string[]

/** The providers of a scope, the built-in one first, then by name. */
export async function listProviders(db: Db, scope: ProviderScope): Promise<ProviderRecord[]> {
  return selectProviders(db)
    .$if(scope !== 'all', (rest) =>
      rest.where(
        sql<SqlBool>`exists (
          select 1 from workspace_provider_organizations o
          where o.provider_id = p.id and o.organization_id = any(${scope as readonly string[]}::uuid[]))`,
      ),
    )
    .orderBy('p.built_in', 'desc')
    .orderBy(sql`lower(p.name)`)
    .execute()
}

/** One provider; undefined for an unknown id. */
export async function findProvider(db: Db | Tx, id: string): Promise<ProviderRecord | undefined> {
  if (!isUuid(id)) return undefined
  return selectProviders(db).where('p.id', '=', id).executeTakeFirst()
}

/** Locks a provider for a change: meanwhile no workspace comes to it. */
export async function lockProvider(tx: Tx, id: string): Promise<ProviderRecord | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('workspace_providers').where('id', '=', id).select('id').forUpdate().execute()
  // Only now, so that workspaces which came while this waited are counted.
  return findProvider(tx, id)
}

/** What the connection to a provider is made of; its key is encrypted. */
export async function findConnectionRow(tx: Tx, id: string) {
  return tx
    .selectFrom('workspace_providers')
    .where('id', '=', id)
    .select(['id', 'kind', 'endpoint', 'tls_ca', 'tls_certificate', 'tls_key'])
    .executeTakeFirstOrThrow()
}

export async function insertProvider(
  tx: Tx,
  provider: Insertable<WorkspaceProvidersTable>,
): Promise<void> {
  await withUniqueNames(() => tx.insertInto('workspace_providers').values(provider).execute())
}

/** Changes columns, raises the version, and answers the provider as it is now. */
export async function updateProvider(
  tx: Tx,
  id: string,
  values: Updateable<WorkspaceProvidersTable>,
): Promise<ProviderRecord> {
  await withUniqueNames(() =>
    tx
      .updateTable('workspace_providers')
      .set({ ...values, version: sql<number>`version + 1` })
      .where('id', '=', id)
      .execute(),
  )
  return present(tx, id)
}

/**
 * Keeps how a provider was found, as long as it is still where it was asked: nobody's change, so its
 * version stays.
 */
export async function setStatus(
  db: Db,
  { id, endpoint }: Pick<ProviderRecord, 'id' | 'endpoint'>,
  values: Updateable<WorkspaceProvidersTable>,
): Promise<void> {
  await db
    .updateTable('workspace_providers')
    .set(values)
    .where('id', '=', id)
    .where('endpoint', '=', endpoint)
    .execute()
}

/** Deletes a provider; who was allowed there goes with it. */
export async function deleteProvider(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('workspace_providers').where('id', '=', id).execute()
}

/** Has those providers asked at once of which it is not known yet what they are. */
export async function checkSoon(db: Db, now: Date): Promise<void> {
  await db
    .updateTable('workspace_providers')
    .set({ check_at: now })
    .where('kind', '=', 'engine')
    .where('endpoint', '=', '')
    .execute()
}

/** Takes one provider that is to be asked again, and the next time later; no other process takes it. */
export async function takeDue(db: Db, now: Date, again: Date): Promise<ProviderRecord | undefined> {
  const { rows } = await sql<{ id: string }>`
    update workspace_providers set check_at = ${again}
    where id = (select id from workspace_providers where check_at <= ${now}
      order by check_at, id limit 1 for update skip locked)
    returning id`.execute(db)
  const [row] = rows
  return row === undefined ? undefined : findProvider(db, row.id)
}

/**
 * Lets one change at a time decide which provider is the built-in one. Taken before any provider is
 * locked.
 */
export async function lockBuiltIn(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('workspace_providers.built_in'))`.execute(tx)
}

/** The provider that is taken where none is named, kept from being deleted; undefined for none. */
export async function holdBuiltIn(tx: Tx): Promise<{ id: string; name: string } | undefined> {
  return tx
    .selectFrom('workspace_providers')
    .where('built_in', '=', true)
    .select(['id', 'name'])
    .forKeyShare()
    .executeTakeFirst()
}

/** Makes the one provider built in, and no other; under `lockBuiltIn`. */
export async function makeBuiltIn(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('workspace_providers')
    .set({ built_in: false })
    .where('built_in', '=', true)
    .where('id', '<>', id)
    .execute()
  await tx.updateTable('workspace_providers').set({ built_in: true }).where('id', '=', id).execute()
}

/** The oldest provider. */
export async function findOldest(tx: Tx): Promise<string | undefined> {
  const row = await tx
    .selectFrom('workspace_providers')
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row?.id
}

/** Organizations by their ids, kept from being deleted, in the order in which all lock them. */
export async function holdOrganizations(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const possible = ids.filter(isUuid)
  if (possible.length === 0) return []
  const rows = await tx
    .selectFrom('organizations')
    .where('id', 'in', possible)
    .select('id')
    .orderBy('id')
    .forKeyShare()
    .execute()
  return rows.map(({ id }) => id)
}

/** The names of organizations, by name. */
export async function namesOf(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('organizations')
    .where('id', 'in', ids)
    .select('name')
    .orderBy(sql`lower(name)`)
    .execute()
  return rows.map(({ name }) => name)
}

/** Allows a provider to organizations. */
export async function allow(tx: Tx, id: string, organizations: readonly string[]): Promise<void> {
  if (organizations.length === 0) return
  await tx
    .insertInto('workspace_provider_organizations')
    .values(organizations.map((organization_id) => ({ provider_id: id, organization_id })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Takes a provider from organizations. */
export async function disallow(
  tx: Tx,
  id: string,
  organizations: readonly string[],
): Promise<void> {
  if (organizations.length === 0) return
  await tx
    .deleteFrom('workspace_provider_organizations')
    .where('provider_id', '=', id)
    .where('organization_id', 'in', organizations)
    .execute()
}

export interface WorkspaceThere {
  readonly id: string
  readonly name: string
  readonly owner: string
}

/** Some workspaces of a provider, of these organizations where given, and how many there are. */
export async function workspacesAt(
  tx: Tx,
  id: string,
  organizations: 'all' | readonly string[],
): Promise<{ count: number; some: WorkspaceThere[] }> {
  const there = tx
    .selectFrom('workspaces as w')
    .innerJoin('users as u', 'u.id', 'w.user_id')
    .where('w.provider_id', '=', id)
    .$if(organizations !== 'all', (rest) =>
      rest.where('w.organization_id', 'in', organizations as readonly string[]),
    )
  const { count } = await there
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  const some = await there
    .select(['w.id', 'w.name', 'u.username as owner'])
    .orderBy(sql`lower(w.name)`)
    .orderBy('w.id')
    .limit(10)
    .execute()
  return { count, some }
}

async function present(tx: Tx, id: string): Promise<ProviderRecord> {
  const provider = await findProvider(tx, id)
  if (provider === undefined) throw new Error('the workspace provider is gone')
  return provider
}

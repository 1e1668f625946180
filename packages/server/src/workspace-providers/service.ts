import { decide } from '@atelier/access'
import { masked, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, decideFirst, subjectOf, type Work } from '../context.ts'
import { demandVersion, Fault, invalid, notFound } from '../faults.ts'
import { newId } from '../platform/ids.ts'
import { connectionOf, sealTlsKey } from '../provider/providers.ts'
import { demandNo } from '../users/rules.ts'
import { attemptTo } from './attempt.ts'
import { changesOf, lossOf } from './fields.ts'
import { askCandidate } from './health.ts'
import * as rules from './rules.ts'
import * as providers from './store.ts'
import { type ProviderRecord, providersTarget } from './workspace-provider.ts'

const what = 'workspace provider'

/** The providers that the caller sees: all, or those that their organizations may use. */
export async function listProviders(context: Context): Promise<ProviderRecord[]> {
  authorize(context, 'read', providersTarget, what)
  return providers.listProviders(context.platform.db, scopeOf(context))
}

/** One provider. */
export async function getProvider(context: Context, id: string): Promise<ProviderRecord> {
  authorize(context, 'read', providersTarget, what)
  const provider = await providers.findProvider(context.platform.db, id)
  if (provider === undefined || !sees(context, provider)) throw notFound(what)
  return provider
}

function scopeOf(context: Context): providers.ProviderScope {
  const caller = subjectOf(context)
  return decide(caller, 'update', providersTarget).allowed
    ? 'all'
    : Object.keys(caller.organizationRoles)
}

function sees(context: Context, { organizations }: ProviderRecord): boolean {
  const scope = scopeOf(context)
  return scope === 'all' || organizations.some((id) => scope.includes(id))
}

export interface NewProvider extends rules.GivenConnection {
  readonly name: string
  readonly kind?: 'engine' | 'sandbox' | null | undefined
  readonly org_whitelist?: readonly string[] | null | undefined
  readonly type?: string | null | undefined
}

/**
 * Adds a provider, with how it was found: one that cannot run workspaces yet is kept with the reason.
 * It is asked outside of any transaction, and only for who may add one.
 */
export async function createProvider(
  context: Context,
  input: NewProvider,
): Promise<ProviderRecord> {
  const { platform } = context
  const attempt = attemptTo('create', '', input.name)
  const kind = await decideFirst(context, attempt, (work) => {
    authorize(work, 'update', providersTarget, what)
    return Promise.resolve(demandKind(input))
  })
  const connection = rules.demandConnection(kind, input)
  const status = await askCandidate(platform, connection)

  return change(context, attempt, [], async (work) => {
    authorize(work, 'update', providersTarget, what)
    const allowed = await providers.holdOrganizations(work.tx, input.org_whitelist ?? [])
    rules.demandFound(input.org_whitelist ?? [], allowed)
    await providers.lockBuiltIn(work.tx)
    const now = platform.clock.now()
    const id = newId(now)
    await providers.insertProvider(work.tx, {
      id,
      name: input.name,
      kind,
      endpoint: connection.endpoint,
      tls_ca: connection.tls?.ca ?? null,
      tls_certificate: connection.tls?.certificate ?? null,
      tls_key:
        connection.tls?.key === undefined
          ? null
          : sealTlsKey(platform.vault, id, connection.tls.key),
      built_in: (await providers.holdBuiltIn(work.tx)) === undefined,
      ...status,
      created_at: now,
      updated_at: now,
    })
    await providers.allow(work.tx, id, allowed)
    const provider = await lockTarget(work, attempt, id)
    attempt.resourceId = id
    await recordAudit(work, { ...attempt, diff: await changesOf(work.tx, undefined, provider) })
    return provider
  })
}

/** Kubernetes is what the older command line asks for. */
function demandKind({ kind, type }: NewProvider): 'engine' | 'sandbox' {
  if (type != null) {
    throw invalid(
      'type',
      'Clusters of Kubernetes cannot be added yet: add a container engine under Manage, Workspace providers',
    )
  }
  if (kind == null) throw invalid('kind', 'Use one of engine, sandbox')
  return kind
}

export interface ProviderChanges extends rules.GivenConnection {
  readonly name?: string | null | undefined
  readonly org_whitelist?: readonly string[] | null | undefined
  readonly built_in?: true | null | undefined
}

/** Changes a provider; what is null stays. With another way to come in it is asked how it is. */
export async function updateProvider(
  context: Context,
  id: string,
  changes: ProviderChanges,
  ifMatch?: number,
): Promise<ProviderRecord> {
  const { platform } = context
  const attempt = attemptTo('write', id)
  const moved = await moveFirst(context, attempt, id, changes, ifMatch)

  return change(context, attempt, [], async (work) => {
    // Before the provider, in the order in which all lock them.
    const wanted =
      changes.org_whitelist == null
        ? undefined
        : await providers.holdOrganizations(work.tx, changes.org_whitelist)
    if (changes.built_in === true) await providers.lockBuiltIn(work.tx)
    const provider = await lockTarget(work, attempt, id)
    authorize(work, 'update', providersTarget, what)
    demandVersion(provider.version, ifMatch)
    if (moved !== undefined) demandVersion(provider.version, moved.version)
    rules.demandFound(changes.org_whitelist ?? [], wanted ?? [])
    if (wanted !== undefined) await setOrganizations(work, provider, wanted)
    if (changes.built_in === true) await providers.makeBuiltIn(work.tx, id)
    const updated = await providers.updateProvider(work.tx, id, {
      name: changes.name ?? provider.name,
      ...moved?.columns,
      updated_at: platform.clock.now(),
    })
    const diff = await changesOf(work.tx, provider, updated)
    // That it is another one now is worth knowing, although both look alike.
    if (changes.tls_key != null) {
      diff['tls_key'] = { before: provider.has_tls_key ? masked : null, after: masked }
    }
    await recordAudit(work, { ...attempt, diff })
    if (moved !== undefined) await platform.signals.send(work.tx, 'providers', {})
    return updated
  })
}

/** What another way to come in changes, where one is given: the provider is asked before. */
async function moveFirst(
  context: Context,
  attempt: ReturnType<typeof attemptTo>,
  id: string,
  changes: ProviderChanges,
  ifMatch: number | undefined,
) {
  const { platform } = context
  const { endpoint, tls_ca, tls_certificate, tls_key } = changes
  if ([endpoint, tls_ca, tls_certificate, tls_key].every((given) => given == null)) return undefined
  const { connection, version } = await decideFirst(context, attempt, async (work) => {
    const provider = await lockTarget(work, attempt, id)
    authorize(work, 'update', providersTarget, what)
    demandVersion(provider.version, ifMatch)
    const before = connectionOf(platform.vault, await providers.findConnectionRow(work.tx, id))
    return {
      connection: rules.demandConnection(provider.kind, changes, before),
      version: provider.version,
    }
  })
  const status = await askCandidate(platform, connection)
  const { tls } = connection
  return {
    version,
    columns: {
      endpoint: connection.endpoint,
      tls_ca: tls?.ca ?? null,
      tls_certificate: tls?.certificate ?? null,
      tls_key: tls?.key === undefined ? null : sealTlsKey(platform.vault, id, tls.key),
      ...status,
    },
  }
}

/** Makes a provider's organizations these; none is taken from it that has workspaces there. */
async function setOrganizations(
  work: Work,
  provider: ProviderRecord,
  wanted: readonly string[],
): Promise<void> {
  const taken = provider.organizations.filter((id) => !wanted.includes(id))
  if (taken.length > 0) {
    const { count, some } = await providers.workspacesAt(work.tx, provider.id, taken)
    const whose = 'there that belong to organizations which you take away'
    demandNo(rules.stillThere(whose, count, readable(work, some)))
  }
  await providers.disallow(work.tx, provider.id, taken)
  await providers.allow(
    work.tx,
    provider.id,
    wanted.filter((id) => !provider.organizations.includes(id)),
  )
}

/** Removes a provider without workspaces; of those that stay, the oldest becomes built in if it was. */
export async function deleteProvider(
  context: Context,
  id: string,
  ifMatch?: number,
): Promise<void> {
  const attempt = attemptTo('delete', id)
  await change(context, attempt, [], async (work) => {
    await providers.lockBuiltIn(work.tx)
    const provider = await lockTarget(work, attempt, id)
    authorize(work, 'update', providersTarget, what)
    demandVersion(provider.version, ifMatch)
    const { count, some } = await providers.workspacesAt(work.tx, id, 'all')
    demandNo(rules.stillThere(`on ${provider.name}`, count, readable(work, some)))
    const diff = await lossOf(work.tx, provider)
    await providers.deleteProvider(work.tx, id)
    const heir = provider.built_in ? await providers.findOldest(work.tx) : undefined
    if (heir !== undefined) await providers.makeBuiltIn(work.tx, heir)
    await recordAudit(work, { ...attempt, diff })
    await work.platform.signals.send(work.tx, 'providers', {})
  })
}

/** Closes a provider to new workspaces and builds; what runs goes on. */
export async function cordonProvider(
  context: Context,
  id: string,
  reason: string,
): Promise<ProviderRecord> {
  return setCordon(context, attemptTo('cordon', id), id, {
    cordoned_at: context.platform.clock.now(),
    cordon_reason: reason,
  })
}

/** Takes a cordon back. */
export async function uncordonProvider(context: Context, id: string): Promise<ProviderRecord> {
  return setCordon(context, attemptTo('uncordon', id), id, { cordoned_at: null, cordon_reason: '' })
}

async function setCordon(
  context: Context,
  attempt: ReturnType<typeof attemptTo>,
  id: string,
  columns: { readonly cordoned_at: Date | null; readonly cordon_reason: string },
): Promise<ProviderRecord> {
  return change(context, attempt, [], async (work) => {
    const provider = await lockTarget(work, attempt, id)
    authorize(work, 'update', providersTarget, what)
    const updated = await providers.updateProvider(work.tx, id, {
      ...columns,
      updated_at: work.platform.clock.now(),
    })
    await recordAudit(work, { ...attempt, diff: await changesOf(work.tx, provider, updated) })
    return updated
  })
}

/** Locks the provider of a change; 404 where there is none, and where the caller must not learn of it. */
export async function lockTarget(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<ProviderRecord> {
  const provider = await providers.lockProvider(work.tx, id)
  if (provider === undefined) throw notFound(what)
  if (!sees(work, provider)) {
    const hidden = notFound(what)
    throw new Fault(hidden.code, hidden.message, { denied: true })
  }
  attempt.target = provider.name
  return provider
}

/** Whoever manages providers may lack the right to read workspaces, as a key of few scopes does. */
function readable(work: Work, some: readonly providers.WorkspaceThere[]) {
  return decide(subjectOf(work), 'read', { resource: 'workspaces' }).allowed ? some : []
}

import { filterFor } from '@atelier/access'
import type { RegistryResult } from '@atelier/api'
import { diffOf, masked, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, denied, subjectOf, type Work } from '../context.ts'
import type { AuditDiff, Db, Tx } from '../db/schema.ts'
import { demandVersion, notFound } from '../faults.ts'
import type { Cursor, Page } from '../http/paging.ts'
import { lockAround } from '../organizations/inside.ts'
import type { InsideQuery } from '../organizations/inside-filter.ts'
import { OutboundFailure } from '../outbound/failures.ts'
import { newId } from '../platform/ids.ts'
import { demandNo } from '../users/rules.ts'
import { contactOf, openContact, sealPassword } from './contact.ts'
import { registriesIn, type RegistryRecord } from './registry.ts'
import { demandAddress, demandCredentials, type GivenCredentials, inUse } from './rules.ts'
import * as registries from './store.ts'

/** One page of the registries that the caller may read. */
export async function listRegistries(
  context: Context,
  query: InsideQuery,
  limit: number,
  after: Cursor | undefined,
): Promise<Page<RegistryRecord>> {
  const { db } = context.platform
  return registries.listRegistries(db, filterOf(context), query, limit, after)
}

/** How many registries the caller may read, capped. */
export async function countRegistries(context: Context, query: InsideQuery): Promise<number> {
  return registries.countRegistries(context.platform.db, filterOf(context), query)
}

function filterOf(context: Context) {
  const filter = filterFor(subjectOf(context), 'read', 'registries')
  // Somebody without organizations sees an empty list; a key without the scope is refused.
  if (filter.kind === 'none' && filter.missing.keyScope !== undefined) {
    throw denied(filter.missing, 'list of registries')
  }
  return filter
}

/** One registry. */
export async function getRegistry(context: Context, id: string): Promise<RegistryRecord> {
  const registry = await registries.findRegistry(context.platform.db, id)
  if (registry === undefined) throw notFound('registry')
  authorize(context, 'read', registriesIn(registry.organization_id), 'registry')
  return registry
}

export interface NewRegistry extends GivenCredentials {
  readonly friendly_name: string
  readonly registry: string
}

/** Adds a registry to an organization. */
export async function createRegistry(
  context: Context,
  organizationId: string,
  input: NewRegistry,
): Promise<RegistryRecord> {
  const attempt = registryAttempt('create', '', input.friendly_name)
  return change(context, attempt, [], async (work) => {
    const organization = await lockAround(work, organizationId)
    authorize(work, 'create', registriesIn(organizationId), 'registry')
    return addRegistry(work, organization, input, attempt)
  })
}

/** Adds a registry within a change that was allowed to, and records it. */
export async function addRegistry(
  work: Work,
  organization: { readonly id: string; readonly name: string },
  input: NewRegistry,
  attempt = registryAttempt('create', '', input.friendly_name),
): Promise<RegistryRecord> {
  const { name } = demandAddress(input.registry)
  const chosen = demandCredentials(undefined, name, input)
  const now = work.platform.clock.now()
  const id = newId(now)
  const registry = await registries.insertRegistry(work.tx, {
    id,
    organization_id: organization.id,
    friendly_name: input.friendly_name,
    registry: name,
    username: chosen.username,
    password: sealPassword(work.platform, id, chosen.password ?? null),
    created_at: now,
    updated_at: now,
  })
  attempt.resourceId = id
  const diff = diffOf({}, { organization: organization.name, ...fieldsOf(registry) })
  await recordAudit(work, { ...attempt, diff })
  return registry
}

export interface StoredRegistry {
  readonly registry: RegistryRecord
  /** Encrypted. */
  readonly password: Buffer | null
}

/** Keeps a registry as it is until the transaction ends; undefined where the organization has it not. */
export async function holdRegistry(
  tx: Tx,
  organizationId: string,
  id: string,
): Promise<StoredRegistry | undefined> {
  const registry = await registries.lockForImages(tx, id)
  if (registry?.organization_id !== organizationId) return undefined
  return { registry, password: await registries.findPassword(tx, id) }
}

/** A registry with its password, whoever asks: for looking up what its images have become. */
export async function findStored(db: Db | Tx, id: string): Promise<StoredRegistry | undefined> {
  const registry = await registries.findRegistry(db, id)
  return registry && { registry, password: await registries.findPassword(db, id) }
}

/** Registries by their ids, whoever asks: for the images that are shown with them. */
export async function registriesById(
  db: Db | Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RegistryRecord>> {
  const found = await registries.findRegistries(db, ids)
  return new Map(found.map((registry) => [registry.id, registry]))
}

export type RegistryChanges = GivenCredentials & {
  readonly friendly_name?: string | null | undefined
  readonly registry?: string | null | undefined
}

/** Changes a registry; what is null stays. */
export async function updateRegistry(
  context: Context,
  id: string,
  changes: RegistryChanges,
  ifMatch?: number,
): Promise<RegistryRecord> {
  const attempt = registryAttempt('write', id)
  return change(context, attempt, [], async (work) => {
    const registry = await lockTarget(work, attempt, id)
    authorize(work, 'update', registriesIn(registry.organization_id), 'registry')
    demandVersion(registry.version, ifMatch)
    const name = changes.registry == null ? registry.registry : demandAddress(changes.registry).name
    const chosen = demandCredentials(registry, name, changes)
    const updated = await registries.updateRegistry(work.tx, id, {
      friendly_name: changes.friendly_name ?? registry.friendly_name,
      registry: name,
      username: chosen.username,
      ...(chosen.password === undefined
        ? {}
        : { password: sealPassword(work.platform, id, chosen.password) }),
      updated_at: work.platform.clock.now(),
    })
    const diff: AuditDiff = diffOf(fieldsOf(registry), fieldsOf(updated))
    // That it is another one now is worth knowing, although both look alike.
    if (typeof chosen.password === 'string') {
      diff['password'] = { before: registry.has_password ? masked : null, after: masked }
    }
    await recordAudit(work, { ...attempt, diff })
    return updated
  })
}

/** Deletes a registry with its credentials. */
export async function deleteRegistry(
  context: Context,
  id: string,
  ifMatch?: number,
): Promise<void> {
  const attempt = registryAttempt('delete', id)
  await change(context, attempt, [], async (work) => {
    const registry = await lockTarget(work, attempt, id)
    authorize(work, 'delete', registriesIn(registry.organization_id), 'registry')
    demandVersion(registry.version, ifMatch)
    demandNo(inUse(registry))
    await registries.deleteRegistry(work.tx, id)
    const lost = Object.entries(fieldsOf(registry)).map(
      ([field, before]) => [field, { before, after: null }] as const,
    )
    await recordAudit(work, { ...attempt, diff: Object.fromEntries(lost) })
  })
}

export interface CheckOutcome {
  readonly result: RegistryResult
  readonly message: string
}

/**
 * Contacts a registry as the server would for its images. Only who may change the registry: the
 * answer tells what the server can reach, and its credentials are used.
 */
export async function checkRegistry(context: Context, id: string): Promise<CheckOutcome> {
  const attempt = registryAttempt('connect', id)
  const { registry, password } = await change(context, attempt, [], async (work) => {
    const found = await lockTarget(work, attempt, id)
    authorize(work, 'update', registriesIn(found.organization_id), 'registry')
    await recordAudit(work, { ...attempt, diff: {} })
    return { registry: found, password: await registries.findPassword(work.tx, id) }
  })
  // Outside of the transaction, which must not wait for somebody else's machine.
  try {
    const contact = contactOf(context.platform, registry, password)
    await openContact(context.platform, contact, contactMilliseconds).ping()
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error
    return { result: error.result, message: error.message }
  }
  const who = registry.has_password ? `lets ${registry.username} in` : 'answers without credentials'
  return { result: 'ok', message: `${registry.registry} is a registry and ${who}` }
}

const contactMilliseconds = 20_000

function registryAttempt(
  action: 'create' | 'write' | 'delete' | 'connect',
  id: string,
  target = '',
) {
  return { action, resourceType: 'registry' as const, resourceId: id, target }
}

async function lockTarget(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<RegistryRecord> {
  const registry = await registries.lockRegistry(work.tx, id)
  if (registry === undefined) throw notFound('registry')
  attempt.target = registry.friendly_name
  return registry
}

/** A registry as the audit log keeps it. */
function fieldsOf(registry: RegistryRecord) {
  return {
    friendly_name: registry.friendly_name,
    registry: registry.registry,
    username: registry.username,
    password: registry.has_password ? masked : null,
  }
}

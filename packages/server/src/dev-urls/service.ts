import { decide, filterFor } from '@atelier/access'
import type { DevUrl } from '@atelier/api'
import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, denied, subjectOf, type Work } from '../context.ts'
import { demandVersion, Fault, notFound, refusal } from '../faults.ts'
import { newId } from '../platform/ids.ts'
import { demandNo } from '../users/rules.ts'
import { devUrlHost, labelOf } from './address.ts'
import { type DevUrlRecord, type Level, targetOf } from './dev-url.ts'
import * as rules from './rules.ts'
import * as store from './store.ts'

/** How far the site lets dev URLs be shared, at this moment. */
export function widest({ platform }: Pick<Context, 'platform'>): Level {
  return platform.settings.current().dev_url_max_access
}

/** The dev URLs of a workspace that the caller may see; 404 where they may see nothing of it. */
export async function listDevUrls(
  context: Context,
  workspaceId: string,
): Promise<readonly DevUrlRecord[]> {
  const caller = subjectOf(context)
  const { db } = context.platform
  const filter = filterFor(caller, 'read', 'dev_urls')
  if (filter.kind === 'none') throw denied(filter.missing, 'list of dev URLs')
  const found = await store.listDevUrls(db, workspaceId, filter, caller.id, widest(context))
  if (found.length > 0) return found
  const workspace = await store.findWorkspace(db, workspaceId)
  if (workspace === undefined || !seesWorkspace(context, workspace)) throw notFound('workspace')
  return found
}

/** The scopes of a key do not count here; they are asked about with the action. */
function seesWorkspace(context: Context, workspace: store.AroundDevUrl): boolean {
  const caller = { ...subjectOf(context), scopes: undefined }
  return decide(caller, 'read', {
    resource: 'workspaces',
    ownerId: workspace.user_id,
    organizationIds: [workspace.organization_id],
  }).allowed
}

export interface DevUrlInput {
  readonly port: number
  readonly name?: string | null | undefined
  readonly access?: DevUrl['access'] | null | undefined
  readonly scheme?: 'http' | 'https' | null | undefined
}

/** Gives a port of the caller's own workspace an address. */
export async function createDevUrl(
  context: Context,
  workspaceId: string,
  input: DevUrlInput,
): Promise<DevUrlRecord> {
  const attempt = attemptOn('create', '')
  const { platform } = context
  const created = await change(context, attempt, [], async (work) => {
    const workspace = await lockAround(work, attempt, workspaceId)
    authorize(
      work,
      'create',
      {
        resource: 'dev_urls',
        ownerId: workspace.user_id,
        organizationIds: [workspace.organization_id],
      },
      'dev URL',
    )
    if (workspace.status === 'deleting') {
      throw refusal('workspace.status', 'The workspace is being deleted')
    }
    const values = valuesOf(input)
    demandNo(rules.portObjection(values.port))
    demandNo(rules.levelObjection(values.access, widest(work)))
    const label = demandLabel(work, workspace, values)
    const now = platform.clock.now()
    attempt.resourceId = newId(now)
    await store.insertDevUrl(work.tx, {
      id: attempt.resourceId,
      workspace_id: workspace.id,
      user_id: workspace.user_id,
      ...values,
      label,
      created_at: now,
      updated_at: now,
    })
    const devUrl = await find(work, workspace.id, attempt.resourceId)
    await announce(work, workspace.id)
    await recordAudit(work, { ...attempt, diff: diffOf({}, fieldsOf(devUrl)) })
    return devUrl
  })
  await platform.signals.settle()
  return created
}

/** Replaces what a dev URL says; whoever may no longer open it is cut off before this answers. */
export async function updateDevUrl(
  context: Context,
  workspaceId: string,
  id: string,
  input: DevUrlInput,
  ifMatch?: number,
): Promise<DevUrlRecord> {
  const attempt = attemptOn('write', id)
  const { platform } = context
  const updated = await change(context, attempt, [], async (work) => {
    const { workspace, devUrl } = await lockTarget(work, attempt, workspaceId, id)
    authorize(work, 'update', targetOf(devUrl, widest(work)), 'dev URL')
    demandVersion(devUrl.version, ifMatch)
    const values = valuesOf(input)
    if (values.port !== devUrl.port) demandNo(rules.portObjection(values.port))
    // What was allowed when it was chosen may be saved again; it counts for no more than the maximum.
    if (values.access !== devUrl.access) {
      demandNo(rules.levelObjection(values.access, widest(work)))
    }
    const label = demandLabel(work, workspace, values)
    const diff = diffOf(fieldsOf(devUrl), fieldsOf({ ...devUrl, ...values }))
    if (Object.keys(diff).length > 0) {
      const updated_at = platform.clock.now()
      await store.updateDevUrl(work.tx, id, { ...values, label, updated_at })
      await announce(work, workspace.id)
    }
    await recordAudit(work, { ...attempt, diff })
    return find(work, workspace.id, id)
  })
  await platform.signals.settle()
  return updated
}

/** Takes the address of a port away; what is open through it is cut off before this answers. */
export async function deleteDevUrl(
  context: Context,
  workspaceId: string,
  id: string,
  ifMatch?: number,
): Promise<void> {
  const attempt = attemptOn('delete', id)
  await change(context, attempt, [], async (work) => {
    const { workspace, devUrl } = await lockTarget(work, attempt, workspaceId, id)
    authorize(work, 'delete', targetOf(devUrl, widest(work)), 'dev URL')
    demandVersion(devUrl.version, ifMatch)
    await store.deleteDevUrl(work.tx, id)
    await announce(work, workspace.id)
    const lost = Object.entries(fieldsOf(devUrl)).map(
      ([field, value]) => [field, { before: value, after: null }] as const,
    )
    await recordAudit(work, { ...attempt, diff: Object.fromEntries(lost) })
  })
  await context.platform.signals.settle()
}

/**
 * Keeps the hosts of a user's dev URLs in step with their username, in the transaction that changes
 * it; refused where another dev URL has such a host already.
 */
export async function renameOwner(work: Work, userId: string, username: string): Promise<void> {
  try {
    await store.relabel(work.tx, userId, username)
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'dev_urls_label_key') throw error
    const message =
      'With this username a dev URL would have the host that somebody else’s has: choose another one'
    throw new Fault('user.username_taken', message, { errors: [{ path: 'username', message }] })
  }
}

function attemptOn(action: 'create' | 'write' | 'delete', id: string) {
  return { action, resourceType: 'dev_url' as const, resourceId: id, target: '' }
}

/** What is added to a workspace is hidden from whom that is. */
async function lockAround(
  work: Work,
  attempt: { target: string },
  id: string,
): Promise<store.AroundDevUrl> {
  const workspace = await store.lockWorkspace(work.tx, id)
  const hidden = notFound('workspace')
  if (workspace === undefined) throw hidden
  attempt.target = workspace.name
  if (seesWorkspace(work, workspace)) return workspace
  throw new Fault(hidden.code, hidden.message, { denied: true })
}

async function lockTarget(
  work: Work,
  attempt: { target: string },
  workspaceId: string,
  id: string,
): Promise<{ workspace: store.AroundDevUrl; devUrl: DevUrlRecord }> {
  const workspace = await store.lockWorkspace(work.tx, workspaceId)
  const devUrl = await store.findDevUrl(work.tx, workspaceId, id)
  if (workspace === undefined || devUrl === undefined) throw notFound('dev URL')
  attempt.target = devUrl.label
  return { workspace, devUrl }
}

type Values = Pick<DevUrlRecord, 'port' | 'name' | 'access' | 'scheme'>

function valuesOf({ port, name, access, scheme }: DevUrlInput): Values {
  const level = (access ?? 'PRIVATE').toLowerCase() as Level
  return { port, name: name ?? '', access: level, scheme: scheme ?? 'http' }
}

function demandLabel(work: Work, workspace: store.AroundDevUrl, values: Values): string {
  const { name, port } = values
  const { username } = workspace
  const label = labelOf({ name, port, workspace: workspace.name, username })
  // Only the suffix counts, and it does not depend on how anybody got here.
  const host = devUrlHost(work.platform.settings.current(), { protocol: 'http', host: '' })
  rules.demandShortLabel(label, host?.suffix ?? '', name !== '')
  return label
}

/** Every process forgets what it knows of the workspace, and judges what is open anew. */
async function announce(work: Work, workspaceId: string): Promise<void> {
  await work.platform.signals.send(work.tx, 'workspaces', { ids: [workspaceId] })
}

/** A dev URL as the audit log keeps it. */
function fieldsOf({ workspace_name, username, port, name, access, scheme }: DevUrlRecord) {
  return { workspace: workspace_name, owner: username, port, name, access, scheme }
}

async function find(work: Work, workspaceId: string, id: string): Promise<DevUrlRecord> {
  const devUrl = await store.findDevUrl(work.tx, workspaceId, id)
  if (devUrl === undefined) throw new Error('the dev URL is gone')
  return devUrl
}

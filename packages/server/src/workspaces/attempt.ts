import { describeGrant } from '@atelier/access'
import type { Work } from '../context.ts'
import { notFound } from '../faults.ts'
import type { Initiator } from './builds.ts'
import * as workspaces from './store.ts'
import { type WorkspaceRecord, workspaceOf } from './workspace.ts'

export interface WorkspaceAttempt {
  readonly action: 'write' | 'enqueue' | 'stop'
  readonly resourceType: 'environment'
  readonly resourceId: string
  target: string
}

/** The audit log's view of an attempt on a workspace; the name is filled in when it is locked. */
export function workspaceAttempt(action: WorkspaceAttempt['action'], id: string): WorkspaceAttempt {
  return { action, resourceType: 'environment', resourceId: id, target: '' }
}

/** Locks the workspace that an attempt is about; 404 when there is none. */
export async function lockTarget(
  work: Work,
  attempt: WorkspaceAttempt,
  id: string,
): Promise<WorkspaceRecord> {
  const workspace = await workspaces.lockWorkspace(work.tx, id)
  if (workspace === undefined) throw notFound('workspace')
  attempt.target = nameOf(workspace)
  return workspace
}

/** How the audit log calls a workspace: names are their owner's. */
export function nameOf(workspace: WorkspaceRecord): string {
  return `${workspace.owner_username}/${workspace.name}`
}

/** A workspace as a target of the access engine. */
export function targetOf(workspace: WorkspaceRecord) {
  return workspaceOf(workspace.user_id, workspace.organization_id)
}

/** Who wants a build, in the words of the transaction that asks for it. */
export function initiatorOf(work: Work): Initiator {
  if (work.grant === undefined) throw new Error('a build before authorize()')
  const { id, username, email } = work.principal.user
  return {
    actor: { id, username, email },
    request: work.request,
    allowedBy: describeGrant(work.grant),
  }
}

/** A workspace as the audit log keeps it. */
export function fieldsOf(workspace: WorkspaceRecord) {
  return {
    name: workspace.name,
    owner: workspace.owner_username,
    organization: workspace.organization_name,
    image: `${workspace.image_repository}:${workspace.image_tag}`,
    provider: workspace.provider_name,
    cpu_cores: workspace.cpu_cores,
    memory_gb: workspace.memory_gb,
    disk_gb: workspace.disk_gb,
    autostart_enabled: workspace.autostart_enabled,
    auto_off_threshold: workspace.auto_off_threshold,
  }
}

/** A workspace that this transaction has locked. */
export async function find({ tx }: Work, id: string): Promise<WorkspaceRecord> {
  const workspace = await workspaces.findWorkspace(tx, id)
  if (workspace === undefined) throw new Error('the workspace is gone')
  return workspace
}

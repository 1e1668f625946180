import type { ProblemCode } from '@atelier/api'
import { type Fault, refusal } from '../faults.ts'
import type { Objection } from '../users/rules.ts'
import { after, isBuilding, type WorkspaceEvent } from './transitions.ts'
import type { WorkspaceRecord } from './workspace.ts'

/** The rules about what may be done to a workspace in its state; undefined: no objection. */

type Workspace = Pick<
  WorkspaceRecord,
  'name' | 'status' | 'owner_name' | 'owner_status' | 'provider_name' | 'provider_cordoned_at'
>

/** Whether it may be built now. */
export function startObjection(workspace: Workspace): Objection {
  const { name, owner_name: owner } = workspace
  if (isBuilding(workspace.status)) {
    return wrong(`${name} is being built: wait until it is done, or cancel the build`)
  }
  return (
    wrongStatus(workspace, 'build', 'built') ??
    (workspace.owner_status === 'active'
      ? undefined
      : refusal('user.not_active', `${owner} is suspended: reactivate them first`)) ??
    cordoned(workspace)
  )
}

function cordoned(workspace: Workspace): Objection {
  if (workspace.provider_cordoned_at === null) return undefined
  return refusal(
    'provider.cordoned',
    `${workspace.provider_name} is closed for builds: try again when an administrator has opened it`,
  )
}

/** Whether there is something to stop. */
export function stopObjection(workspace: Workspace): Objection {
  const { name, status } = workspace
  if (isBuilding(status)) return wrong(`${name} is being built: cancel the build instead`)
  if (status === 'off') return wrong(`${name} is off already`)
  return wrongStatus(workspace, 'stop', 'stopped')
}

/** Whether there is a build to end. */
export function cancelObjection(
  workspace: Workspace & Pick<WorkspaceRecord, 'build_cancel_asked'>,
): Objection {
  const { name, status } = workspace
  if (!isBuilding(status)) return wrong(`${name} is not being built: there is nothing to cancel`)
  if (workspace.build_cancel_asked === true) return wrong(`The build of ${name} is ending already`)
  return undefined
}

/** Whether it may be deleted: always, but only once. */
export function deleteObjection(workspace: Workspace): Objection {
  return wrongStatus(workspace, 'delete', 'deleted')
}

/** Whether something may run in it now. */
export function openObjection(workspace: Workspace): Objection {
  if (workspace.status === 'running') return undefined
  return refusal('workspace.not_running', `${workspace.name} is not running: start it first`)
}

/** Whether what people edit without a build may be changed. */
export function scheduleObjection(workspace: Workspace): Objection {
  return workspace.status === 'deleting' ? gone(workspace) : undefined
}

/** A home is never cut. */
export function diskObjection(before: number, wanted: number): Objection {
  if (wanted >= before) return undefined
  return refusal(
    'workspace.disk_shrinks',
    `The disk has ${before} GB and can only grow: choose ${before} or more`,
  )
}

const ongoing: Readonly<Partial<Record<WorkspaceRecord['status'], string>>> = {
  stopping: 'is stopping',
  off: 'is off',
  failed: 'has failed',
  running: 'is running',
}

function wrongStatus(workspace: Workspace, event: WorkspaceEvent, what: string): Objection {
  if (after(workspace.status, event) !== undefined) return undefined
  if (workspace.status === 'deleting') return gone(workspace)
  const now = ongoing[workspace.status] ?? `is ${workspace.status}`
  return wrong(`${workspace.name} ${now} and cannot be ${what} now: try again in a moment`)
}

function gone(workspace: Workspace): Fault {
  return wrong(`${workspace.name} is being deleted`)
}

function wrong(message: string): Fault {
  const code: ProblemCode = 'workspace.status'
  return refusal(code, message)
}

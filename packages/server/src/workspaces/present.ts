import { decide, type Subject } from '@atelier/access'
import type { BuildLogLine, Workspace, WorkspaceBuild } from '@atelier/api'
import { verdictsOf } from '../access/actions.ts'
import type { WorkspaceStats } from '../provider/provider.ts'
import type { LogRecord } from './build-store.ts'
import * as rules from './rules.ts'
import { containerStatus, isBuilding } from './transitions.ts'
import { type WorkspaceRecord, workspaceOf } from './workspace.ts'

const gigabyte = 2 ** 30

/** What a workspace uses now, or why that is not known; lists do not ask. */
export interface LiveStats {
  readonly at: string
  readonly stats?: WorkspaceStats | undefined
  readonly failure?: string | undefined
}

/** A workspace with what the caller may do to it. */
export function presentWorkspace(
  workspace: WorkspaceRecord,
  caller: Subject,
  live?: LiveStats,
): Workspace {
  return {
    id: workspace.id,
    name: workspace.name,
    image_id: workspace.image_id,
    image_tag: workspace.image_tag,
    organization_id: workspace.organization_id,
    user_id: workspace.user_id,
    last_built_at: workspace.last_built_at,
    cpu_cores: workspace.cpu_cores,
    memory_gb: workspace.memory_gb,
    disk_gb: workspace.disk_gb,
    gpus: workspace.gpus,
    updating: isBuilding(workspace.status),
    latest_stat: statOf(workspace, live),
    rebuild_messages: rebuildMessages(workspace),
    created_at: workspace.created_at,
    updated_at: workspace.updated_at,
    last_opened_at: workspace.last_opened_at,
    last_connection_at: workspace.last_connection_at,
    auto_off_threshold: workspace.auto_off_threshold ?? workspace.organization_auto_off,
    own_auto_off_threshold: workspace.auto_off_threshold,
    use_container_vm: workspace.use_container_vm,
    resource_pool_id: workspace.provider_id,
    autostart_enabled: workspace.autostart_enabled,
    status: workspace.status,
    status_reason: workspace.status_reason,
    owner: {
      id: workspace.user_id,
      username: workspace.owner_username,
      name: workspace.owner_name,
    },
    image: { repository: workspace.image_repository },
    organization: { name: workspace.organization_name },
    provider: { name: workspace.provider_name },
    build: buildOf(workspace),
    version: workspace.version,
    ...actionsOn(workspace, caller),
  }
}

function actionsOn(workspace: WorkspaceRecord, caller: Subject) {
  const target = workspaceOf(workspace.user_id, workspace.organization_id)
  const update = decide(caller, 'update', target).allowed
  const isOwner = workspace.user_id === caller.id
  const mayShare = decide(caller, 'create', { ...target, resource: 'dev_urls' }).allowed
  return verdictsOf([
    ['read', decide(caller, 'read', target).allowed],
    ['update', update, rules.scheduleObjection(workspace)],
    ['start', update, rules.startObjection(workspace)],
    ['stop', update, rules.stopObjection(workspace)],
    ['cancel', update, rules.cancelObjection(workspace)],
    ['delete', decide(caller, 'delete', target).allowed, rules.deleteObjection(workspace)],
    // Nobody else comes in, whatever they may do to it.
    ['open', isOwner, rules.openObjection(workspace)],
    ['share', isOwner && mayShare, rules.scheduleObjection(workspace)],
  ])
}

function buildOf(workspace: WorkspaceRecord): WorkspaceBuild | null {
  const { build_id: id, build_kind: kind, build_status: status } = workspace
  const { initiator_id: initiator, initiator_username: username, build_created_at: at } = workspace
  if (id === null || kind === null || status === null || at === null) return null
  return {
    id,
    workspace_id: workspace.id,
    kind,
    status,
    initiator: initiator === null || username === null ? null : { id: initiator, username },
    reason: workspace.build_reason ?? '',
    created_at: at,
    started_at: workspace.build_started_at,
    ended_at: workspace.build_ended_at,
  }
}

function statOf(workspace: WorkspaceRecord, live: LiveStats | undefined): Workspace['latest_stat'] {
  const stats = live?.stats
  const { status, cpu_cores: cores } = workspace
  const memory = Math.round(workspace.memory_gb * gigabyte)
  return {
    time: live?.at ?? workspace.updated_at,
    last_online: workspace.last_connection_at,
    container_status: containerStatus(status),
    stat_error: live?.failure ?? (status === 'failed' ? workspace.status_reason : ''),
    cpu_usage: stats === undefined ? 0 : stats.cpuCores / cores,
    memory_total: memory,
    memory_usage: stats === undefined ? 0 : stats.memoryBytes / (stats.memoryLimitBytes || memory),
    disk_total: stats?.diskLimitBytes ?? workspace.disk_gb * gigabyte,
    disk_used: stats?.diskBytes ?? 0,
  }
}

/** Why building it again is wise. */
function rebuildMessages(workspace: WorkspaceRecord): Workspace['rebuild_messages'] {
  const { image_repository: repository, image_tag: tag, last_built_at: built } = workspace
  const keyMade = workspace.key_regenerated_at
  const texts = [
    workspace.tag_decommissioned &&
      `${repository}:${tag} is decommissioned: a rebuild takes the default tag of the image`,
    !workspace.tag_decommissioned &&
      workspace.image_digest !== null &&
      workspace.image_digest !== workspace.tag_digest &&
      `${repository}:${tag} has a newer image: rebuild to get it`,
    built !== null &&
      keyMade !== null &&
      Date.parse(keyMade) > Date.parse(built) &&
      'The SSH key was made anew: rebuild to get it into the workspace',
  ]
  return texts
    .filter((text) => text !== false)
    .map((text) => ({ text, required: false, auto_off_threshold: 0 }))
}

/** A line of a build log. */
export function presentLine(line: LogRecord, workspaceId: string): BuildLogLine {
  return {
    id: `${line.build_id}:${line.sequence}`,
    workspace_id: workspaceId,
    build_id: line.build_id,
    time: line.at,
    type: line.type,
    msg: line.message,
  }
}

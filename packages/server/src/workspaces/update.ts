import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, type Work } from '../context.ts'
import { demandVersion } from '../faults.ts'
import { holdImage, type HeldImage } from '../images/hold.ts'
import { lockLimits } from '../organizations/inside.ts'
import { demandNo } from '../users/rules.ts'
import { fieldsOf, find, initiatorOf, lockTarget, targetOf, workspaceAttempt } from './attempt.ts'
import { beginBuild } from './builds.ts'
import { chooseImage, chooseTag, demandSameKind, keepTag } from './choice.ts'
import { demandGrowth } from './quota.ts'
import * as rules from './rules.ts'
import * as workspaces from './store.ts'
import type { WorkspaceRecord } from './workspace.ts'

export interface WorkspaceChanges {
  readonly image_id?: string | null | undefined
  readonly image_tag?: string | null | undefined
  readonly cpu_cores?: number | null | undefined
  readonly memory_gb?: number | null | undefined
  readonly disk_gb?: number | null | undefined
}

/**
 * Changes a workspace and builds it again; what is null stays, and with nothing to change it is built as
 * it is, of what its tag leads to now. The build is there before this answers.
 */
export async function updateWorkspace(
  context: Context,
  id: string,
  changes: WorkspaceChanges,
  ifMatch?: number,
): Promise<WorkspaceRecord> {
  const isRebuild = Object.values(changes).every((value) => value == null || value === '')
  const attempt = workspaceAttempt(isRebuild ? 'enqueue' : 'write', id)
  // An organization is locked before what lies in it, so it is read first; it never changes.
  const known = await workspaces.findWorkspace(context.platform.db, id)
  const grows =
    known !== undefined &&
    (['cpu_cores', 'memory_gb', 'disk_gb'] as const).some((size) => changes[size] != null)
  return change(context, attempt, [], async (work) => {
    const organization =
      known !== undefined && grows ? await lockLimits(work, known.organization_id) : undefined
    const workspace = await lockTarget(work, attempt, id)
    authorize(work, 'update', targetOf(workspace), 'workspace')
    demandVersion(workspace.version, ifMatch)
    demandNo(rules.startObjection(workspace))

    const columns = {
      ...(await imageColumns(work, workspace, changes)),
      cpu_cores: changes.cpu_cores ?? workspace.cpu_cores,
      memory_gb: changes.memory_gb ?? workspace.memory_gb,
      disk_gb: changes.disk_gb ?? workspace.disk_gb,
    }
    demandNo(rules.diskObjection(workspace.disk_gb, columns.disk_gb))
    if (organization !== undefined) {
      await demandGrowth(work.tx, organization, workspace.user_id, workspace, columns)
    }
    if (Object.keys(diffOf<object>(workspace, columns)).length > 0) {
      await workspaces.editWorkspace(work.tx, id, columns, work.platform.clock.now())
    }
    const build = await beginBuild(work.tx, work.platform, workspace, 'start', initiatorOf(work))
    const now = await find(work, id)
    const diff = { ...diffOf(fieldsOf(workspace), fieldsOf(now)) }
    await recordAudit(work, {
      ...attempt,
      diff: { ...diff, build: { before: null, after: build } },
    })
    return now
  })
}

async function imageColumns(work: Work, workspace: WorkspaceRecord, changes: WorkspaceChanges) {
  const { image_id: image, image_tag: tag } = changes
  const { tx } = work
  const { organization_id: organization } = workspace
  const own = await heldImage(work, workspace)
  if (image != null && image !== '' && image !== workspace.image_id) {
    const other = await chooseImage(tx, organization, image)
    demandSameKind(own.image, other.image)
    return { image_id: other.image.id, image_tag: chooseTag(other, tag).tag }
  }
  const chosen =
    tag == null || tag === '' || tag === workspace.image_tag
      ? keepTag(own, workspace.image_tag)
      : chooseTag(own, tag)
  return { image_id: own.image.id, image_tag: chosen.tag }
}

async function heldImage({ tx }: Work, workspace: WorkspaceRecord): Promise<HeldImage> {
  const held = await holdImage(tx, workspace.organization_id, workspace.image_id)
  if (held === undefined) throw new Error('the image of a workspace is gone')
  return held
}

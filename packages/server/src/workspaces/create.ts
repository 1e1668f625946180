import { diffOf, recordAudit } from '../audit/record.ts'
import { authorize, change, type Context, subjectOf, type Work } from '../context.ts'
import { invalid, refusal } from '../faults.ts'
import { lockForWorkspaces } from '../organizations/inside.ts'
import { isUuid, newId } from '../platform/ids.ts'
import { resolve } from '../users/service.ts'
import { fieldsOf, find, initiatorOf } from './attempt.ts'
import { beginFirstBuild } from './builds.ts'
import { chooseImage, chooseProvider, chooseTag, demandCapacity } from './choice.ts'
import { demandRoom } from './quota.ts'
import * as workspaces from './store.ts'
import { type WorkspaceRecord, workspaceOf } from './workspace.ts'

export interface NewWorkspace {
  readonly name: string
  readonly org_id: string
  readonly image_id: string
  readonly image_tag?: string | null | undefined
  readonly cpu_cores?: number | null | undefined
  readonly memory_gb?: number | null | undefined
  readonly disk_gb?: number | null | undefined
  readonly resource_pool_id?: string | null | undefined
  readonly autostart_enabled?: boolean | null | undefined
  readonly for_user_id?: string | null | undefined
}

/**
 * Creates a workspace and queues its first build: for the caller or, by who may update all workspaces
 * of the organization, for one of its members.
 */
export async function createWorkspace(
  context: Context,
  input: NewWorkspace,
): Promise<WorkspaceRecord> {
  const attempt = {
    action: 'create' as const,
    resourceType: 'environment' as const,
    resourceId: '',
    target: input.name,
  }
  const { for_user_id: forUser, org_id: organizationId } = input
  const owner = resolve(context, forUser == null || forUser === '' ? 'me' : forUser)
  // The owner is locked, so that of two at once for the same user the second one counts the first.
  return change(context, attempt, [owner], async (work) => {
    const { tx, platform } = work
    const organization = await lockForWorkspaces(work, organizationId)
    authorize(work, 'create', workspaceOf(owner, organizationId), 'workspace')
    if (owner !== subjectOf(work).id) await demandMember(work, organization, owner)

    const held = await chooseImage(tx, organizationId, input.image_id)
    const tag = chooseTag(held, input.image_tag)
    const provider = await chooseProvider(tx, organization, held.image, input.resource_pool_id)
    const { image } = held
    const sizes = {
      cpu_cores: given(input.cpu_cores) ?? image.default_cpu_cores,
      memory_gb: given(input.memory_gb) ?? image.default_memory_gb,
      disk_gb: given(input.disk_gb) ?? image.default_disk_gb,
    }
    demandCapacity(provider, sizes)
    await demandRoom(tx, platform, organization, owner, sizes)

    const now = platform.clock.now()
    const id = newId(now)
    await workspaces.insertWorkspace(tx, {
      id,
      organization_id: organizationId,
      user_id: owner,
      name: input.name,
      image_id: image.id,
      image_tag: tag.tag,
      provider_id: provider.id,
      ...sizes,
      status: 'queued',
      autostart_enabled: input.autostart_enabled ?? false,
      created_at: now,
      updated_at: now,
    })
    const build = await beginFirstBuild(tx, platform, { id, user_id: owner }, initiatorOf(work))
    const workspace = await find(work, id)
    attempt.resourceId = id
    const diff = diffOf<object>({}, { ...fieldsOf(workspace), build })
    await recordAudit(work, { ...attempt, diff })
    return workspace
  })
}

/** 0 stands for what the image recommends. */
function given(size: number | null | undefined): number | undefined {
  return size == null || size === 0 ? undefined : size
}

/** Somebody else's workspace lies where they are a member: elsewhere they could not even see it. */
async function demandMember(
  { tx }: Work,
  organization: { readonly id: string; readonly name: string },
  userId: string,
): Promise<void> {
  const members = tx
    .selectFrom('organization_members')
    .innerJoin('users', 'users.id', 'organization_members.user_id')
    .where('organization_members.organization_id', '=', organization.id)
    .where('users.id', '=', userId)
    .where('users.status', '<>', 'deleting')
    .select(['users.status', 'users.name'])
  const member = isUuid(userId) ? await members.executeTakeFirst() : undefined
  if (member === undefined) {
    throw invalid('for_user_id', `Choose a member of ${organization.name}`)
  }
  if (member.status === 'active') return
  throw refusal('user.not_active', `${member.name} is suspended: reactivate them first`)
}

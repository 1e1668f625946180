import { filterFor } from '@atelier/access'
import type { Workspace } from '@atelier/api'
import { type Context, subjectOf } from '../context.ts'
import { presentWorkspace } from './present.ts'
import * as workspaces from './store.ts'

/** An answer about an image stays one of a size that can be sent. */
const most = 1000

/** The workspaces that are made of an image and that the caller may read, by tag. */
export async function workspacesOfImage(
  context: Context,
  imageId: string,
): Promise<ReadonlyMap<string, Workspace[]>> {
  const caller = subjectOf(context)
  const filter = filterFor(caller, 'read', 'workspaces')
  const query = { ...workspaces.everything, image: imageId }
  const { db } = context.platform
  const page = await workspaces.listWorkspaces(db, filter, caller.id, query, most, undefined)
  const byTag = new Map<string, Workspace[]>()
  for (const workspace of page.items) {
    const known = byTag.get(workspace.image_tag) ?? []
    byTag.set(workspace.image_tag, [...known, presentWorkspace(workspace, caller)])
  }
  return byTag
}

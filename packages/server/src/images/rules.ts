import { refusal } from '../faults.ts'
import type { Objection } from '../users/rules.ts'
import type { ImageRecord, TagRecord } from './image.ts'

type Tag = Pick<TagRecord, 'tag' | 'is_default' | 'decommissioned'>

/** Existing workspaces fall back to the default tag, so it stays and stays in use. */
export function defaultTag(tag: Tag, what: 'deleted' | 'decommissioned'): Objection {
  if (!tag.is_default) return undefined
  return refusal(
    'image_tag.default',
    `${tag.tag} is the default tag: make another tag the default one before this one is ${what}`,
  )
}

/** What no registry has is not looked up in one. */
export function ofRegistry(image: Pick<ImageRecord, 'source' | 'repository'>): Objection {
  if (image.source === 'registry') return undefined
  return refusal(
    'image.of_platform',
    `${image.repository} is not in a registry: its tags come with the server`,
  )
}

/** New workspaces take the default tag unless told otherwise: it must be one that they may have. */
export function notForNewWorkspaces(tag: Tag): Objection {
  if (!tag.decommissioned) return undefined
  return refusal(
    'image_tag.decommissioned',
    `${tag.tag} is decommissioned: take that back before you make it the default tag`,
  )
}

/** What workspaces are made of stays, so that they can be built again. */
export function imageInUse(image: Pick<ImageRecord, 'repository' | 'workspace_count'>): Objection {
  return inUse('image.in_use', image.repository, image.workspace_count)
}

export function tagInUse(tag: Pick<TagRecord, 'tag' | 'workspace_count'>): Objection {
  return inUse('image_tag.in_use', tag.tag, tag.workspace_count)
}

function inUse(code: 'image.in_use' | 'image_tag.in_use', name: string, count: number): Objection {
  if (count === 0) return undefined
  const what = count === 1 ? 'A workspace is' : `${count} workspaces are`
  return refusal(
    code,
    `${what} made of ${name}: have them deleted, or built of something else, first`,
  )
}

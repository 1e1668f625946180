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

import { decide, type Subject } from '@atelier/access'
import type { Image, ImageTag, Workspace } from '@atelier/api'
import { verdictsOf } from '../access/actions.ts'
import { presentRegistry } from '../registries/present.ts'
import { registriesIn } from '../registries/registry.ts'
import { imagesIn, type TagRecord, type WholeImage } from './image.ts'
import * as rules from './rules.ts'

/** An image with its registry and its default tag, as far as the caller may read those. */
export function presentImage({ image, registry, defaultTag }: WholeImage, caller: Subject): Image {
  const { organization_id: organization } = image
  const may = (operation: 'read' | 'update' | 'delete') =>
    decide(caller, operation, imagesIn(organization)).allowed
  const mayTag = (operation: 'create' | 'read' | 'update') =>
    decide(caller, operation, imagesIn(organization, 'image_tags')).allowed
  const showsRegistry = decide(caller, 'read', registriesIn(organization)).allowed
  return {
    id: image.id,
    organization_id: organization,
    source: image.source,
    repository: image.repository,
    description: image.description,
    url: image.url,
    registry: registry !== undefined && showsRegistry ? presentRegistry(registry, caller) : null,
    default_tag:
      defaultTag !== undefined && mayTag('read')
        ? presentTag(defaultTag, organization, caller)
        : null,
    default_cpu_cores: image.default_cpu_cores,
    default_memory_gb: image.default_memory_gb,
    default_disk_gb: image.default_disk_gb,
    deprecated: image.deprecated,
    tag_count: image.tag_count,
    version: image.version,
    ...verdictsOf([
      ['read', may('read')],
      ['update', may('update')],
      ['delete', may('delete'), rules.imageInUse(image)],
      ['add_tags', mayTag('create'), rules.ofRegistry(image)],
      ['refresh', mayTag('update'), rules.ofRegistry(image)],
    ]),
    created_at: image.created_at,
    updated_at: image.updated_at,
  }
}

/** A tag with what the caller may do to it, and the workspaces made of it where those are asked for. */
export function presentTag(
  tag: TagRecord,
  organization: string,
  caller: Subject,
  workspaces: Workspace[] | null = null,
): ImageTag {
  const tags = imagesIn(organization, 'image_tags')
  const update = decide(caller, 'update', tags).allowed
  const actions = verdictsOf([
    ['read', decide(caller, 'read', tags).allowed],
    [
      'make_default',
      !tag.is_default && decide(caller, 'update', imagesIn(organization)).allowed,
      rules.notForNewWorkspaces(tag),
    ],
    ['decommission', update && !tag.decommissioned, rules.defaultTag(tag, 'decommissioned')],
    ['recommission', update && tag.decommissioned],
    [
      'delete',
      decide(caller, 'delete', tags).allowed,
      rules.defaultTag(tag, 'deleted') ?? rules.tagInUse(tag),
    ],
  ])
  return {
    image_id: tag.image_id,
    tag: tag.tag,
    default: tag.is_default,
    decommissioned: tag.decommissioned,
    latest_hash: tag.latest_hash,
    hash_last_updated_at: tag.hash_last_updated_at,
    checked_at: tag.checked_at,
    failure: tag.failure,
    size: tag.size,
    os_release: tag.os_release,
    workspaces,
    ...actions,
    created_at: tag.created_at,
    updated_at: tag.updated_at,
  }
}

import type { Client, ImageTag } from '@atelier/api'
import { queryOptions } from '@tanstack/react-query'

/** The tags of an image. */
export function tagsQuery(client: Client, image: string) {
  return queryOptions({
    queryKey: ['images', image, 'tags'],
    queryFn: ({ signal }) => client.imageTags.list({ params: { image }, signal }),
    enabled: image !== '',
  })
}

/** The tags to choose from, with the present one among them: it may be meant for nothing new. */
export function tagChoices(tags: readonly ImageTag[] | undefined, current?: string) {
  const offered = (tags ?? []).filter(
    ({ tag, decommissioned }) => !decommissioned || tag === current,
  )
  const choices = offered.map((tag) => ({ value: tag.tag, label: labelOf(tag) }))
  const known = current === undefined || choices.some(({ value }) => value === current)
  return known ? choices : [{ value: current, label: current }, ...choices]
}

function labelOf({ tag, default: isDefault, os_release: system }: ImageTag): string {
  const notes = [isDefault ? 'recommended' : undefined, system?.pretty_name].filter(
    (note) => note !== undefined,
  )
  return notes.length === 0 ? tag : `${tag} (${notes.join(', ')})`
}

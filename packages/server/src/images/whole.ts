import type { Db, Tx } from '../db/schema.ts'
import { registriesById } from '../registries/service.ts'
import type { ImageRecord, WholeImage } from './image.ts'
import * as tags from './tag-store.ts'

/** One image with its registry and default tag. */
export async function wholeOne(db: Db | Tx, image: ImageRecord): Promise<WholeImage> {
  const [found] = await whole(db, [image])
  return found ?? { image, registry: undefined, defaultTag: undefined }
}

/** Images with their registries and default tags, in two questions for all of them. */
export async function whole(db: Db | Tx, found: readonly ImageRecord[]): Promise<WholeImage[]> {
  const [byId, defaults] = await Promise.all([
    registriesById(db, [...new Set(found.flatMap(({ registry_id: id }) => id ?? []))]),
    tags.defaultTagsOf(
      db,
      found.map(({ id }) => id),
    ),
  ])
  const byImage = new Map(defaults.map((tag) => [tag.image_id, tag]))
  return found.map((image) => ({
    image,
    registry: byId.get(image.registry_id ?? ''),
    defaultTag: byImage.get(image.id),
  }))
}

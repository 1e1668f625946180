import type { Tx } from '../db/schema.ts'
import { isUuid } from '../platform/ids.ts'
import type { ImageRecord, TagRecord } from './image.ts'
import * as images from './store.ts'
import * as tags from './tag-store.ts'

export interface HeldImage {
  readonly image: ImageRecord
  /** The default one first. */
  readonly tags: readonly TagRecord[]
}

/**
 * Keeps an image with its tags as they are until the transaction ends, for what is made of it;
 * undefined where the organization has it not.
 */
export async function holdImage(
  tx: Tx,
  organizationId: string,
  id: string,
): Promise<HeldImage | undefined> {
  if (!isUuid(id)) return undefined
  await tx.selectFrom('images').where('id', '=', id).select('id').forShare().execute()
  const image = await images.findImage(tx, id)
  if (image?.organization_id !== organizationId) return undefined
  return { image, tags: await tags.tagsOf(tx, id) }
}

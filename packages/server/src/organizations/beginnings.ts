import type { Tx } from '../db/schema.ts'
import { addPlatformImages } from '../images/platform-images.ts'
import type { Platform } from '../platform/platform.ts'
import { addDefaultRegistry } from '../registries/default.ts'

/** What a new organization is given, for the audit entry of its creation. */
export interface Beginnings {
  readonly registry?: string
  readonly images?: readonly string[]
}

/** Gives a new organization what its people need to begin: registries and images. */
export async function addBeginnings(
  tx: Tx,
  platform: Platform,
  organizationId: string,
): Promise<Beginnings> {
  const registry = await addDefaultRegistry(tx, platform, organizationId)
  const images = await addPlatformImages(tx, platform, organizationId)
  return {
    ...(registry === undefined ? {} : { registry }),
    ...(images.length === 0 ? {} : { images }),
  }
}

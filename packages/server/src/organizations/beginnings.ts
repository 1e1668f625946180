import type { Tx } from '../db/schema.ts'
import { addPlatformImages } from '../images/platform-images.ts'
import type { Platform } from '../platform/platform.ts'
import { addDefaultRegistry } from '../registries/default.ts'
import { allowBuiltIn } from '../workspace-providers/built-in.ts'

/** What a new organization is given, for the audit entry of its creation. */
export interface Beginnings {
  readonly registry?: string
  readonly images?: readonly string[]
  readonly provider?: string
}

/** Gives a new organization what its people need to begin: registries, images and what runs workspaces. */
export async function addBeginnings(
  tx: Tx,
  platform: Platform,
  organizationId: string,
): Promise<Beginnings> {
  const registry = await addDefaultRegistry(tx, platform, organizationId)
  const images = await addPlatformImages(tx, platform, organizationId)
  const provider = await allowBuiltIn(tx, organizationId)
  return {
    ...(registry === undefined ? {} : { registry }),
    ...(images.length === 0 ? {} : { images }),
    ...(provider === undefined ? {} : { provider }),
  }
}

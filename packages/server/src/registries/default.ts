import type { Tx } from '../db/schema.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { dockerHub } from './address.ts'

/**
 * Gives a new organization Docker Hub, while the setting says so; answers its address, for the audit
 * entry of the organization.
 */
export async function addDefaultRegistry(
  tx: Tx,
  platform: Platform,
  organizationId: string,
): Promise<string | undefined> {
  if (!platform.settings.current().default_registry_enabled) return undefined
  const now = platform.clock.now()
  await tx
    .insertInto('registries')
    .values({
      id: newId(now),
      organization_id: organizationId,
      friendly_name: 'Docker Hub',
      registry: dockerHub,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return dockerHub
}

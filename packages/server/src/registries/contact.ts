import { networksOf } from '../outbound/networks.ts'
import type { Platform } from '../platform/platform.ts'
import type { RegistryAddress } from './address.ts'
import { type Credentials, openRegistry, type RegistryClient } from './oci.ts'
import type { RegistryRecord } from './registry.ts'
import { demandAddress } from './rules.ts'

/** A registry as it is to be contacted: one that is kept, or one that somebody is about to add. */
export interface Contact {
  readonly address: RegistryAddress
  readonly credentials: Credentials | undefined
}

/** How to contact a registry that is kept, with the password that lies in its row. */
export function contactOf(
  platform: Platform,
  registry: RegistryRecord,
  password: Buffer | null,
): Contact {
  const { username } = registry
  return {
    address: demandAddress(registry.registry),
    credentials:
      password === null
        ? undefined
        : { username, password: platform.vault.decrypt(placeOf(registry.id), password) },
  }
}

/** Opens a registry for so long, within the networks that the administrators allow. */
export function openContact(
  platform: Platform,
  contact: Contact,
  milliseconds: number,
): RegistryClient {
  const networks = networksOf(platform.settings.current().registry_allowed_networks)
  return openRegistry({ ...contact, networks, milliseconds })
}

/** Encrypts a password so that it can be read back for this registry only. */
export function sealPassword(
  platform: Platform,
  id: string,
  password: string | null,
): Buffer | null {
  return password === null ? null : platform.vault.encrypt(placeOf(id), password)
}

function placeOf(id: string): string {
  return `registries.password:${id}`
}

import type { SiteRole } from '@atelier/access'
import type { Tx } from '../db/schema.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'
import { newSshKey } from './ssh-keys.ts'
import { insertUser } from './store.ts'

export interface NewUserRow {
  readonly name: string
  readonly username: string
  readonly email: string
  readonly site_role: SiteRole
  readonly password_hash: string
  readonly temporary_password: boolean
}

/** Inserts a user with an SSH key pair of their own, and answers the id; 409 for a name in use. */
export async function addUser(tx: Tx, platform: Platform, user: NewUserRow): Promise<string> {
  const now = platform.clock.now()
  const id = newId(now)
  const sshKey = newSshKey(platform, id)
  await insertUser(tx, {
    ...user,
    id,
    ssh_public_key: sshKey.publicKey,
    ssh_private_key: sshKey.sealedPrivateKey,
    key_regenerated_at: now,
    created_at: now,
    updated_at: now,
  })
  return id
}

import { invalid, refusal } from '../faults.ts'
import type { Objection } from '../users/rules.ts'
import { parseAddress, type RegistryAddress } from './address.ts'
import type { RegistryRecord } from './registry.ts'

const maxPasswordBytes = 32 * 1024

/** The address as the program keeps it; a bad request says how to write one. */
export function demandAddress(text: string): RegistryAddress {
  const address = parseAddress(text)
  if (address !== undefined) return address
  throw invalid(
    'registry',
    'Enter a host and, where needed, a port, such as registry.example.com:5000; what follows belongs to the repository of an image',
  )
}

/** A registry stays while images come from it. */
export function inUse({ friendly_name, image_count: count }: RegistryRecord): Objection {
  if (count === 0) return undefined
  return refusal(
    'registry.in_use',
    `${count === 1 ? 'An image comes' : `${count} images come`} from ${friendly_name}: delete ${count === 1 ? 'it' : 'them'} first`,
  )
}

export interface GivenCredentials {
  readonly username?: string | null | undefined
  readonly password?: string | null | undefined
}

/** What credentials become: what they are kept as, or that they stay as they are. */
export interface ChosenCredentials {
  readonly username: string
  /** A new password; null for none; undefined for the one that is stored. */
  readonly password: string | null | undefined
}

/**
 * Credentials come in pairs, and a stored password goes nowhere but where it was entered for: with
 * another address it must be entered again, or whoever may change a registry could have it sent to them.
 */
export function demandCredentials(
  before: Pick<RegistryRecord, 'registry' | 'username' | 'has_password'> | undefined,
  registry: string,
  given: GivenCredentials,
): ChosenCredentials {
  const username = given.username ?? before?.username ?? ''
  const password = given.password ?? undefined
  if (password !== undefined && Buffer.byteLength(password) > maxPasswordBytes) {
    throw invalid('password', 'Use at most 32 KiB')
  }
  if (username === '') {
    if (password === undefined) return { username, password: null }
    throw invalid('username', 'Enter the username that the password belongs to')
  }
  if (password !== undefined) return { username, password }
  if (before?.has_password !== true) {
    throw invalid('password', 'Enter the password of this username, or leave both out')
  }
  if (before.registry !== registry) {
    throw invalid('password', 'Enter the password again: the stored one is for another address')
  }
  return { username, password: undefined }
}

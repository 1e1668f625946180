import { generateKeyPairSync } from 'node:crypto'
import sshpk from 'sshpk'
import type { Platform } from '../platform/platform.ts'

export interface NewSshKey {
  /** One line of `authorized_keys`. */
  readonly publicKey: string
  readonly sealedPrivateKey: Buffer
}

/** Makes a user's SSH key pair with the site's algorithm; the private half is encrypted for them. */
export function newSshKey(platform: Platform, userId: string): NewSshKey {
  const pair = newKeyPair(platform.settings.current().ssh_keygen_algorithm)
  return {
    publicKey: pair.publicKey,
    sealedPrivateKey: sealSshKey(platform, userId, pair.privateKey),
  }
}

/** A key pair in OpenSSH's formats. */
export function newKeyPair(algorithm: 'ed25519' | 'ecdsa' | 'rsa-4096'): {
  publicKey: string
  privateKey: string
} {
  const key = sshpk.parsePrivateKey(privateKeyPem(algorithm), 'pem')
  key.comment = 'atelier'
  return { publicKey: key.toPublic().toString('ssh'), privateKey: key.toString('ssh-private') }
}

/** Encrypts a private key so that it can be read back for this user only. */
export function sealSshKey(platform: Platform, userId: string, privateKey: string): Buffer {
  return platform.vault.encrypt(placeOf(userId), privateKey)
}

/** The private key in OpenSSH's format. */
export function openSshKey(platform: Platform, userId: string, sealed: Buffer): string {
  return platform.vault.decrypt(placeOf(userId), sealed)
}

function placeOf(userId: string): string {
  return `users.ssh_private_key:${userId}`
}

function privateKeyPem(algorithm: 'ed25519' | 'ecdsa' | 'rsa-4096'): string {
  const { privateKey } =
    algorithm === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : algorithm === 'ecdsa'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 4096 })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

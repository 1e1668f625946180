import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Secrets at rest: AES-256-GCM bound to the place where the secret lies, and keyed hashes. */
export interface Vault {
  /** Encrypts for one place (`table.column:id`); the text is useless anywhere else. */
  encrypt(place: string, plain: string): Buffer
  /** Throws when the bytes were changed, moved to another place or made with another key. */
  decrypt(place: string, sealed: Buffer): string
  /** HMAC-SHA-256 with a key of its own for each purpose. */
  mac(purpose: string, data: string | Buffer): Buffer
  /** Equal for equal master keys: tells a wrong key before it does harm. */
  readonly checkValue: Buffer
}

const version = 1

/** A vault over a master key of 32 bytes. */
export function openVault(master: Buffer): Vault {
  if (master.length !== 32) throw new Error('the secret key must be 32 bytes')
  const keys = new Map<string, Buffer>()
  const keyFor = (purpose: string): Buffer => {
    const known = keys.get(purpose)
    if (known !== undefined) return known
    const key = Buffer.from(hkdfSync('sha256', master, '', `atelier ${purpose}`, 32))
    keys.set(purpose, key)
    return key
  }

  return {
    encrypt(place, plain) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', keyFor('encryption'), nonce)
      cipher.setAAD(Buffer.from(place))
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.from([version]), nonce, cipher.getAuthTag(), text])
    },
    decrypt(place, sealed) {
      if (sealed[0] !== version) throw new Error('the secret was written by a newer version')
      const decipher = createDecipheriv(
        'aes-256-gcm',
        keyFor('encryption'),
        sealed.subarray(1, 13),
        { authTagLength: 16 },
      )
      decipher.setAAD(Buffer.from(place))
      decipher.setAuthTag(sealed.subarray(13, 29))
      return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()]).toString()
    },
    mac: (purpose, data) => createHmac('sha256', keyFor(purpose)).update(data).digest(),
    checkValue: createHmac('sha256', keyFor('check')).update('atelier').digest(),
  }
}

/** The master key: 64 hex digits from the setting, else the folder's key file, made at first use. */
export async function readMasterKey(dataDir: string, setting: string | undefined): Promise<Buffer> {
  if (setting !== undefined) return Buffer.from(setting, 'hex')
  const path = join(dataDir, 'secret.key')
  try {
    return Buffer.from((await readFile(path, 'utf8')).trim(), 'hex')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const key = randomBytes(32)
  await writeFile(path, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  await chmod(path, 0o600)
  return key
}

/** Compares in a time that does not depend on where the texts differ. */
export function sameBytes(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

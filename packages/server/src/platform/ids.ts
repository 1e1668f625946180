import { randomBytes, randomInt } from 'node:crypto'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text can be the id of a record; anything else is simply not found. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

let lastMillisecond = 0
let counter = 0

/** A UUIDv7 (RFC 9562, 5.7 with method 1): ids of one process sort in the order they were made. */
export function newId(now: Date): string {
  const millisecond = Math.max(now.getTime(), lastMillisecond)
  counter = millisecond === lastMillisecond ? counter + 1 : randomInt(0, 0x800)
  // The counter has 12 bits: on overflow borrow the next millisecond.
  lastMillisecond = counter > 0xfff ? millisecond + 1 : millisecond
  if (counter > 0xfff) counter = 0

  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastMillisecond, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Unbiased random letters and digits: 5.95 bits each. */
export function randomToken(length: number): string {
  let token = ''
  while (token.length < length) token += alphabet.charAt(randomInt(alphabet.length))
  return token
}

import { randomInt, randomUUID } from 'node:crypto'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether the text can be the id of a record; anything else is simply not found. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

let lastMillisecond = 0
let timePart = ''
let counter = 0

/** A UUIDv7 (RFC 9562, 5.7 with method 1): ids of one process sort in the order they were made. */
export function newId(now: Date): string {
  const millisecond = Math.max(now.getTime(), lastMillisecond)
  counter = millisecond === lastMillisecond ? counter + 1 : randomInt(0, 0x800)
  // The counter has 12 bits: on overflow borrow the next millisecond.
  const next = counter > 0xfff ? millisecond + 1 : millisecond
  if (counter > 0xfff) counter = 0
  if (next !== lastMillisecond) {
    lastMillisecond = next
    const time = next.toString(16).padStart(12, '0')
    timePart = `${time.slice(0, 8)}-${time.slice(8)}-7`
  }
  const order = counter.toString(16).padStart(3, '0')
  // The second half of a version 4 is what a version 7 has there too: the variant and 62 random bits.
  return `${timePart}${order}-${randomUUID().slice(19)}`
}

/** Makes ids of requests: what no other process has, and a number; nobody looks a record up by one. */
export function requestIds(): () => string {
  const process = randomToken(12)
  let number = 0
  return () => `${process}-${(++number).toString(36)}`
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Unbiased random letters and digits: 5.95 bits each. */
export function randomToken(length: number): string {
  let token = ''
  while (token.length < length) token += alphabet.charAt(randomInt(alphabet.length))
  return token
}

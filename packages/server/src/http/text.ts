import type { FastifyInstance } from 'fastify'
import { Fault } from '../faults.ts'

/** Whether the database can store a text: no U+0000, and no half of a surrogate pair. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Cs}/u.test(text)
}

/** Refuses addresses with an encoded U+0000, which no id, name or search can hold. */
export function refuseUnstorableAddresses(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.url.includes('%00') ? unstorable() : undefined)
  })
}

/**
 * JSON as the server accepts it. Refused are `__proto__` as a name, so that no body reaches an
 * object's prototype, a name that an object has twice, of which two readers could take different
 * values, and texts that cannot be stored.
 */
export function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'not valid'
    throw new Fault('request.invalid', `The body is not JSON: ${reason.slice(0, 200)}`)
  }
  if (demandGoodNames(value) !== countNames(text)) {
    throw new Fault('request.invalid', 'The body has a name twice in the same object')
  }
  return value
}

const deepest = 100

/** Answers how many names the objects have, together. */
function demandGoodNames(value: unknown, depth = 0): number {
  if (typeof value === 'string' && !isStorable(value)) throw unstorable()
  if (typeof value !== 'object' || value === null) return 0
  if (depth > deepest) {
    throw new Fault('request.invalid', `The body is nested more than ${deepest} times`)
  }
  let names = 0
  if (Array.isArray(value)) {
    for (const item of value) names += demandGoodNames(item, depth + 1)
    return names
  }
  for (const [name, item] of Object.entries(value)) {
    if (name === '__proto__') {
      throw new Fault('request.invalid', 'The body is not JSON: the name __proto__ is not allowed')
    }
    if (!isStorable(name)) throw unstorable()
    names += 1 + demandGoodNames(item, depth + 1)
  }
  return names
}

/** How many names a valid JSON text has, repeated ones included: strings before a colon. */
function countNames(text: string): number {
  let names = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    at++
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    at++
    while (/\s/.test(text[at] ?? '')) at++
    if (text[at] === ':') names++
  }
  return names
}

function unstorable(): Fault {
  return new Fault(
    'request.invalid',
    'The request has a character that no text can hold: U+0000, or half of a surrogate pair',
  )
}

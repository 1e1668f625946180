import { Fault } from '../faults.ts'
import { OutboundFailure } from '../outbound/failures.ts'
import type { Platform } from '../platform/platform.ts'
import { type Contact, openContact } from '../registries/contact.ts'
import { inspectTag, type TagFacts } from '../registries/inspect.ts'

const lookUpMilliseconds = 60_000

/** Reads a tag in its registry; what is wrong there is answered in the words of the failure. */
export async function lookUp(
  platform: Platform,
  contact: Contact,
  repository: string,
  tag: string,
): Promise<TagFacts> {
  const client = openContact(platform, contact, lookUpMilliseconds)
  const { host } = contact.address.url
  try {
    const facts = await inspectTag(client, host, repository, tag)
    if (facts === undefined) throw new Error('nothing was asked of the registry')
    return facts
  } catch (error) {
    if (!(error instanceof OutboundFailure)) throw error
    const { result, message } = error
    throw new Fault('registry.failed', message, { details: { result } })
  }
}

/** What came of looking a known tag up again: news, nothing new, or why it failed. */
export type LookedUp =
  | { readonly tag: string; readonly facts: TagFacts }
  | { readonly tag: string; readonly same: true }
  | { readonly tag: string; readonly failure: string }

const atOnce = 4

/** Looks several tags of a repository up; one that fails does not keep the others. */
export async function lookUpAgain(
  platform: Platform,
  contact: Contact,
  repository: string,
  known: readonly { readonly tag: string; readonly latest_hash: string }[],
): Promise<LookedUp[]> {
  const { host } = contact.address.url
  const client = openContact(platform, contact, 2 * lookUpMilliseconds)
  const waiting = [...known]
  const found: LookedUp[] = []
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { tag, latest_hash: digest } = next
      try {
        const facts = await inspectTag(client, host, repository, tag, digest)
        found.push(facts === undefined ? { tag, same: true } : { tag, facts })
      } catch (error) {
        if (!(error instanceof OutboundFailure)) throw error
        found.push({ tag, failure: error.message })
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return found
}

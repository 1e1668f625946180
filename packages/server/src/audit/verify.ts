import { sql } from 'kysely'
import type { Tx } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import { type ChainedEntry, genesis, nextHash } from './chain.ts'
import * as chain from './chain-store.ts'

export interface Verification {
  /** Entries whose hash is the one that the key, the entry and all before it make. */
  readonly verified: number
  readonly unsealed: number
  /** The last link that was verified. */
  readonly head: { readonly hash: string; readonly time: string } | undefined
  /** What is wrong first, in the order of the chain: a sentence. */
  readonly broken: string | undefined
}

const batchSize = 5_000

/**
 * Recomputes the hash chain from its beginning, against one snapshot of the database. With the hash
 * of an earlier head it also proves that the chain still holds what it held then.
 */
export async function verifyChain(platform: Platform, earlierHead?: string): Promise<Verification> {
  const cluster = await chain.readCluster(platform.db)
  return platform.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      // One look for entries outside the chain may take longer than a request is given.
      await sql`set local statement_timeout = 0`.execute(tx)
      const position = await chain.readPosition(tx, cluster)
      const walk = await walkChain(platform, tx, position, earlierHead)
      const outside = await chain.readOutside(tx, position)
      // After a restore into another cluster the sealer looks at all of them first.
      const foreign = chain.isForeign(position, cluster)
      return {
        verified: walk.verified,
        unsealed: foreign ? outside.all : outside.waiting,
        head: walk.head,
        broken:
          walk.broken ??
          outsideProblem(foreign ? null : outside.unreachable) ??
          headProblem(walk.foundEarlierHead, earlierHead),
      }
    })
}

async function walkChain(
  platform: Platform,
  tx: Tx,
  position: chain.SealPosition,
  earlierHead: string | undefined,
) {
  let sequence = 0
  let hash: Buffer = genesis
  let time: string | undefined
  let foundEarlierHead = false
  const result = (broken?: string) => ({
    verified: sequence,
    head: time === undefined ? undefined : { hash: hash.toString('hex'), time },
    foundEarlierHead,
    broken,
  })

  for (;;) {
    const links = await chain.linksAfter(tx, sequence, batchSize)
    for (const link of links) {
      if (link.sequence !== sequence + 1) return result(gap(sequence + 1, link.sequence - 1))
      const { id } = link
      if (id === null) {
        return result(`Entry ${link.entry_id} (sequence ${link.sequence}) is missing from the log.`)
      }
      const expected = nextHash(platform.vault, hash, link.sequence, { ...link, id })
      if (!expected.equals(link.hash)) {
        return result(await mismatch(platform, tx, link, expected, position))
      }
      sequence = link.sequence
      hash = link.hash
      time = link.at
      foundEarlierHead ||= hash.toString('hex') === earlierHead
    }
    if (links.length < batchSize) break
  }
  if (sequence < position.sequence) return result(gap(sequence + 1, position.sequence))
  if (!hash.equals(position.hash)) {
    return result(
      `The sealer continues from another hash than that of its last entry (sequence ${sequence}): its position was altered.`,
    )
  }
  return result()
}

function gap(first: number, last: number): string {
  return first === last
    ? `Sequence ${first} is missing from the chain.`
    : `Sequences ${first} to ${last} are missing from the chain.`
}

/** The link after tells which of the two was touched: it was made from the true hash. */
async function mismatch(
  platform: Platform,
  tx: Tx,
  link: chain.StoredLink,
  expected: Buffer,
  position: chain.SealPosition,
): Promise<string> {
  const name = `${link.entry_id} (sequence ${link.sequence})`
  const changed = `Entry ${name} was changed after it was sealed.`
  const altered = `The hash of entry ${name} was altered; the entry itself is as it was sealed.`
  const [next] = await chain.linksAfter(tx, link.sequence, 1)
  if (next?.sequence === link.sequence + 1 && next.id !== null) {
    const entry: ChainedEntry = { ...next, id: next.id }
    if (nextHash(platform.vault, expected, next.sequence, entry).equals(next.hash)) return altered
    if (nextHash(platform.vault, link.hash, next.sequence, entry).equals(next.hash)) return changed
  }
  if (position.sequence === link.sequence) {
    if (position.hash.equals(expected)) return altered
    if (position.hash.equals(link.hash)) return changed
  }
  return `Entry ${name} or its hash was changed after it was sealed.`
}

/** What the sealer has passed by was not there then, or was taken out of the chain. */
function outsideProblem(id: string | null): string | undefined {
  if (id === null) return undefined
  return `Entry ${id} is not in the chain, although everything around it is sealed: it was inserted afterwards, or its link was removed.`
}

function headProblem(found: boolean, earlierHead: string | undefined): string | undefined {
  if (found || earlierHead === undefined) return undefined
  return `The chain does not contain the head ${earlierHead}: entries were cut off its end, or replaced.`
}

/** Setting a server up leaves the first entries; no answer about none may look like a proof. */
const nothingToVerify = {
  text: 'The audit log is empty: set ATELIER_DATA_DIR or DATABASE_URL to the database of your server.',
  ok: false,
}

/** `atelier-server audit verify`: what to print, and whether all is well. */
export async function reportVerification(
  platform: Platform,
  earlierHead?: string,
): Promise<{ text: string; ok: boolean }> {
  const { verified, unsealed, head, broken } = await verifyChain(platform, earlierHead)
  if (verified === 0 && unsealed === 0 && broken === undefined) return nothingToVerify
  const summary = [
    `${verified} entries verified`,
    `${unsealed} not yet sealed`,
    head === undefined ? 'no head yet' : `head ${head.hash} of ${head.time}`,
  ].join(', ')
  return broken === undefined
    ? { text: summary, ok: true }
    : { text: `BROKEN: ${broken}\n${summary}`, ok: false }
}

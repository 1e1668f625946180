import type { Tx } from '../db/schema.ts'
import type { Platform } from '../platform/platform.ts'
import { type ChainedEntry, nextHash } from './chain.ts'
import * as chain from './chain-store.ts'

export interface Sealing {
  /** Seals what has been committed until now, and ends. */
  stop(): Promise<void>
}

const batchSize = 2_000
const shortestPause = 250
const longestPause = 2_000

/**
 * Seals committed audit entries into the hash chain a moment after they are written. Every server
 * process may run one: whichever comes first seals, and writers never wait for it.
 */
export function startAuditSealing(platform: Platform): Sealing {
  const { log } = platform
  let stopped = false
  let wake: (() => void) | undefined

  /** Answers whether there was anything to seal. */
  const sealAll = async (): Promise<boolean> => {
    try {
      let sealed = await sealBatch(platform)
      const worked = sealed > 0
      while (sealed === batchSize) sealed = await sealBatch(platform)
      return worked
    } catch (error) {
      log.warn({ err: error }, 'audit.sealing_failed')
      return false
    }
  }

  const run = async (): Promise<void> => {
    let pause = shortestPause
    while (!stopped) {
      pause = (await sealAll()) ? shortestPause : Math.min(pause * 2, longestPause)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, stopped ? 0 : pause)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    await sealAll()
  }
  const running = run()

  return {
    async stop() {
      stopped = true
      wake?.()
      await running
    },
  }
}

/**
 * Seals the next entries in one transaction, and answers how many; none while another process is at
 * it. Their order is that of (transaction, id) among transactions that have all ended, so that no
 * entry can still appear before the position that is remembered.
 */
export async function sealBatch(platform: Platform, limit = batchSize): Promise<number> {
  const cluster = await chain.readCluster(platform.db)
  return platform.db.transaction().execute(async (tx) => {
    if (!(await chain.tryBecomeSealer(tx))) return 0
    const position = await chain.readPosition(tx, cluster)
    if (chain.isForeign(position, cluster))
      return sealRestored(platform, tx, position, cluster, limit)

    const entries = await chain.nextEntries(tx, position, limit)
    const last = entries.at(-1)
    if (last === undefined) return 0
    const head = await append(platform, tx, position, entries)
    await chain.savePosition(tx, { ...position, ...head, xid: last.xid, entry_id: last.id })
    return entries.length
  })
}

/**
 * In a database that was restored into another cluster, transaction ids say nothing of its entries:
 * whatever is not in the chain is sealed, and then the position becomes one of this cluster.
 */
async function sealRestored(
  platform: Platform,
  tx: Tx,
  position: Position,
  cluster: string,
  limit: number,
): Promise<number> {
  const entries = await chain.unchainedEntries(tx, limit)
  const head = await append(platform, tx, position, entries)
  const finished = entries.length < limit
  await chain.savePosition(tx, {
    ...position,
    ...head,
    // Read before the entries were: all that is not sealed now belongs to later transactions.
    ...(finished ? { cluster, ...chain.positionBefore(position.xmin) } : {}),
  })
  if (finished) platform.log.info({ cluster }, 'audit.sealing_moved')
  return entries.length
}

type Position = chain.SealPosition & chain.SnapshotBounds

async function append(
  { vault }: Platform,
  tx: Tx,
  position: Position,
  entries: readonly ChainedEntry[],
): Promise<{ sequence: number; hash: Buffer }> {
  let { sequence, hash } = position
  const links = entries.map((entry) => {
    sequence++
    hash = nextHash(vault, hash, sequence, entry)
    return { sequence, entryId: entry.id, hash }
  })
  await chain.appendLinks(tx, links)
  return { sequence, hash }
}

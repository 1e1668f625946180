import type { Tx } from '../db/schema.ts'
import { newId } from '../platform/ids.ts'
import type { Platform } from '../platform/platform.ts'

/**
 * Puts a job into the queue when the transaction commits, and wakes a worker; answers its id. Jobs of
 * one series are done one after the other, in the order in which they came.
 */
export async function enqueue(
  tx: Tx,
  platform: Platform,
  kind: string,
  payload: Readonly<Record<string, unknown>>,
  series: string | null = null,
): Promise<string> {
  const now = platform.clock.now()
  const id = newId(now)
  await tx
    .insertInto('jobs')
    .values({ id, kind, payload: JSON.stringify(payload), series, run_at: now, created_at: now })
    .execute()
  await platform.signals.send(tx, 'jobs', {})
  return id
}

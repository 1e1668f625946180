import type { Db } from '../db/schema.ts'
import type { Clock } from './clock.ts'
import { newId } from './ids.ts'

/** The id of this installation, made at its first start: what it keeps elsewhere is known by it. */
export async function readInstallationId(db: Db, clock: Clock): Promise<string> {
  const key = 'installation.id'
  await db
    .insertInto('facts')
    .values({ key, value: Buffer.from(newId(clock.now())) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const fact = await db
    .selectFrom('facts')
    .where('key', '=', key)
    .select('value')
    .executeTakeFirstOrThrow()
  return fact.value.toString()
}

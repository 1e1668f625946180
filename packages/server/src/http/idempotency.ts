import { hash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { Fault } from '../faults.ts'
import type { Platform } from '../platform/platform.ts'

/** How long an answer is kept for repetition. */
export const keptMilliseconds = 24 * 60 * 60 * 1000

/** A first request that runs for so long was cut off by the end of its server. */
const abandonedMilliseconds = 60_000

interface Kept {
  /** The caller as the access engine saw them. */
  readonly as: string
  readonly answer: unknown
}

/**
 * Runs the handler once for each `Idempotency-Key` of a caller: a repetition gets the first answer,
 * another body 422, and a repetition while the first still runs 409. A failure may be tried again.
 * An answer is repeated only to whom it was given: the caller with the rights that they had then.
 */
export async function answerOnce(
  platform: Platform,
  request: FastifyRequest,
  reply: FastifyReply,
  handler: () => unknown,
): Promise<unknown> {
  const key = request.headers['idempotency-key']
  const { principal } = request
  if (typeof key !== 'string' || principal === undefined) return handler()
  if (!/^[\x21-\x7e]{1,128}$/.test(key)) {
    throw new Fault('request.invalid', 'Idempotency-Key: use 1 to 128 visible ASCII characters')
  }

  const { db, clock, vault } = platform
  const owner = `${principal.user.id} ${principal.credential.id}`
  const content = `${request.method} ${request.url}\n${JSON.stringify(request.body)}`
  const rights = JSON.stringify(principal.subject)
  const requestHash = hash('sha256', content, 'buffer')
  const now = clock.now()
  await db
    .deleteFrom('idempotency_keys')
    .where('principal', '=', owner)
    .where('created_at', '<', sql<string>`${new Date(now.getTime() - keptMilliseconds)}`)
    .execute()
  const taken = await db
    .insertInto('idempotency_keys')
    .values({
      principal: owner,
      key,
      request_hash: requestHash,
      status: null,
      body: null,
      created_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()

  const place = `idempotency_keys.body:${owner} ${key}`
  const row = () =>
    db.selectFrom('idempotency_keys').where('principal', '=', owner).where('key', '=', key)
  if (taken.numInsertedOrUpdatedRows === 0n) {
    const known = await row()
      .select(['request_hash', 'status', 'body', 'created_at'])
      .executeTakeFirst()
    if (known !== undefined && !known.request_hash.equals(requestHash)) {
      throw new Fault(
        'request.idempotency_mismatch',
        'This Idempotency-Key was used for another request',
      )
    }
    if (known === undefined || known.status === null || known.body === null) {
      const since = known === undefined ? now.getTime() : Date.parse(known.created_at)
      if (now.getTime() - since > abandonedMilliseconds) {
        throw new Fault(
          'request.idempotency_conflict',
          'The server stopped during the first request with this Idempotency-Key: look whether it took effect before you send it with a new one',
        )
      }
      throw new Fault(
        'request.idempotency_conflict',
        'The first request with this Idempotency-Key is still running',
        { retryAfter: 1 },
      )
    }
    const kept = JSON.parse(vault.decrypt(place, known.body)) as Kept
    if (kept.as !== rights) {
      throw new Fault(
        'request.idempotency_conflict',
        'Your access has changed since the first request with this Idempotency-Key: look whether it took effect before you send it with a new one',
      )
    }
    void reply.status(known.status).header('idempotency-replayed', 'true')
    return kept.answer
  }

  try {
    const answer = await handler()
    const kept: Kept = { as: rights, answer }
    await db
      .updateTable('idempotency_keys')
      .set({ status: reply.statusCode, body: vault.encrypt(place, JSON.stringify(kept)) })
      .where('principal', '=', owner)
      .where('key', '=', key)
      .execute()
    return answer
  } catch (error) {
    await db
      .deleteFrom('idempotency_keys')
      .where('principal', '=', owner)
      .where('key', '=', key)
      .execute()
    throw error
  }
}

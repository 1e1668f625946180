import { recordAudit } from '../audit/record.ts'
import { authorize, change, type Context } from '../context.ts'
import { notFound } from '../faults.ts'
import { repeat, type Repeating } from '../jobs/repeat.ts'
import type { Platform } from '../platform/platform.ts'
import { attemptTo } from './attempt.ts'
import { askKept, nextCheck } from './health.ts'
import { lockTarget } from './service.ts'
import * as providers from './store.ts'
import { type ProviderRecord, providersTarget } from './workspace-provider.ts'

/** Asks a provider how it is, for somebody who waits for the answer. */
export async function checkProvider(context: Context, id: string): Promise<ProviderRecord> {
  const attempt = attemptTo('connect', id)
  const provider = await change(context, attempt, [], async (work) => {
    const found = await lockTarget(work, attempt, id)
    authorize(work, 'update', providersTarget, 'workspace provider')
    await recordAudit(work, { ...attempt, diff: {} })
    return found
  })
  // Outside of the transaction, which must not wait for somebody else's machine.
  await check(context.platform, provider)
  const checked = await providers.findProvider(context.platform.db, id)
  if (checked === undefined) throw notFound('workspace provider')
  return checked
}

/** Asks all providers that are due how they are, and keeps it. */
export async function checkDue(platform: Platform): Promise<void> {
  const { db, clock } = platform
  const checks: Promise<void>[] = []
  for (;;) {
    const now = clock.now()
    const provider = await providers.takeDue(db, now, nextCheck(now))
    if (provider === undefined) break
    // Beside each other: one that does not answer holds up no other.
    checks.push(check(platform, provider))
  }
  const results = await Promise.allSettled(checks)
  const failed = results.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

const pauseMilliseconds = 10_000

/** Watches how all providers are for as long as the server runs; several processes share the work. */
export function startProviderChecks(platform: Platform): Repeating {
  return repeat(platform.log, 'providers.checks_failed', pauseMilliseconds, () =>
    checkDue(platform),
  )
}

async function check(platform: Platform, provider: ProviderRecord): Promise<void> {
  const status = await askKept(platform, provider)
  await providers.setStatus(platform.db, provider, status)
  const { status: now, status_reason: reason } = status
  if (now === provider.status && reason === provider.status_reason) return
  const facts = { provider: provider.name, status: now, reason }
  if (now === 'ready') platform.log.info(facts, 'providers.ready')
  else platform.log.warn(facts, 'providers.not_ready')
}

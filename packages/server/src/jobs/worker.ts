import { sql } from 'kysely'
import type { Platform } from '../platform/platform.ts'

export interface Job {
  readonly id: string
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly attempts: number
}

/** Does a job; may be called again for the same job after a crash, so it must not mind. */
export type JobHandler = (platform: Platform, job: Job) => Promise<void>

export interface Worker {
  /** Waits for the job at hand and takes no other. */
  stop(): Promise<void>
}

const leaseSeconds = 60
const pollMilliseconds = 5_000
const maxBackoffSeconds = 3_600

/** Takes due jobs one by one; a job whose worker died is taken again when its lease ends. */
export function startWorker(
  platform: Platform,
  handlers: Readonly<Record<string, JobHandler>>,
): Worker {
  const { log, signals } = platform
  const stopping = new AbortController()
  const isStopped = (): boolean => stopping.signal.aborted
  let wake: (() => void) | undefined
  const woken = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, pollMilliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  signals.on('jobs', () => wake?.())
  // A job that was put in while nobody listened was announced to nobody.
  signals.onDoubt(() => wake?.())

  const run = async (): Promise<void> => {
    while (!isStopped()) {
      const wakened = woken()
      try {
        while (!isStopped() && (await runNext(platform, handlers)));
      } catch (error) {
        log.warn({ err: error }, 'jobs.database_away')
      }
      if (!isStopped()) await wakened
      wake?.()
    }
  }
  const running = run()

  return {
    async stop() {
      stopping.abort()
      wake?.()
      await running
    },
  }
}

/** Takes one due job and does it; false when there is none. */
export async function runNext(
  platform: Platform,
  handlers: Readonly<Record<string, JobHandler>>,
): Promise<boolean> {
  const { db, log } = platform
  const { rows } = await sql<Job>`
    update jobs set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
      attempts = attempts + 1
    where id = (
      select id from jobs
      where run_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp())
        and kind = any(${Object.keys(handlers)})
      order by run_at, id limit 1 for update skip locked)
    returning id, kind, payload, attempts`.execute(db)
  const [job] = rows
  if (job === undefined) return false

  const renew = setInterval(
    () => {
      sql`update jobs set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      where id = ${job.id}`
        .execute(db)
        .catch((error: unknown) => {
          log.warn({ err: error, job: job.id }, 'jobs.renew_failed')
        })
    },
    (leaseSeconds * 1000) / 3,
  )
  try {
    const handler = handlers[job.kind]
    if (handler === undefined) throw new Error(`no handler for ${job.kind}`)
    await handler(platform, job)
    await db.deleteFrom('jobs').where('id', '=', job.id).execute()
  } catch (error) {
    const backoff = Math.min(2 ** job.attempts, maxBackoffSeconds)
    log.error({ err: error, job: job.id, kind: job.kind, backoff }, 'jobs.failed')
    await sql`update jobs set leased_until = null, last_error = ${String(error).slice(0, 500)},
      run_at = clock_timestamp() + make_interval(secs => ${backoff}) where id = ${job.id}`.execute(
      db,
    )
  } finally {
    clearInterval(renew)
  }
  return true
}

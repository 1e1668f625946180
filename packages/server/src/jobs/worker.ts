import { sql } from 'kysely'
import type { Platform } from '../platform/platform.ts'

export interface Job {
  readonly id: string
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly attempts: number
}

/**
 * Does a job; may be called again for the same job after a crash, so it must not mind. The signal says
 * that it shall leave off: the server stops, or another worker has taken the job meanwhile.
 */
export type JobHandler = (platform: Platform, job: Job, signal: AbortSignal) => Promise<void>

export interface JobKind {
  readonly run: JobHandler
  /** How many jobs of this kind one process does at once. */
  readonly atOnce: number
}

/** Thrown by a handler for which it is too early: the job is tried again, which is no failure. */
export class TooEarly extends Error {
  readonly seconds: number
  constructor(seconds: number, why: string) {
    super(why)
    this.seconds = seconds
  }
}

export interface Worker {
  /** Tells the jobs at hand to leave off, waits for them, and takes no other. */
  stop(): Promise<void>
}

/** A process that does not renew a lease for so long is dead, or as good as that. */
const leaseSeconds = 30
const renewMilliseconds = 7_000
const pollMilliseconds = 5_000
const maxBackoffSeconds = 3_600

/**
 * Takes due jobs, of each kind so many at once that no kind waits for another; a job whose worker died
 * is taken again when its lease ends.
 */
export function startWorker(platform: Platform, kinds: Readonly<Record<string, JobKind>>): Worker {
  const stopping = new AbortController()
  const lanes = Object.entries(kinds).map(([name, kind]) =>
    startLane(platform, name, kind, stopping.signal),
  )
  const wake = (): void => {
    for (const lane of lanes) lane.wake()
  }
  platform.signals.on('jobs', wake)
  // A job that was put in while nobody listened was announced to nobody.
  platform.signals.onDoubt(wake)
  return {
    async stop() {
      stopping.abort()
      wake()
      await Promise.all(lanes.map((lane) => lane.ended))
    },
  }
}

interface Lane {
  wake(): void
  readonly ended: Promise<void>
}

/** Does the jobs of one kind. */
function startLane(platform: Platform, name: string, kind: JobKind, stopped: AbortSignal): Lane {
  const isStopped = (): boolean => stopped.aborted
  const running = new Set<Promise<void>>()
  let wake = (): void => undefined
  /** Somebody woke the lane while it looked for a job: it looks again. */
  let woken = false
  const sleep = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, woken ? 0 : pollMilliseconds)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const fill = async (): Promise<void> => {
    while (!isStopped() && running.size < kind.atOnce) {
      const job = await takeNext(platform, name)
      if (job === undefined) return
      const done = perform(platform, kind.run, job, stopped).finally(() => {
        running.delete(done)
        // A place is free, and perhaps the next job of its series.
        woken = true
        wake()
      })
      running.add(done)
    }
  }
  const loop = async (): Promise<void> => {
    while (!isStopped()) {
      woken = false
      try {
        await fill()
      } catch (error) {
        platform.log.warn({ err: error }, 'jobs.database_away')
      }
      if (!isStopped()) await sleep()
    }
    await Promise.all(running)
  }
  return {
    ended: loop(),
    wake() {
      woken = true
      wake()
    },
  }
}

/** Takes one due job of a kind; the first of its series, and only while none of that is being done. */
async function takeNext({ db }: Platform, kind: string): Promise<Job | undefined> {
  const { rows } = await sql<Job>`
    update jobs set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds}),
      attempts = attempts + 1
    where id = (
      select id from jobs
      where run_at <= clock_timestamp() and (leased_until is null or leased_until < clock_timestamp())
        and kind = ${kind}
        and (series is null or not exists (
          select 1 from jobs other where other.series = jobs.series and other.id <> jobs.id
            and (other.id < jobs.id or other.leased_until >= clock_timestamp())))
      order by run_at, id limit 1 for update skip locked)
    returning id, kind, payload, attempts`.execute(db)
  return rows[0]
}

/** Does one job and takes it out of the queue, or puts it back for later. */
async function perform(
  platform: Platform,
  run: JobHandler,
  job: Job,
  stopped: AbortSignal,
): Promise<void> {
  const { db, log } = platform
  const lost = new AbortController()
  const renewal = keepLease(platform, job, () => {
    lost.abort()
  })
  const mine = sql`id = ${job.id} and attempts = ${job.attempts}`
  try {
    await run(platform, job, AbortSignal.any([stopped, lost.signal]))
    await sql`delete from jobs where ${mine}`.execute(db)
  } catch (error) {
    const later = stopped.aborted
      ? 0
      : error instanceof TooEarly
        ? error.seconds
        : Math.min(2 ** job.attempts, maxBackoffSeconds)
    if (!stopped.aborted && !(error instanceof TooEarly)) {
      log.error({ err: error, job: job.id, kind: job.kind, backoff: later }, 'jobs.failed')
    }
    await sql`update jobs set leased_until = null, last_error = ${String(error).slice(0, 500)},
      run_at = clock_timestamp() + make_interval(secs => ${later}) where ${mine}`
      .execute(db)
      .catch((failure: unknown) => {
        log.warn({ err: failure, job: job.id }, 'jobs.put_back_failed')
      })
  } finally {
    renewal.stop()
  }
}

/** Renews a lease until it is told to stop; says so when somebody else has the job. */
function keepLease({ db, log }: Platform, job: Job, lose: () => void): { stop(): void } {
  let renewed = performance.now()
  const timer = setInterval(() => {
    sql`update jobs set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      where id = ${job.id} and attempts = ${job.attempts}`
      .execute(db)
      .then(({ numAffectedRows }) => {
        if (numAffectedRows === 0n) lose()
        else renewed = performance.now()
      })
      .catch((error: unknown) => {
        log.warn({ err: error, job: job.id }, 'jobs.renew_failed')
        if (performance.now() - renewed > leaseSeconds * 1000) lose()
      })
  }, renewMilliseconds)
  return {
    stop() {
      clearInterval(timer)
    },
  }
}

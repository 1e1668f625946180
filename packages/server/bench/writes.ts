// What an audit entry adds to a change, and whether the hash chain makes writers wait.
import type { Kysely } from 'kysely'
import { tmpdir } from 'node:os'
import type pg from 'pg'
import { pino } from 'pino'
import { diffOf, recordAudit } from '../src/audit/record.ts'
import { startAuditSealing } from '../src/audit/seal.ts'
import type { Work } from '../src/context.ts'
import { connect } from '../src/db/connect.ts'
import type { Database, Tx } from '../src/db/schema.ts'
import { systemClock } from '../src/platform/clock.ts'
import { newId } from '../src/platform/ids.ts'
import type { Platform } from '../src/platform/platform.ts'
import { joinPlatform } from '../src/platform/start.ts'
import { openVault } from '../src/platform/vault.ts'
import { startCluster } from './cluster.ts'
import { median, milliseconds, report } from './result.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
const changes = Number(process.env['BENCH_CHANGES'] ?? 400)
const writers = 8
const writingMilliseconds = 1_500

const cluster = await startCluster()
const undo: (() => Promise<void> | void)[] = []
try {
  const url = await cluster.database(`writes_${String(Date.now())}`)
  const log = pino({ level: 'warn' })
  const connection = connect(url, { applicationName: 'bench', max: writers + 4, log })
  undo.push(() => connection.pool.end())
  const vault = openVault(Buffer.alloc(32, 7))
  const platform = await joinPlatform(connection, url, {
    vault,
    log,
    version: '1',
    clock: systemClock,
    dataDir: tmpdir(),
    engine: 'none',
    serves: true,
    undo,
  })
  const people = await addUsers(connection.pool, writers)
  report([...(await auditCost(platform, url, people)), await chainCost(platform, people)])
} finally {
  for (const step of undo.reverse()) await step()
  await cluster.stop()
}

/** A change alone, and the same with its audit entry: time of the statements, commit included. */
async function auditCost(platform: Platform, url: string, people: readonly string[]) {
  const one = connect(url, { applicationName: 'bench', max: 1 })
  undo.push(() => one.pool.end())
  const [id = ''] = people
  const alone: number[] = []
  const audited: number[] = []
  for (let round = -2; round < rounds; round++) {
    const before = await timeOf(changes, () => changeIn(one.db, platform, id, false))
    const now = await timeOf(changes, () => changeIn(one.db, platform, id, true))
    if (round < 0) continue
    alone.push(before)
    audited.push(now)
  }
  const [limit, time] = [median(alone), median(audited)]
  return [
    {
      part: 'writes',
      name: 'Change with its audit entry: of the change alone',
      ratio: time / limit,
      bound: 1.5,
      sense: 'at most' as const,
      detail: `${milliseconds(limit)} → ${milliseconds(time)}`,
    },
  ]
}

/** Changes in a second of eight writers, with and without the sealer at work. */
async function chainCost(platform: Platform, people: readonly string[]) {
  const without: number[] = []
  const beside: number[] = []
  for (let round = -1; round < rounds; round++) {
    const alone = await throughput(platform, people)
    const sealing = startAuditSealing(platform)
    const chained = await throughput(platform, people)
    // Seals the rest of both turns, so that every round begins alike.
    await sealing.stop()
    if (round < 0) continue
    without.push(alone)
    beside.push(chained)
  }
  const [limit, rate] = [median(without), median(beside)]
  return {
    part: 'writes',
    name: `${writers} writers while entries are chained: of their throughput without`,
    ratio: rate / limit,
    bound: 0.8,
    sense: 'at least' as const,
    detail: `${Math.round(limit)} → ${Math.round(rate)} changes/s`,
  }
}

async function throughput(platform: Platform, people: readonly string[]): Promise<number> {
  const began = performance.now()
  let done = 0
  await Promise.all(
    people.map(async (id) => {
      while (performance.now() - began < writingMilliseconds) {
        await changeIn(platform.db, platform, id, true)
        done++
      }
    }),
  )
  return (done * 1000) / (performance.now() - began)
}

async function timeOf(count: number, change: () => Promise<void>): Promise<number> {
  const began = performance.now()
  for (let n = 0; n < count; n++) await change()
  return (performance.now() - began) / count
}

let names = 0

/** Gives somebody another name, in a transaction as `change()` makes it. */
async function changeIn(
  db: Kysely<Database>,
  platform: Platform,
  id: string,
  audited: boolean,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const name = `Person ${++names}`
    const now = platform.clock.now()
    await tx.updateTable('users').set({ name, updated_at: now }).where('id', '=', id).execute()
    if (!audited) return
    await recordAudit(workOf(platform, tx, id), {
      action: 'write',
      resourceType: 'user',
      resourceId: id,
      target: 'person',
      diff: diffOf({ name: 'Person' }, { name }),
    })
  })
}

function workOf(platform: Platform, tx: Tx, id: string): Work {
  const user = { id, username: 'person', email: 'person@example.com', name: 'Person' }
  return {
    platform,
    tx,
    request: { id: newId(platform.clock.now()), ip: '192.0.2.1', userAgent: 'Mozilla/5.0 (X11)' },
    principal: {
      user: { ...user, temporaryPassword: false },
      subject: { id, siteRole: 'site-manager', organizationRoles: {} },
      credential: { kind: 'session', id, secretHash: Buffer.alloc(32), expiresAt: Infinity },
    },
    declared: { permission: ['users', 'update'] },
    grant: { role: 'site-manager', resource: 'users', mark: 'Ua', inherited: false },
    recorded: 0,
  }
}

async function addUsers(pool: pg.Pool, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => newId(new Date()))
  await pool.query(
    `insert into users (id, email, username, name, created_at, updated_at)
     select id, 'person-' || n || '@example.com', 'person-' || n, 'Person', now(), now()
     from unnest($1::uuid[]) with ordinality as people(id, n)`,
    [ids],
  )
  return ids
}

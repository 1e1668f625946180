// Users and Audit at size: every page, search and filter against the same question at 10,000 rows.
import { connect } from '../src/db/connect.ts'
import type { Db } from '../src/db/schema.ts'
import { startCluster } from './cluster.ts'
import { fill, type Sizes } from './lists-data.ts'
import { entryQuestions, type Question, userQuestions } from './lists-questions.ts'
import { median, milliseconds, report, type Result } from './result.ts'

const small: Sizes = { users: 10_000, entries: 10_000 }
const large: Sizes = {
  users: Number(process.env['BENCH_USERS'] ?? 1_000_000),
  entries: Number(process.env['BENCH_AUDIT'] ?? 5_000_000),
}
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
/** A question that takes longer than this is asked less often: it has failed anyway. */
const slowMilliseconds = 500
const bound = 3

const cluster = await startCluster()
const connections: ReturnType<typeof connect>[] = []
try {
  const [fast, slow] = [await prepare(small), await prepare(large)]
  const results: Result[] = []
  for (const [index, question] of slow.entries()) {
    const reference = fast[index]
    if (reference === undefined || reference.name !== question.name) throw new Error('not the same')
    results.push(await compare(reference, question))
  }
  report(results)
} finally {
  for (const { pool } of connections) await pool.end()
  await cluster.stop()
}

async function prepare(sizes: Sizes): Promise<Question[]> {
  const url = await cluster.database(`lists_${sizes.users}_${sizes.entries}`, async (empty) => {
    const began = performance.now()
    process.stderr.write(`Filling ${sizes.users} users and ${sizes.entries} audit entries … `)
    await fill(empty, sizes)
    process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s\n`)
  })
  const connection = connect(url, { applicationName: 'atelier-bench', max: 1 })
  connections.push(connection)
  const { db } = connection
  return [
    ...userQuestions(db, sizes.users),
    ...entryQuestions(db, { busy: await actorAt(db, 0.05), quiet: await actorAt(db, 0.5) }),
  ]
}

/** Somebody of a rank among those who do much: equally busy in databases of every size. */
async function actorAt(db: Db, share: number) {
  const found = await db
    .selectFrom('audit_log')
    .where('actor_id', 'is not', null)
    .groupBy(['actor_id', 'actor_username', 'actor_email'])
    .select(({ fn }) => ['actor_id', 'actor_username', 'actor_email', fn.countAll().as('count')])
    .orderBy('count', 'desc')
    .execute()
  const actor = found[Math.floor(found.length * share * share)]
  if (actor?.actor_id == null) throw new Error('the log has no actors')
  return { id: actor.actor_id, username: actor.actor_username, email: actor.actor_email }
}

async function compare(reference: Question, question: Question): Promise<Result> {
  const times: { reference: number[]; question: number[] } = { reference: [], question: [] }
  let wanted = rounds
  for (let round = -2; round < wanted; round++) {
    const before = await timed(reference)
    const at = await timed(question)
    if (round < 0) continue
    times.reference.push(before)
    times.question.push(at)
    if (at > slowMilliseconds) wanted = Math.min(wanted, 5)
  }
  const [base, now] = [median(times.reference), median(times.question)]
  return {
    part: 'lists',
    name: question.name,
    ratio: now / base,
    bound,
    sense: 'at most',
    detail: `${milliseconds(base)} → ${milliseconds(now)}`,
  }
}

async function timed(question: Question): Promise<number> {
  const began = performance.now()
  await question.ask(question.deep)
  return performance.now() - began
}

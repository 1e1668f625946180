// One decision against a table lookup, and against the engines of the field, on the whole matrix.
import { median, report, type Result } from '../../server/bench/result.ts'
import { type Engine, engines, loop } from './engines.ts'
import { cells } from './matrix.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)
/** Each sample is at least so much CPU time, where one pass does not take longer anyway. */
const sampleMicroseconds = 100_000

const all = await engines()
const allowed = cells.filter((cell) => cell.allowed).length
for (const engine of all) demandEqualAnswers(engine)

const contestants = [loop, ...all]
const passes = contestants.map(calibrate)
const nanoseconds = contestants.map((): number[] => [])
for (let round = 0; round < rounds; round++) {
  for (const [index, contestant] of contestants.entries()) {
    nanoseconds[index]?.push(sample(contestant, passes[index] ?? 1))
  }
}
const [idle = NaN, ...gross] = nanoseconds.map(median)
const [limit, ours, ...others] = gross.map((time) => time - idle) as [number, number, ...number[]]
const bounds = [50, 1000, 1000]
report([
  {
    part: 'decisions',
    name: 'Decision: of a typed-array lookup',
    ratio: ours / limit,
    bound: 20,
    sense: 'at most',
    detail: `${limit.toFixed(1)} ns → ${ours.toFixed(1)} ns, each without ${idle.toFixed(1)} ns of the loop, ${cells.length} cells equal`,
  },
  ...others.map((time, index): Result => ({
    part: 'decisions',
    name: `Decision: faster than ${all[index + 2]?.name ?? ''}`,
    ratio: time / ours,
    bound: bounds[index] ?? NaN,
    sense: 'at least',
    detail: `${Math.round(time).toLocaleString('en')} ns → ${ours.toFixed(1)} ns`,
  })),
])

function demandEqualAnswers(engine: Engine): void {
  const answers = engine.answers()
  for (const [index, cell] of cells.entries()) {
    if (answers[index] === cell.allowed) continue
    const { subject, asked, target } = cell
    throw new Error(
      `${engine.name} answers ${String(answers[index])}: ${subject.id} ${asked} ${JSON.stringify(target)}`,
    )
  }
}

interface Contestant {
  pass(): number
}

/** How many passes one sample takes; asking also warms the engine up. */
function calibrate(contestant: Contestant): number {
  let passes = 1
  for (;;) {
    const spent = cpuOf(contestant, passes)
    if (spent >= sampleMicroseconds) return passes
    passes = Math.max(passes + 1, Math.ceil((passes * sampleMicroseconds) / Math.max(spent, 1)))
  }
}

/** CPU time of one decision, in nanoseconds. */
function sample(contestant: Contestant, passes: number): number {
  return (cpuOf(contestant, passes) * 1000) / (passes * cells.length)
}

function cpuOf(contestant: Contestant, passes: number): number {
  const expected = contestant === loop ? cells.length : allowed
  const before = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) {
    if (contestant.pass() !== expected) throw new Error('an engine changed its answers')
  }
  const { user, system } = process.cpuUsage(before)
  return user + system
}

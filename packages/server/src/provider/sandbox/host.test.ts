import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeEach, expect, inject, test } from 'vitest'
import { outcomeOf, reading, specOf } from '../../../test/provider-bench.ts'
import type { WorkspaceProvider } from '../provider.ts'
import { placeOf } from './place.ts'
import { openSandbox } from './sandbox.ts'

const dataDir = mkdtempSync(join(inject('engineFolder'), 'sandbox-'))
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true })
})

let installationId: string
let provider: WorkspaceProvider
beforeEach(() => {
  installationId = randomUUID()
  provider = openSandbox({ dataDir, installationId })
  return async () => {
    for (const { workspaceId } of await provider.list()) {
      await provider.remove(workspaceId, 'nothing')
    }
    await provider.close()
    expect(left()).toEqual([])
  }
})

const host = { kind: 'host' } as const
const quiet = () => undefined
const place = (workspaceId: string) =>
  placeOf(join(dataDir, 'sandbox', installationId), workspaceId)

async function started(changes: Parameters<typeof specOf>[1] = {}) {
  const spec = specOf(host, changes)
  await provider.create(spec, quiet)
  await provider.start(spec.workspaceId)
  return spec
}

/** What of this installation is on the host: loop devices, processes, mounts and control groups. */
function left(): string[] {
  const mine = join(dataDir, 'sandbox', installationId)
  const loops = spawnSync('losetup', ['--list', '--noheadings', '--output', 'BACK-FILE'])
  const groups = ['memory', 'cpu', 'cpuacct', 'pids', '.']
    .map((controller) => join('/sys/fs/cgroup', controller, 'atelier-sandbox'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder))
  return [
    ...loops.stdout.toString().split('\n'),
    ...readFileSync('/proc/self/mountinfo', 'utf8').split('\n'),
    ...readdirSync('/proc')
      .filter((pid) => Number.isInteger(Number(pid)))
      .map((pid) => read(`/proc/${pid}/cmdline`)),
    ...groups,
  ].filter((line) => line.includes(mine) || line.startsWith(installationId.slice(-12)))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Another server's process, which does this with its provider. */
function anotherServer(work: string): ChildProcessByStdio<null, Readable, null> {
  const program = join(dataDir, 'server.mts')
  const source = JSON.stringify(new URL('./sandbox.ts', import.meta.url).href)
  writeFileSync(
    program,
    `import { openSandbox } from ${source}
     const provider = openSandbox(${JSON.stringify({ dataDir, installationId })})
     ${work}
     setInterval(() => undefined, 1000)`,
  )
  const tsx = createRequire(import.meta.url).resolve('tsx')
  return spawn(process.execPath, ['--import', tsx, program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function kill(server: ChildProcessByStdio<null, Readable, null>): Promise<void> {
  const exit = once(server, 'exit')
  server.kill('SIGKILL')
  await exit
}

test('a workspace goes on when its server is killed, and the next one finds it', async () => {
  const spec = specOf(host)
  const { workspaceId } = spec
  const other = anotherServer(`
    await provider.create(${JSON.stringify(spec)}, () => undefined)
    await provider.start('${workspaceId}')
    const argv = ['sh', '-c', 'echo begun; exec sleep 1000']
    const running = await provider.exec('${workspaceId}', { argv })
    running.stdout.once('data', () => console.log('ready'))`)
  await reading(other.stdout).shows('ready')
  await kill(other)

  expect(await provider.list()).toEqual([{ workspaceId, state: 'running' }])
  await provider.start(workspaceId)
  const processes = await outcomeOf(provider, workspaceId, 'pgrep -fc "^sleep 1000"')
  expect(processes.stdout).toBe('1\n')
  await provider.stop(workspaceId)
  expect(await provider.list()).toEqual([{ workspaceId, state: 'stopped' }])
})

test.for(['start', 'stop', 'remove'] as const)(
  'a server that is killed when it has just begun a start leaves what the next one can %s',
  async (next) => {
    const spec = specOf(host)
    const { workspaceId } = spec
    await provider.create(spec, quiet)
    const other = anotherServer(`await provider.start('${workspaceId}')`)
    const { lock } = place(workspaceId)
    while (!existsSync(lock)) {
      if (other.exitCode !== null) throw new Error('it ended before it began a start')
      await new Promise(setImmediate)
    }
    await kill(other)
    if (next === 'remove') await provider.remove(workspaceId, 'nothing')
    else await provider[next](workspaceId)
    const found = { start: ['running'], stop: ['stopped'], remove: [] }[next]
    expect((await provider.list()).map(({ state }) => state)).toEqual(found)
  },
)

test('two servers that start the same workspace start it once', async () => {
  const spec = specOf(host)
  await provider.create(spec, quiet)
  const { workspaceId } = spec
  const another = openSandbox({ dataDir, installationId })
  await Promise.all([provider.start(workspaceId), another.start(workspaceId)])
  const { stdout } = await outcomeOf(another, workspaceId, 'pgrep -fc "^sleep infinity"')
  expect(stdout).toBe('1\n')
  await another.close()
})

test('nothing inside tells of the host: no home, no variable, no file of the server', async () => {
  const { workspaceId } = await started()
  const secret = 'ATELIER_TEST_SECRET'
  process.env[secret] = 'do not tell'
  try {
    const told = await outcomeOf(
      provider,
      workspaceId,
      'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/self/mountinfo 2>/dev/null | tr "\\0" "\\n"; env; ls -A /root /home /mnt /srv /opt /var 2>/dev/null',
    )
    expect(told.stdout).not.toContain(dataDir)
    expect(told.stdout).not.toContain(secret)
    expect(told.stdout).not.toContain('do not tell')
    const files = await outcomeOf(provider, workspaceId, 'ls -A / /etc; cat /etc/shadow; id')
    expect(files.stdout.split('\n')).not.toEqual(expect.arrayContaining(['root']))
    expect(files.stdout).toContain('uid=1000(coder) gid=1000(coder) groups=1000(coder)')
    expect(files.stderr).toContain('/etc/shadow')
  } finally {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
    delete process.env[secret]
  }
})

test('each workspace is a user of its own, and variables of people reach no program of the host', async () => {
  const [one, other] = [await started(), await started()]
  const owners = [one, other].map(({ workspaceId }) => {
    const pid = /"child-pid":\s*(\d+)/.exec(readFileSync(place(workspaceId).info, 'utf8'))?.[1]
    return /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid ?? ''}/status`, 'utf8'))?.[1]
  })
  expect(new Set(owners).size).toBe(2)
  for (const owner of owners) expect(Number(owner)).toBeGreaterThan(65_536)

  const marker = join(dataDir, 'loaded')
  const running = await provider.exec(one.workspaceId, {
    argv: ['sh', '-c', 'echo "$PATH|$LD_PRELOAD|$ENV|$ATELIER_GROUPS"'],
    env: { PATH: '/bin', LD_PRELOAD: '/nonexistent.so', ENV: marker, BASH_ENV: marker, IFS: '/' },
  })
  let said = ''
  for await (const chunk of running.stdout) said += String(chunk)
  expect(said).toBe(`/bin|/nonexistent.so|${marker}|\n`)
  expect(await running.exit).toBe(0)
})

test('a terminal is one of the sandbox, and large input arrives whole', async () => {
  const { workspaceId } = await started()
  const running = await provider.exec(workspaceId, {
    argv: ['bash', '--norc'],
    env: { PS1: '' },
    tty: { columns: 80, rows: 24 },
  })
  const screen = reading(running.stdout)
  running.stdin.write('test -e "$(tty)" && echo "it is $(tty)"\n')
  await screen.shows('it is /dev/pts/')
  // Not what was typed, but what it says.
  running.stdin.write("stty -echo -icanon; echo rea''dy; head -c 1000000 | sha256sum\n")
  await screen.shows('ready')
  running.stdin.write(Buffer.alloc(1_000_000, 'ü'))
  const expected = spawnSync('sha256sum', { input: Buffer.alloc(1_000_000, 'ü') })
  await screen.shows(expected.stdout.toString().slice(0, 64))
  running.stdin.write('exit\n')
  expect(await running.exit).toBe(0)
})

test('no file of the server is open in a workspace', async () => {
  const { workspaceId } = await started()
  const info = readFileSync(place(workspaceId).info, 'utf8')
  const [, first = ''] = /"child-pid":\s*(\d+)/.exec(info) ?? []
  const namespace = readlinkSync(`/proc/${first}/ns/pid`)
  const inside = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && linkOf(`/proc/${pid}/ns/pid`) === namespace,
  )
  const files = inside.flatMap((pid) =>
    readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)),
  )
  expect(inside.length).toBeGreaterThan(1)
  expect(files.filter((file) => file.startsWith('/') && file !== '/dev/null')).toEqual([])
})

test('what a command leaves running does not hold it up, and ends with the workspace', async () => {
  const { workspaceId } = await started()
  const { stdout, code } = await outcomeOf(provider, workspaceId, 'sleep 7007 & echo done')
  expect([stdout, code]).toEqual(['done\n', 0])
  expect((await outcomeOf(provider, workspaceId, 'pgrep -fc "^sleep 7007"')).stdout).toBe('1\n')
  await provider.stop(workspaceId)
  await provider.start(workspaceId)
  expect((await outcomeOf(provider, workspaceId, 'pgrep -fc "^sleep 7007"')).stdout).toBe('0\n')
})

test('an image of a registry is refused, with what to choose', async () => {
  const image = { kind: 'local', reference: 'localhost/base:1' } as const
  const fetched = provider.fetchImage(image, quiet, new AbortController().signal)
  await expect(fetched).rejects.toMatchObject({ code: 'image' })
  await expect(fetched).rejects.toThrow('container engine')
  await provider.fetchImage(host, quiet, new AbortController().signal)
})

test('what is no id of a workspace is none, and never a path', async () => {
  for (const id of ['..', '../../etc', '', 'a/b']) {
    await expect(provider.start(id)).rejects.toMatchObject({ code: 'not_found' })
  }
})

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { processArguments } from '../db/lock-process.ts'
import { findEngine } from './discover.ts'
import { openClient } from './engine/client.ts'
import { keepPodman } from './podman-keeper.ts'
import { startPrivatePodman } from './private-podman.ts'

let folder: string
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const log = { ...quiet, debug: () => undefined }

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atelier-private-'))
})
afterEach(() => {
  // The storage is mounted onto itself.
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  for (const path of mounts.map((line) => line.split(' ')[4] ?? '')) {
    if (path.startsWith(`${folder}/`)) spawnSync('umount', [path])
  }
  rmSync(folder, { recursive: true, force: true })
})

const pidIn = (place: string) => Number(readFileSync(join(place, 'service.pid'), 'utf8'))

async function ping(url: string): Promise<unknown> {
  const client = openClient({ url })
  try {
    return await client.ask('GET', '/_ping')
  } finally {
    client.close()
  }
}

test('it is restarted when it dies, and is gone after its stop', async () => {
  const podman = await startPrivatePodman(folder, log)
  expect(await ping(podman.url)).toBe('OK')
  const first = pidIn(folder)
  process.kill(first, 'SIGKILL')
  while (pidIn(folder) === first) await delay(20)
  while ((await ping(podman.url).catch(() => undefined)) !== 'OK') await delay(20)
  const second = pidIn(folder)
  await podman.stop()
  expect(processArguments(second)).toBeUndefined()
  await expect(ping(podman.url)).rejects.toMatchObject({ code: 'unreachable' })
})

test('that of a killed server is adopted; a command leaves it, a server ends it', async () => {
  const child = forkKeeper(folder)
  const [pid] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  child.kill('SIGKILL')
  await once(child, 'exit')
  const place = join(folder, 'podman')
  expect(pidIn(place)).toBe(Number(pid))

  const command = keepPodman(folder, false, log)
  await command.ensure()
  await command.stop()
  expect(pidIn(place)).toBe(Number(pid))
  expect(await ping(command.url)).toBe('OK')

  const server = keepPodman(folder, true, log)
  await server.ensure()
  expect(pidIn(place)).toBe(Number(pid))
  await server.stop()
  expect(processArguments(Number(pid))).toBeUndefined()
  expect(existsSync(join(place, 'service.pid'))).toBe(false)
})

test('a folder with a long name has sockets and state elsewhere', async () => {
  const deep = join(folder, 'a-data-folder-'.repeat(8))
  const podman = await startPrivatePodman(deep, log)
  expect(await ping(podman.url)).toBe('OK')
  expect(podman.url).not.toContain(folder)
  await podman.stop()
  rmSync(dirname(podman.url.slice('unix://'.length)), { recursive: true })
})

test('an engine that answers is found before one is started, and a socket without one is not', async () => {
  const there = await startPrivatePodman(folder, log)
  const own = keepPodman(join(folder, 'own'), true, log)
  const search = { podman: own, report: () => undefined }
  const socket = there.url.slice('unix://'.length)
  expect(await findEngine({ ...search, sockets: ['/nowhere.sock', socket] })).toBe(there.url)
  await there.stop()
  expect(await findEngine({ ...search, sockets: ['/nowhere.sock', socket] })).toBe(own.url)
  expect(await ping(own.url)).toBe('OK')
  await own.stop()
})

/** A process of its own that keeps a Podman, and says its number. */
function forkKeeper(dataDir: string) {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const keeper = fileURLToPath(new URL('podman-keeper.ts', import.meta.url))
  const program = `
    const { keepPodman } = await import(${JSON.stringify(keeper)})
    const { readFileSync } = await import('node:fs')
    const quiet = () => undefined
    const podman = keepPodman(${JSON.stringify(dataDir)}, true, { info: quiet, warn: quiet, error: quiet, debug: quiet })
    await podman.ensure()
    console.log(readFileSync(${JSON.stringify(join(dataDir, 'podman/service.pid'))}, 'utf8'))
    setInterval(quiet, 60_000)
  `
  return spawn(process.execPath, ['--import', tsx, '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

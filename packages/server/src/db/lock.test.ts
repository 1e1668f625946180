import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { forkChild } from '../../test/cluster-fork.ts'
import { processStart } from './lock-process.ts'
import { ensureDataDir, lockDataDir } from './lock.ts'

// Real processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 })

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'atelier-lock-'))
})

afterEach(async () => {
  await rm(dataDir, { recursive: true })
})

test('refuses while another process holds the folder, and names both', async () => {
  const other = forkChild('lock', dataDir)
  expect(await other.answer).toEqual({ locked: true })
  expect(() => lockDataDir(dataDir)).toThrow(
    expect.objectContaining({
      code: 'data.locked',
      message: expect.stringMatching(`process ${String(other.pid)}.* ${dataDir}`) as string,
    }),
  )
  await other.end('SIGTERM')
  expect(existsSync(join(dataDir, 'server.lock'))).toBe(false)
  lockDataDir(dataDir).release()
})

test('refuses a second lock in the same process, until the first is released', () => {
  const first = lockDataDir(dataDir)
  expect(() => lockDataDir(dataDir)).toThrow('uses the data folder')
  first.release()
  lockDataDir(dataDir).release()
})

test('accepts the folder of a server that was killed', async () => {
  const other = forkChild('lock', dataDir)
  await other.answer
  await other.end('SIGKILL')
  expect(existsSync(join(dataDir, 'server.lock'))).toBe(true)
  lockDataDir(dataDir).release()
})

test('accepts the folder when the number in the lock belongs to a later process', async () => {
  await writeFile(join(dataDir, 'server.lock'), `${String(process.ppid)} an-earlier-boot/1234\n`)
  const lock = lockDataDir(dataDir)
  const content = await readFile(join(dataDir, 'server.lock'), 'utf8')
  expect(content).toBe(`${String(process.pid)} ${processStart(process.pid) ?? ''}\n`)
  lock.release()
})

test('accepts the folder when the lock is empty or garbage', async () => {
  for (const content of ['', 'garbage\n', '17']) {
    await writeFile(join(dataDir, 'server.lock'), content)
    lockDataDir(dataDir).release()
  }
})

test('lets one of many servers through that find a stale lock at once', async () => {
  await writeFile(join(dataDir, 'server.lock'), '1 an-earlier-boot/1\n')
  const children = Array.from({ length: 4 }, () => forkChild('lock', dataDir))
  const answers = await Promise.all(children.map(({ answer }) => answer))
  await Promise.all(children.map((child) => child.end('SIGKILL')))
  expect(answers.filter(({ locked }) => locked)).toHaveLength(1)
  expect(answers.filter(({ error }) => error?.includes('data folder'))).toHaveLength(3)
})

test('a release leaves the lock of a later holder alone', async () => {
  const lock = lockDataDir(dataDir)
  await writeFile(join(dataDir, 'server.lock'), '17 somebody-else\n')
  lock.release()
  expect(existsSync(join(dataDir, 'server.lock'))).toBe(true)
})

test('closes the folder to other users', async () => {
  await chmod(dataDir, 0o755)
  ensureDataDir(dataDir)
  expect((await stat(dataDir)).mode & 0o777).toBe(0o710)
  expect((await stat(ensureDataDir(join(dataDir, 'new', 'folder')))).mode & 0o777).toBe(0o700)
})

test('refuses a folder that is shared or is no folder', async () => {
  await writeFile(join(dataDir, 'file'), '')
  await mkdir(join(dataDir, 'shared'))
  await chmod(join(dataDir, 'shared'), 0o1777)
  expect(() => ensureDataDir(join(dataDir, 'shared'))).toThrow('is shared with other programs')
  expect(() => ensureDataDir(join(dataDir, 'file'))).toThrow(/file cannot be used \(EEXIST/)
})

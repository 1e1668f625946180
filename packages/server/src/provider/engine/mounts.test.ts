import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mountFile, releaseFile, unmount } from './mounts.ts'

test('a file is released although a process has copied the mounts of the moment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-mounts-'))
  const [file, path] = [join(folder, 'home.ext4'), join(folder, 'home')]
  mkdirSync(path)
  execFileSync('truncate', ['--size=32M', file])
  execFileSync('mkfs.ext4', ['-q', file])
  await mountFile(file, path)
  const holder = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', 'echo ready; exec sleep 1000'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  try {
    await once(holder.stdout, 'data')
    expect(await unmount(path)).toBe(true)
    const associated = () => String(execFileSync('losetup', ['--associated', file])).trim()
    expect(associated()).not.toBe('')
    await releaseFile(file)
    expect(associated()).toBe('')
  } finally {
    holder.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'

// A real process, on a machine that may be busy.
vi.setConfig({ testTimeout: 180_000 })

async function addressIn(output: AsyncIterable<Buffer>): Promise<string> {
  let said = ''
  for await (const chunk of output) {
    said += String(chunk)
    const [, port] = /http:\/\/localhost:(\d+)\/setup/.exec(said) ?? []
    if (port !== undefined) return `http://127.0.0.1:${port}`
  }
  throw new Error(`the server did not start: ${said}`)
}

async function untilRefused(address: string): Promise<void> {
  for (;;) {
    try {
      await (await fetch(`${address}/healthz`)).text()
    } catch {
      return
    }
  }
}

test('a signal that arrives twice still stops the database', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'atelier-serve-'))
  const program = fileURLToPath(new URL('../test/program.ts', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const server = spawn(process.execPath, ['--import', tsx, program, 'serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ATELIER_DATA_DIR: dataDir,
      ATELIER_ENGINE: 'none',
      ATELIER_LISTEN: '127.0.0.1:0',
    },
  })
  try {
    const address = await addressIn(server.stdout)
    const exit = once(server, 'exit')
    server.kill('SIGTERM')
    await untilRefused(address)
    server.kill('SIGTERM')
    expect(await exit).toEqual([0, null])
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false)
    expect(existsSync(join(dataDir, 'server.lock'))).toBe(false)
  } finally {
    server.kill('SIGKILL')
    await rm(dataDir, { recursive: true, force: true })
  }
})

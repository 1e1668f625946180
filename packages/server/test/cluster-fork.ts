import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ChildAnswer {
  url?: string
  adopted?: boolean
  locked?: boolean
  error?: string
}

export interface TestChild {
  pid: number
  /** What it said once it had done its task. */
  answer: Promise<ChildAnswer>
  /** Ends it with this signal and waits until it is gone. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** Runs cluster-child.ts, a separate process that starts Postgres or holds the data folder. */
export function forkChild(task: 'start' | 'lock', dataDir: string): TestChild {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const program = fileURLToPath(new URL('cluster-child.ts', import.meta.url))
  const child: ChildProcess = spawn(process.execPath, ['--import', tsx, program, task, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })
  const answer = once(lines, 'line').then(([line]) => JSON.parse(line as string) as ChildAnswer)
  return {
    pid: child.pid!,
    answer,
    async end(signal) {
      child.kill(signal)
      await gone
    },
  }
}

import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../../dist/server/main.js', import.meta.url))

export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Program {
  readonly pid: number
  /** What it has written until now. */
  written(): Pick<Exit, 'out' | 'err'>
  /** Resolves with the match once it has written this; fails if it ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Exit>
  /** Sends the signal and waits until it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<Exit>
}

export interface Served extends Program {
  readonly url: string
  /** The link that creates the site admin, while there is none. */
  readonly setupLink: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** Starts the built `atelier-server` with these variables and no others. */
export function startProgram(args: readonly string[], environment: Environment): Program {
  const child: ChildProcessByStdio<null, Readable, Readable> = spawn(
    process.execPath,
    [program, ...args],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      // An engine of its own is for the tests that need one.
      env: { PATH: process.env['PATH'], ATELIER_ENGINE: 'none', ...environment },
    },
  )
  const written = { out: '', err: '' }
  let isOver = false
  const read = (stream: Readable, name: 'out' | 'err'): void => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
      child.emit('written')
    })
  }
  read(child.stdout, 'out')
  read(child.stderr, 'err')
  const ended = once(child, 'close').then(([code]): Exit => {
    isOver = true
    child.emit('written')
    return { code: code as number | null, ...written }
  })
  return {
    pid: child.pid ?? 0,
    written: () => ({ ...written }),
    async until(pattern) {
      for (;;) {
        const found = pattern.exec(`${written.out}\n${written.err}`)
        if (found !== null) return found
        if (isOver)
          throw new Error(`it ended before ${String(pattern)}: ${JSON.stringify(written)}`)
        await once(child, 'written')
      }
    },
    ended,
    async end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** Runs the program to its end. */
export function runProgram(args: readonly string[], environment: Environment): Promise<Exit> {
  return startProgram(args, environment).ended
}

/** Starts a server on a free port; resolves when it listens. */
export async function serveProgram(environment: Environment): Promise<Served> {
  const program = startProgram(['serve'], { ATELIER_LISTEN: '127.0.0.1:0', ...environment })
  const [, port, setup] = await program.until(
    /(?:Atelier is at|Create the site admin:) +http:\/\/localhost:(\d+)(\/setup\?token=\S+)?\n/,
  )
  const url = `http://127.0.0.1:${port ?? ''}`
  return { ...program, url, setupLink: setup === undefined ? undefined : url + setup }
}

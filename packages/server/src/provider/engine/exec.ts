import { PassThrough, type Duplex, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { randomToken } from '../../platform/ids.ts'
import { type Command, ProviderFailure, type Running } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import { demultiplex } from './multiplexed.ts'
import type { ExecInspect } from './wire.ts'

export interface ExecTarget {
  readonly container: string
  /** Of the image. */
  readonly user: string
  /** Kills the session of a process of the engine's host, and whatever has the mark. */
  readonly kill: (leader: number, mark: string) => Promise<void>
}

/** Runs a command in a container, in the home of its user unless told otherwise. */
export async function runInContainer(
  client: EngineClient,
  target: ExecTarget,
  command: Command,
): Promise<Running> {
  const { tty } = command
  const mark = `ATELIER_EXEC=${randomToken(16)}`
  const { Id: id } = await client.ask<{ Id: string }>(
    'POST',
    `/containers/${target.container}/exec`,
    {
      body: {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: tty !== undefined,
        User: command.user ?? target.user,
        Env: [
          ...Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`),
          mark,
        ],
        Cmd: inFolder(command),
      },
    },
  )
  const connection = await client.hijack(`/exec/${id}/start`, {
    Detach: false,
    Tty: tty !== undefined,
    ...(tty === undefined
      ? {}
      : { h: tty.rows, w: tty.columns, ConsoleSize: [tty.rows, tty.columns] }),
  })

  const resize = async (columns: number, rows: number): Promise<void> => {
    try {
      // Podman answers 201, Docker 200.
      await client.ask('POST', `/exec/${id}/resize`, { query: { h: rows, w: columns } })
    } catch (error) {
      // It has ended, or not quite begun.
      if (!(error instanceof EngineFault)) throw error
    }
  }
  const inspect = () => client.ask<ExecInspect>('GET', `/exec/${id}/json`)

  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const ended = deliver(connection, tty !== undefined, stdout, stderr)
  const exit = ended.then(() => exitCodeOf(inspect))
  // Whoever does not ask for the code does not care.
  exit.catch(() => undefined)
  if (tty !== undefined) await resize(tty.columns, tty.rows)
  return {
    stdin: inputOf(connection),
    stdout,
    stderr,
    exit,
    resize,
    kill: async () => {
      const { Running: running, Pid: leader } = await inspect().catch(gone)
      if (running) await target.kill(leader, mark)
    },
  }
}

/** The engine forgets commands that have ended. */
function gone(error: unknown): ExecInspect {
  if (error instanceof EngineFault && error.status === 404) {
    return { Running: false, ExitCode: null, Pid: 0 }
  }
  throw error
}

/** A shell, which every image with a terminal has, finds the home that only the image knows. */
function inFolder({ argv, cwd }: Command): string[] {
  return cwd === undefined
    ? ['sh', '-c', 'cd -- "${HOME:-/}" 2>/dev/null; exec "$@"', 'sh', ...argv]
    : ['sh', '-c', 'cd -- "$1" && shift && exec "$@"', 'sh', cwd, ...argv]
}

/** Resolves once all that the command wrote has been handed on. */
function deliver(
  connection: Duplex,
  terminal: boolean,
  stdout: PassThrough,
  stderr: PassThrough,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (terminal) stderr.end()
    const sink = terminal ? stdout : demultiplex(stdout, stderr)
    connection.pipe(sink)
    sink.once('finish', resolve)
    connection.once('close', () => {
      // A connection that broke has no end.
      sink.end()
    })
    connection.on('error', (error: NodeJS.ErrnoException) => {
      // It has ended and does not read any more; how, the engine knows.
      if (error.code === 'EPIPE') {
        sink.end()
        return
      }
      const failure = new ProviderFailure('failed', 'The connection to the command broke.', {
        cause: error,
      })
      reject(failure)
      sink.end()
    })
  })
}

function inputOf(connection: Duplex): Writable {
  const input = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!connection.writable) {
        // As a pipe whose reader has ended.
        done()
      } else if (chunk.length === 0) done()
      else if (connection.write(chunk)) done()
      else onceAble(connection, done)
    },
    final(done) {
      connection.end()
      done()
    },
    destroy(error, done) {
      connection.end()
      done(error)
    },
  })
  return input
}

function onceAble(connection: Duplex, done: () => void): void {
  const go = () => {
    connection.off('drain', go)
    connection.off('close', go)
    done()
  }
  connection.on('drain', go)
  connection.on('close', go)
}

async function exitCodeOf(inspect: () => Promise<ExecInspect>): Promise<number> {
  // The output ends a moment before the engine has heard of the end, or long before where the
  // command closes it and goes on.
  for (let wait = 2; ; wait = Math.min(wait * 2, 500)) {
    const { Running: running, ExitCode: code } = await inspect()
    if (!running) return code ?? 0
    await delay(wait, undefined, { ref: false })
  }
}

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { PassThrough, Writable } from 'node:stream'
import { randomToken } from '../../platform/ids.ts'
import { signal } from '../engine/local.ts'
import type { Command, Running } from '../provider.ts'
import { type Alive, processesOf } from './alive.ts'
import { hostEnvironment } from './host.ts'

export interface Target {
  readonly alive: Alive
  /** The user on this host. */
  readonly owner: number
  /** The files of its control groups to join. */
  readonly joining: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const rounds = 20
/** What a background process may still write after its command has ended. */
const lastWordsMilliseconds = 200

/**
 * Runs a command in a sandbox, always as its only user. Whatever comes from people reaches programs of
 * the host as values of variables with names of ours, and becomes an environment only inside.
 */
export async function runInSandbox(target: Target, command: Command): Promise<Running> {
  const mark = `ATELIER_EXEC=${randomToken(16)}`
  const variables = Object.entries({
    HOME: '/home/coder',
    USER: 'coder',
    LOGNAME: 'coder',
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    PATH: '/home/coder/.local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...(command.tty === undefined ? {} : { TERM: 'xterm-256color' }),
    ...target.env,
    ...command.env,
  }).map(([name, value]) => `${name}=${value}`)
  const given = Object.fromEntries([...variables, mark].map((each, n) => [`ATELIER_${n}`, each]))
  const names = Object.keys(given).map((name) => `"$${name}"`)
  const terminal = command.tty !== undefined
  const inside = `cd -- "$1" || exit 127; shift; exec env -i ${names.join(' ')} ${
    // A terminal of the sandbox's own, whose name programs find there.
    terminal ? `script -qefc "$ATELIER_COMMAND" /dev/null` : '"$@"'
  }`
  const args = [
    ...['-c', 'for each in $ATELIER_GROUPS; do echo $$ > "$each"; done; exec "$@"', 'sh'],
    ...['setpriv', '--regid', String(target.owner), '--clear-groups', '--no-new-privs', '--'],
    ...['nsenter', '--target', String(target.alive.pid), '--user', '--mount', '--pid', '--net'],
    ...['--uts', '--ipc', '--cgroup', '--preserve-credentials', '--setuid', '1000', '--'],
    ...['sh', '-c', inside, 'sh', command.cwd ?? '/home/coder', ...command.argv],
  ]
  const env = {
    ...hostEnvironment,
    ...given,
    ATELIER_GROUPS: target.joining.join(' '),
    ATELIER_COMMAND: `exec ${command.argv.map(quoted).join(' ')}`,
  }
  const { tty } = command
  const running = tty === undefined ? withPipes(args, env) : await withTerminal(args, env, tty)
  return {
    ...running,
    kill: () => {
      killMarked(target.alive, mark)
      return Promise.resolve()
    },
  }
}

type Started = Omit<Running, 'kill'>

function withPipes(args: readonly string[], env: Record<string, string>): Started {
  const child = spawn('sh', args, { cwd: '/', env, stdio: ['pipe', 'pipe', 'pipe'] })
  // Whoever does not read its input is no failure.
  child.stdin.on('error', () => undefined)
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  child.stdout.pipe(stdout)
  child.stderr.pipe(stderr)
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, name) => {
      const status = code ?? 128 + (name === null ? 0 : constants.signals[name])
      const late = setTimeout(() => {
        // Whatever it leaves running may go on writing, and nobody reads it.
        child.stdout.unpipe(stdout).resume()
        child.stderr.unpipe(stderr).resume()
        stdout.end()
        stderr.end()
        resolve(status)
      }, lastWordsMilliseconds)
      child.once('close', () => {
        clearTimeout(late)
        resolve(status)
      })
    })
  })
  exit.catch(() => undefined)
  return {
    stdin: child.stdin,
    stdout,
    stderr,
    exit,
    resize: () => Promise.resolve(),
  }
}

async function withTerminal(
  args: string[],
  env: Record<string, string>,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): Promise<Started> {
  // Native code, which no other server needs.
  const { spawn: spawnTerminal } = await import('@lydell/node-pty')
  const terminal = spawnTerminal('sh', args, {
    cols: columns,
    rows,
    cwd: '/',
    env,
    // Bytes as they come: a character may arrive in two parts.
    encoding: null,
  })
  const stdout = new PassThrough()
  terminal.onData((data: string | Buffer) => {
    if (stdout.write(data)) return
    terminal.pause()
    stdout.once('drain', () => {
      terminal.resume()
    })
  })
  let isOver = false
  const exit = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode, signal: number }) => {
      isOver = true
      stdout.end()
      resolve(number === undefined || number === 0 ? exitCode : 128 + number)
    })
  })
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      // It takes bytes too, whatever its types say: a character may come in two parts.
      if (!isOver) terminal.write(chunk as unknown as string)
      done()
    },
  })
  return {
    stdin,
    stdout,
    stderr: new PassThrough().end(),
    exit,
    resize: (width, height) => {
      if (!isOver) terminal.resize(width, height)
      return Promise.resolve()
    },
  }
}

/** Kills whatever has the mark in its environment, until nothing has. */
function killMarked(alive: Alive, mark: string): void {
  for (let round = 0; round < rounds; round++) {
    const victims = processesOf(alive).filter((pid) => hasMark(pid, mark))
    if (victims.length === 0) return
    for (const pid of victims) signal(pid, 'SIGKILL')
  }
}

function hasMark(pid: number, mark: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // A zombie is dead already, and stays until its parent looks.
    if (/\) Z /.test(stat)) return false
    return readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .some((each) => each === mark || each.endsWith(`=${mark}`))
  } catch {
    return false
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

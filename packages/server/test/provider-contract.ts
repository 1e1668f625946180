import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { StringDecoder } from 'node:string_decoder'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tryIsolation } from './provider-isolation.ts'
import { tryLimits } from './provider-limits.ts'
import { tryPorts } from './provider-ports.ts'
import type {
  Command,
  ImageSource,
  WorkspaceProvider,
  WorkspaceSpec,
} from '../src/provider/provider.ts'

/** A provider of one kind, ready to be tried. */
export interface Subject {
  /** With the user `coder`, bash, python3, curl and, unless it is `without` root, sudo. */
  readonly image: ImageSource
  /** A provider of an installation of its own. */
  open(installationId: string): WorkspaceProvider
  /** How often the kernel has held the workspace back from using more CPU. */
  timesThrottled(installationId: string, workspaceId: string): Promise<number>
  /** Limits and closed doors that it does not promise here. */
  readonly without: readonly ('disk' | 'metadata' | 'root')[]
  /** Paths of the host that a workspace must not see, such as the engine's socket. */
  readonly hidden: readonly string[]
}

/** What the parts of the contract are tried with. */
export interface Bench {
  readonly installationId: string
  readonly subject: Subject
  readonly provider: WorkspaceProvider
  /** What makes a command one of root's, where there is one. */
  readonly sudo: string
  /** A workspace that runs. */
  readonly started: (changes?: Partial<WorkspaceSpec>) => Promise<WorkspaceSpec>
  /** Runs a command of a shell to its end. */
  readonly run: (workspaceId: string, command: string, input?: string) => Promise<Outcome>
}

/** What a command gave. */
export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function outcomeOf(
  provider: WorkspaceProvider,
  workspaceId: string,
  command: Command | string,
  input = '',
): Promise<Outcome> {
  const running = await provider.exec(
    workspaceId,
    typeof command === 'string' ? { argv: ['sh', '-c', command] } : command,
  )
  running.stdin.end(input)
  const [stdout, stderr, code] = await Promise.all([
    text(running.stdout),
    text(running.stderr),
    running.exit,
  ])
  return { code, stdout, stderr }
}

/** A small workspace. */
export function specOf(image: ImageSource, changes: Partial<WorkspaceSpec> = {}): WorkspaceSpec {
  return {
    workspaceId: randomUUID(),
    hostname: 'bench',
    image,
    cpuCores: 1,
    memoryGb: 0.25,
    diskGb: 1,
    maxProcesses: 200,
    env: {},
    ...changes,
  }
}

const quiet = () => undefined

/** What every provider promises, tried on one. */
export function tryProvider(kind: string, prepare: () => Promise<Subject>): void {
  describe(`the provider ${kind}`, () => {
    let subject: Subject
    let provider: WorkspaceProvider
    const installationId = randomUUID()

    beforeAll(async () => {
      subject = await prepare()
      provider = subject.open(installationId)
    }, 300_000)
    afterAll(async () => {
      for (const { workspaceId } of await provider.list()) {
        await provider.remove(workspaceId, 'nothing')
      }
      expect(await provider.list()).toEqual([])
      await provider.close()
    })

    const started = async (changes: Partial<WorkspaceSpec> = {}): Promise<WorkspaceSpec> => {
      const spec = specOf(subject.image, changes)
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      return spec
    }
    const bench = (): Bench => ({
      installationId,
      subject,
      provider,
      sudo: subject.without.includes('root') ? '' : 'sudo',
      started,
      run: (workspaceId, command, input) => outcomeOf(provider, workspaceId, command, input),
    })

    tryPorts(bench)
    tryLimits(bench)
    tryIsolation(bench)

    test('a workspace runs commands as its user, in its home', async () => {
      const { workspaceId } = await started({ env: { GREETING: 'good day' } })
      const answer = await outcomeOf(
        provider,
        workspaceId,
        'echo "$(id -un) $(pwd) $(hostname) $GREETING"; echo oops >&2; exit 7',
      )
      expect(answer).toEqual({
        code: 7,
        stdout: 'coder /home/coder bench good day\n',
        stderr: 'oops\n',
      })
      expect(await outcomeOf(provider, workspaceId, 'cat', 'through')).toMatchObject({
        stdout: 'through',
      })
    })

    test('a terminal has the size it is given, and its output is one', async () => {
      const { workspaceId } = await started()
      const running = await provider.exec(workspaceId, {
        argv: ['bash', '--norc'],
        env: { PS1: '', TERM: 'xterm' },
        tty: { columns: 91, rows: 31 },
      })
      const screen = reading(running.stdout)
      running.stdin.write('stty size\n')
      await screen.shows('31 91')
      await running.resize(120, 40)
      running.stdin.write('stty size; echo è >&2\n')
      await screen.shows('40 120')
      await screen.shows('è\r\n')
      running.stdin.write('exit 3\n')
      expect(await running.exit).toBe(3)
    })

    test.for([undefined, { columns: 80, rows: 24 }])(
      'kill ends a command and what it started (terminal: %o)',
      async (tty) => {
        const { workspaceId } = await started()
        const running = await provider.exec(workspaceId, {
          argv: [
            'sh',
            '-c',
            'trap "" TERM HUP; sleep 7001 & setsid sleep 7002 & echo begun; sleep 7003',
          ],
          ...(tty === undefined ? {} : { tty }),
        })
        await reading(running.stdout).shows('begun')
        await running.kill()
        expect(await running.exit).toBe(137)
        const left = await outcomeOf(provider, workspaceId, 'pgrep -f "sleep 70[0]" | wc -l')
        expect(left.stdout).toBe('0\n')
        await running.kill()
      },
    )

    test('a rebuild keeps the home and resets everything else', async () => {
      const spec = await started()
      const { workspaceId } = spec
      const leave = `echo mine > ~/kept; ${bench().sudo} touch /etc/changed; ls -a ~`
      expect((await outcomeOf(provider, workspaceId, leave)).stdout).toContain('.bashrc')
      await provider.stop(workspaceId)
      await expect(provider.exec(workspaceId, { argv: ['true'] })).rejects.toMatchObject({
        code: 'not_running',
      })
      await provider.start(workspaceId)
      const look = 'cat ~/kept; ls /etc/changed'
      expect(await outcomeOf(provider, workspaceId, look)).toMatchObject({ code: 0 })

      await provider.create({ ...spec, diskGb: 2 }, quiet)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.start(workspaceId)
      expect(await outcomeOf(provider, workspaceId, look)).toMatchObject({
        stdout: 'mine\n',
        code: 2,
      })

      await provider.remove(workspaceId, 'home')
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'home_only' })
      await provider.create(spec, quiet)
      await provider.start(workspaceId)
      expect((await outcomeOf(provider, workspaceId, look)).stdout).toBe('mine\n')
      await provider.remove(workspaceId, 'nothing')
      expect(await idsOf(provider)).not.toContain(workspaceId)
    })

    test('every step can be taken twice', async () => {
      const spec = specOf(subject.image)
      const { workspaceId } = spec
      await provider.create(spec, quiet)
      await provider.create(spec, quiet)
      await provider.start(workspaceId)
      await provider.start(workspaceId)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'running' })
      await provider.stop(workspaceId)
      await provider.stop(workspaceId)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.start(workspaceId)
      await provider.create(spec, quiet)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.remove(workspaceId, 'nothing')
      await provider.remove(workspaceId, 'nothing')
      await provider.remove(workspaceId, 'home')
      expect(await idsOf(provider)).not.toContain(workspaceId)
      for (const use of [
        () => provider.start(workspaceId),
        () => provider.exec(workspaceId, { argv: ['true'] }),
      ]) {
        await expect(use()).rejects.toMatchObject({ code: 'not_found' })
      }
    })
  })
}

async function idsOf(provider: WorkspaceProvider): Promise<string[]> {
  return (await provider.list()).map(({ workspaceId }) => workspaceId)
}

/** Collects what is written, and waits until it shows a text. */
export function reading(stream: Readable): { shows(wanted: string | RegExp): Promise<void> } {
  let shown = ''
  const decoder = new StringDecoder('utf8')
  stream.on('data', (chunk: Buffer) => {
    shown += decoder.write(chunk)
  })
  return {
    async shows(wanted) {
      const isThere = () =>
        typeof wanted === 'string' ? shown.includes(wanted) : wanted.test(shown)
      while (!isThere()) {
        if (stream.readableEnded) throw new Error(`ended without ${String(wanted)}: ${shown}`)
        await new Promise<void>((resolve) => {
          stream.once('data', () => {
            resolve()
          })
          stream.once('end', () => {
            resolve()
          })
        })
      }
    },
  }
}

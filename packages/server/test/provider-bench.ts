import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { StringDecoder } from 'node:string_decoder'
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

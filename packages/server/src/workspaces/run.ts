import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import type { Command, Report, WorkspaceProvider } from '../provider/provider.ts'

export interface RunOptions {
  /** What the command reads; secrets travel here and nowhere else. */
  readonly input?: string
  /** Told each line of what it prints. */
  readonly report: Report
  readonly signal: AbortSignal
}

/** Runs a command in a workspace to its end and answers its exit code; aborted, it is ended. */
export async function run(
  provider: WorkspaceProvider,
  workspaceId: string,
  command: Command,
  { input = '', report, signal }: RunOptions,
): Promise<number> {
  signal.throwIfAborted()
  const running = await provider.exec(workspaceId, command)
  const end = (): void => {
    running.kill().catch(() => undefined)
  }
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  // Whoever does not read its input has closed it: that is no failure.
  running.stdin.on('error', () => undefined)
  running.stdin.end(input)
  const printed = Promise.all([
    readLines(running.stdout, report),
    readLines(running.stderr, report),
  ])
  try {
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    return await Promise.race([
      Promise.all([running.exit, printed]).then(([code]) => code),
      aborted,
    ])
  } finally {
    signal.removeEventListener('abort', end)
    printed.catch(() => undefined)
    running.exit.catch(() => undefined)
  }
}

const longestLine = 4_000

/** Tells the lines of a stream; a line that does not end is cut. */
async function readLines(stream: Readable, report: Report): Promise<void> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of stream) {
    rest += decoder.write(chunk as Buffer)
    const lines = rest.split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) report(line)
    if (rest.length > longestLine) {
      report(rest)
      rest = ''
    }
  }
  rest += decoder.end()
  if (rest !== '') report(rest)
}

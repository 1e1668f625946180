import type { BuildLogLine } from '@atelier/api'

/** A stage of a build, with what was said during it. */
export interface Stage {
  readonly id: string
  readonly title: string
  readonly startedAt: number
  /** Undefined while it goes on. */
  readonly endedAt: number | undefined
  readonly failed: boolean
  readonly lines: readonly {
    readonly id: string
    readonly text: string
    readonly error: boolean
  }[]
}

export interface StagedLog {
  readonly stages: readonly Stage[]
  readonly done: boolean
  readonly failed: boolean
}

type Growing = { -readonly [K in keyof Stage]: Stage[K] } & { lines: Stage['lines'][number][] }

/** Orders the lines of a log by stages; what is said before the first one begins one itself. */
export function stagesOf(lines: readonly BuildLogLine[]): StagedLog {
  const stages: Growing[] = []
  let done = false
  const begin = (line: BuildLogLine, title: string): Growing => {
    const time = Date.parse(line.time)
    const last = stages.at(-1)
    if (last !== undefined) last.endedAt ??= time
    const stage: Growing = {
      id: line.id,
      title,
      startedAt: time,
      endedAt: undefined,
      failed: false,
      lines: [],
    }
    stages.push(stage)
    return stage
  }
  for (const line of lines) {
    const text = plain(line.msg)
    if (line.type === 'start') continue
    if (line.type === 'stage') begin(line, text)
    else if (line.type === 'done') {
      done = true
      const last = stages.at(-1)
      if (last !== undefined) last.endedAt ??= Date.parse(line.time)
    } else {
      const stage = stages.at(-1) ?? begin(line, 'Preparing')
      const error = line.type === 'error'
      stage.lines.push({ id: line.id, text, error })
      if (error) stage.failed = true
    }
  }
  return { stages, done, failed: stages.some(({ failed }) => failed) }
}

const escape = String.fromCharCode(27)
const escapeSequence = new RegExp(
  `${escape}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${String.fromCharCode(7)}${escape}]*(?:${String.fromCharCode(7)}|${escape}\\\\)|[@-Z\\\\-_])`,
  'g',
)

/** What programs paint for terminals, without the paint; a line drawn over shows what stood last. */
function plain(text: string): string {
  return text
    .replace(escapeSequence, '')
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').split('\r').at(-1) ?? '')
    .join('\n')
}

import { Writable } from 'node:stream'

interface Line {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly message?: string; readonly stack?: string }
}

const levels: Readonly<Record<number, string>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
}
const noise = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err', 'reqId'])

/** Where log lines go: as JSON, or as one readable line each. */
export function logDestination(format: 'text' | 'json', out: NodeJS.WritableStream): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const text = chunk.toString()
      out.write(format === 'json' ? text : readable(text))
      done()
    },
  })
}

function readable(text: string): string {
  const line = JSON.parse(text) as Line & Record<string, unknown>
  const fields = Object.entries(line)
    .filter(([name, value]) => !noise.has(name) && value !== undefined)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === 'string' ? visible(value) : JSON.stringify(value)}`,
    )
  const reason =
    line.err === undefined ? [] : [indented(line.err.stack ?? line.err.message ?? 'error')]
  const time = new Date(line.time).toISOString().slice(11, 23)
  return `${[time, (levels[line.level] ?? 'fatal').padEnd(5), line.msg ?? '', ...fields, ...reason].join(' ')}\n`
}

/** Nothing from outside begins a line of its own or moves the terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1))
}

/** The lines of a stack: each indented, so that none looks like a line of the log. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line.replaceAll('\t', '  ')))
    .join('\n    ')
}

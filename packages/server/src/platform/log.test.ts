import { pino } from 'pino'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { logDestination } from './log.ts'

function linesOf(write: (log: ReturnType<typeof pino>) => void): string[] {
  const out = new PassThrough()
  write(pino({}, logDestination('text', out)))
  return (out.read() as Buffer).toString().trimEnd().split('\n')
}

test('row 32: what comes from outside begins no log line of its own and moves no terminal', () => {
  const evil = 'x\n00:00:00.000 info  user.promoted\u001b[2K\r'
  const [line, ...rest] = linesOf((log) => {
    log.warn({ name: evil }, 'event')
  })
  expect(rest).toEqual([])
  expect(line).toContain('name=x\\n00:00:00.000 info  user.promoted\\u001b[2K\\r')
  const lines = linesOf((log) => {
    log.error({ err: new Error(evil) }, 'event')
  })
  expect(lines.length).toBeGreaterThan(1)
  for (const each of lines.slice(1)) expect(each).toMatch(/^ {4}\S|^ {4} /)
  expect(lines.join('')).not.toMatch(/\u001b|\r/)
})

import type { BuildLogLine } from '@atelier/api'
import { expect, it } from 'vitest'
import { stagesOf } from './log-stages.ts'

let count = 0
function line(second: number, type: BuildLogLine['type'], msg = ''): BuildLogLine {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
  return { id: String(++count), workspace_id: 'w', build_id: 'b', time, type, msg }
}

it('orders what was said by stages, each as long as until the next', () => {
  const log = stagesOf([
    line(0, 'start'),
    line(0, 'stage', 'Fetching the image'),
    line(1, 'substage', 'layer 1'),
    line(3, 'stage', 'Starting'),
    line(4, 'done'),
  ])
  expect(log).toMatchObject({ done: true, failed: false })
  expect(
    log.stages.map(({ title, startedAt, endedAt, lines }) => [
      title,
      ((endedAt ?? 0) - startedAt) / 1000,
      lines.map(({ text }) => text),
    ]),
  ).toEqual([
    ['Fetching the image', 3, ['layer 1']],
    ['Starting', 1, []],
  ])
})

it('knows which stage failed', () => {
  const log = stagesOf([
    line(0, 'stage', 'One'),
    line(1, 'stage', 'Two'),
    line(2, 'error', 'There is no such image'),
    line(2, 'done'),
  ])
  expect(log.failed).toBe(true)
  expect(log.stages.map(({ failed }) => failed)).toEqual([false, true])
})

it('leaves the stage under way open', () => {
  const log = stagesOf([line(0, 'stage', 'One')])
  expect(log.done).toBe(false)
  expect(log.stages[0]?.endedAt).toBeUndefined()
})

it('keeps what comes before any stage', () => {
  expect(stagesOf([line(0, 'error', 'No engine')]).stages).toMatchObject([
    { title: 'Preparing', failed: true, lines: [{ text: 'No engine', error: true }] },
  ])
})

it('shows no paint of terminals', () => {
  const log = stagesOf([
    line(0, 'stage', 'One'),
    line(0, 'substage', '\u001b[32mgreen\u001b[0m \u001b]0;title\u0007text\r\n10%\r100%'),
  ])
  expect(log.stages[0]?.lines[0]?.text).toBe('green text\n100%')
})

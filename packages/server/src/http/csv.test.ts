import { parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { expect, test } from 'vitest'
import { csvCell, csvStyle } from './csv.ts'

test.each([
  '=1+1',
  '+1',
  '-1',
  '@SUM(1)',
  '\t=1',
  '\r=1',
  '\n=1',
  ' =1',
  '＝1',
  '＋1',
  '－1',
  '＠1',
])('V1-5: %j is no formula for a spreadsheet', (text) => {
  expect(csvCell(text)).toBe(`'${text}`)
})

test.each(['', 'Ann', 'a=b', '2026-01-01', '{"a":1}', ' Ann'])('%j stays as it is', (text) => {
  expect(csvCell(text)).toBe(text)
})

test('V1-5: a separator of another country inside a name begins no cell', () => {
  const row = ['x;=1+1', 'y\t=1+1', '']
  const text = stringify([row], csvStyle)
  expect(text).toBe('"x;=1+1","y\t=1+1",""\n')
  expect(parse(text)).toEqual([row])
})

import { expect, it } from 'vitest'
import { toCsv } from './csv-file.ts'

it('quotes what would break a line, and disarms formulas', () => {
  expect(
    toCsv([
      ['name', 'email'],
      ['Lovelace, Ada', 'ada@example.com'],
      ['The "Admiral"', '=HYPERLINK("x")'],
    ]),
  ).toBe(
    'name,email\r\n"Lovelace, Ada",ada@example.com\r\n"The ""Admiral""","\'=HYPERLINK(""x"")"\r\n',
  )
})

import { expect, test } from 'vitest'
import { printable } from './printable.ts'

test('what is printed commands no terminal, and is text that Postgres holds', () => {
  expect(printable('a\u001b[31mred\u001b[0m \u001b]0;title\u0007b')).toBe('ared b')
  expect(printable('\u001b]52;c;Y3VybA==\u001b\\x')).toBe('x')
  expect(printable('one\r\ntwo\rthree\tfour')).toBe('one\ntwo\nthree\tfour')
  expect(printable('\0nul \u009b31m\u007f\b')).toBe('nul 31m')
  expect(printable('\u001b')).toBe('')
  expect(printable('half \ud83d')).toBe('half \ufffd')
  expect(printable('größer 你好 🙂')).toBe('größer 你好 🙂')
  expect(printable('x'.repeat(5_000))).toHaveLength(4_001)
})

import { expect, test } from 'vitest'
import { shortDigest, sizeText } from './words.ts'

test('sizes are written as people say them', () => {
  expect(sizeText(0)).toBe('0 bytes')
  expect(sizeText(999)).toBe('999 bytes')
  expect(sizeText(1000)).toBe('1 kB')
  expect(sizeText(999_600)).toBe('1 MB')
  expect(sizeText(52_428_800)).toBe('52.4 MB')
  expect(sizeText(1_234_567_890)).toBe('1.23 GB')
})

test('a digest is known by its beginning', () => {
  expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab')
})

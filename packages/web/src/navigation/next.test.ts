import { describe, expect, it } from 'vitest'
import { safeNext } from './next.ts'

const origin = 'https://atelier.example.com'

describe('safeNext', () => {
  it('follows a path of this origin, with its search and hash', () => {
    expect(safeNext('/users?q=ann&sort=-name#top', origin)).toBe('/users?q=ann&sort=-name#top')
  })

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['another origin', 'https://evil.example'],
    ['a script', 'javascript:alert(1)'],
    ['a protocol-relative address', '//evil.example'],
    ['a backslash, which browsers read as a slash', '/\\evil.example'],
    ['a tab, which browsers drop', '/\t/evil.example'],
    ['a line feed', '/\n/evil.example'],
    ['dots that leave two slashes', '/.//evil.example'],
    ['more dots', '/x/..//evil.example'],
    ['a relative path', 'users'],
    ['sign-in itself', '/sign-in?next=/users'],
  ])('leads home for %s', (_, next) => {
    expect(safeNext(next, origin)).toBe('/')
  })
})

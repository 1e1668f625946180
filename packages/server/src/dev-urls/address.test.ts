import { describe, expect, test } from 'vitest'
import { devUrlHost, isLabel, labelIn, labelOf, originOf, portIn } from './address.ts'

const arrival = { protocol: 'http', host: 'localhost:7080' }
const hostOf = (access_url: string | null, dev_url_host: string | null = null, at = arrival) =>
  devUrlHost({ access_url, dev_url_host }, at)

describe('where dev URLs are', () => {
  test.each([
    [null, null, 'http://l.localhost:7080', 'http://localhost:7080'],
    ['http://localhost:9000', null, 'http://l.localhost:9000', 'http://localhost:9000'],
    ['https://at.example.com', null, 'https://l.at.example.com', 'https://at.example.com'],
    [
      'https://at.example.com/',
      '*.dev.example.net',
      'https://l.dev.example.net',
      'https://at.example.com',
    ],
    [
      'https://at.example.com:8443',
      '*-eu.example.com',
      'https://l-eu.example.com:8443',
      'https://at.example.com:8443',
    ],
    [
      'https://at.example.com',
      '*.dev.example.com:9443',
      'https://l.dev.example.com:9443',
      'https://at.example.com',
    ],
  ])('%s with %s', (access, wildcard, origin, main) => {
    const host = hostOf(access, wildcard)!
    expect([originOf(host, 'l'), host.main]).toEqual([origin, main])
  })

  test('nowhere below an IP address, and not where nobody could sign in', () => {
    expect(hostOf('http://10.0.0.1:7080')).toBeUndefined()
    expect(hostOf('http://[::1]:7080')).toBeUndefined()
    expect(hostOf(null, '*.dev.example.com')).toBeUndefined()
  })
})

describe('which host is that of a dev URL', () => {
  test.each([
    ['*.dev.example.com', 'web--ann.dev.example.com', 'web--ann'],
    ['*.dev.example.com', 'Web--Ann.DEV.example.com:8443', 'web--ann'],
    ['*.dev.example.com', '8080--dev-ann.dev.example.com', '8080--dev-ann'],
    ['*.dev.example.com', 'dev.example.com', undefined],
    ['*.dev.example.com', 'web.dev.example.com', undefined],
    ['*.dev.example.com', 'a.web--ann.dev.example.com', undefined],
    ['*.dev.example.com', 'web--ann.dev.example.com.evil.example', undefined],
    ['*.dev.example.com', 'web--ann.xdev.example.com', undefined],
    ['*.dev.example.com', 'web--ann.devxexample.com', undefined],
    ['*-eu.example.com', 'web--ann-eu.example.com', 'web--ann'],
    ['*-eu.example.com', 'web--ann.example.com', undefined],
    // The main host is never one, whatever its name.
    ['*.example.com', 'my--atelier.example.com', undefined],
  ])('%s: %s', (wildcard, host, label) => {
    expect(labelIn(hostOf('https://my--atelier.example.com', wildcard)!, host)).toBe(label)
  })

  test('a label has 63 characters at most', () => {
    expect(isLabel(`${'a'.repeat(58)}--bcd`)).toBe(true)
    expect(isLabel(`${'a'.repeat(59)}--bcd`)).toBe(false)
  })
})

test('labels know no upper case; a port is digits without a sign and without zeros before', () => {
  const parts = { port: 8080, workspace: 'dev', username: 'Ann-B' }
  expect(labelOf({ ...parts, name: '' })).toBe('8080--dev-ann-b')
  expect(labelOf({ ...parts, name: 'Web_1' })).toBe('web_1--ann-b')
  expect(portIn('8080--dev-ann-b')).toEqual({ port: 8080, rest: 'dev-ann-b' })
  for (const label of ['web--ann', '08080--dev-ann', '0--dev-ann', '65536--dev-ann', '123456--a']) {
    expect(portIn(label)).toBeUndefined()
  }
})

import { expect, test } from 'vitest'
import { parseChallenge } from './challenge.ts'

const token = {
  scheme: 'bearer',
  realm: 'https://auth.example.com/token',
  service: 'r',
  scope: undefined,
}

test.each([
  ['Basic realm="basic-realm"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  ['Bearer realm="https://auth.example.com/token",service="r"', token],
  ['bearer REALM="https://auth.example.com/token" , service=r', token],
  ['Basic realm="a, b", Bearer realm="https://auth.example.com/token",service="r"', token],
  [
    'Bearer realm="https://auth.example.com/token",service="r",scope="repository:a/b:pull,push"',
    { ...token, scope: 'repository:a/b:pull,push' },
  ],
  [
    'Bearer realm="a\\"b"',
    { scheme: 'bearer', realm: 'a"b', service: undefined, scope: undefined },
  ],
  ['Bearer service="r", Basic realm="x"', { scheme: 'basic' }],
  ['Negotiate', undefined],
  ['Bearer', undefined],
  ['', undefined],
  [undefined, undefined],
])('%s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected)
})

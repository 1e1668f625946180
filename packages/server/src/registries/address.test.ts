import { expect, test } from 'vitest'
import { parseAddress } from './address.ts'

test.each([
  ['registry.example.com', 'registry.example.com', 'https://registry.example.com/'],
  [
    '  Registry.Example.com:5000/ ',
    'registry.example.com:5000',
    'https://registry.example.com:5000/',
  ],
  ['https://registry.example.com', 'registry.example.com', 'https://registry.example.com/'],
  ['https://registry.example.com:443/', 'registry.example.com', 'https://registry.example.com/'],
  ['http://10.0.0.1:5000', 'http://10.0.0.1:5000', 'http://10.0.0.1:5000/'],
  ['[fd00::1]:5000', '[fd00::1]:5000', 'https://[fd00::1]:5000/'],
  // Every way to write an address in numbers is that address.
  ['0x7f.1:5000', '127.0.0.1:5000', 'https://127.0.0.1:5000/'],
  ['2130706433', '127.0.0.1', 'https://127.0.0.1/'],
])('%s is %s', (text, name, url) => {
  const address = parseAddress(text)
  expect(address?.name).toBe(name)
  expect(address?.url.href).toBe(url)
  // What is kept reads as itself again.
  expect(parseAddress(name)).toEqual(address)
})

test.each([
  'dockerhub',
  'docker.io',
  'index.docker.io',
  'hub.docker.com',
  'https://index.docker.io/v1/',
  'registry-1.docker.io',
])('%s is Docker Hub', (text) => {
  expect(parseAddress(text)).toEqual({
    name: 'index.docker.io',
    url: new URL('https://registry-1.docker.io/'),
  })
})

test.each([
  '',
  '   ',
  'https://',
  'ftp://registry.example.com',
  'registry.example.com/team/image',
  'ann:secret@registry.example.com',
  'registry.example.com?x=1',
  'registry.example.com#x',
  'registry example.com',
  'registry.example.com:99999',
  'https:\\\\registry.example.com',
  'docker.io/library',
])('“%s” is no address', (text) => {
  expect(parseAddress(text)).toBeUndefined()
})

import { describe, expect, test } from 'vitest'
import { findBadEntry, isPublic, networksOf } from './networks.ts'

describe('which addresses are public', () => {
  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2a00:1450:4001::1',
    '::ffff:8.8.8.8',
    '::FFFF:0808:0808',
    '64:ff9b::8.8.8.8',
  ])('%s is', (address) => {
    expect(isPublic(address)).toBe(true)
  })

  test.each([
    ['this network', '0.0.0.0'],
    ['loopback', '127.0.0.1'],
    ['the end of loopback', '127.255.255.254'],
    ['private', '10.1.2.3'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.0.1'],
    ['behind a carrier', '100.64.0.1'],
    ['metadata of Alibaba', '100.100.100.200'],
    ['link-local: metadata of most clouds', '169.254.169.254'],
    ['metadata of Azure', '168.63.129.16'],
    ['protocol assignments', '192.0.0.192'],
    ['documentation', '203.0.113.7'],
    ['benchmarks', '198.18.0.1'],
    ['multicast', '224.0.0.1'],
    ['reserved', '240.0.0.1'],
    ['broadcast', '255.255.255.255'],
    ['loopback', '::1'],
    ['unspecified', '::'],
    ['mapped loopback', '::ffff:127.0.0.1'],
    ['mapped loopback in hexadecimal', '::ffff:7f00:1'],
    ['mapped loopback in full', '0:0:0:0:0:ffff:7f00:0001'],
    ['compatible loopback', '::127.0.0.1'],
    ['translated private', '64:ff9b::10.0.0.1'],
    ['translated locally', '64:ff9b:1::1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['unique local', 'fd00:ec2::254'],
    ['multicast', 'ff02::1'],
    ['6to4 of loopback', '2002:7f00:1::'],
    ['Teredo', '2001:0:4136:e378::'],
    ['documentation', '2001:db8::1'],
  ])('%s is not: %s', (_, address) => {
    expect(isPublic(address)).toBe(false)
  })
})

test('networks, addresses and hosts are listed as they are written', () => {
  const networks = networksOf(['10.20.0.0/16', '192.168.1.7', 'fd00::/8', 'Registry.Internal'])
  expect(networks.lists('any', '10.20.255.1')).toBe(true)
  expect(networks.lists('any', '::ffff:10.20.0.1')).toBe(true)
  expect(networks.lists('any', '10.21.0.1')).toBe(false)
  expect(networks.lists('any', '192.168.1.7')).toBe(true)
  expect(networks.lists('any', '192.168.1.8')).toBe(false)
  expect(networks.lists('any', 'fd12::1')).toBe(true)
  expect(networks.lists('any', 'fc00::1')).toBe(false)
  expect(networks.lists('registry.internal', '127.0.0.1')).toBe(true)
  expect(networks.lists('registry.internal.', '127.0.0.1')).toBe(true)
  // Neither a part of the name nor a longer one is the host.
  expect(networks.lists('other.registry.internal', '127.0.0.1')).toBe(false)
  expect(networks.lists('registry.internal.example.com', '127.0.0.1')).toBe(false)
  expect(networksOf([]).lists('localhost', '127.0.0.1')).toBe(false)
})

test.each([
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.256',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0.0/',
  'fd00::/129',
  'host/8',
  '*.example.com',
  'a b',
  'http://registry',
  '-a.example.com',
])('%s is refused as an entry', (entry) => {
  expect(findBadEntry(['10.0.0.0/8', entry, 'host.example.com'])).toBe(entry)
  expect(networksOf([entry]).lists('any', '10.0.0.1')).toBe(false)
})

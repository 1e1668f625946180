import type { WorkspaceProvider } from '@atelier/api'
import { expect, test } from 'vitest'
import { capacityText, organizationsText, placeText } from './words.ts'

const provider = (fields: Partial<WorkspaceProvider>) => fields as WorkspaceProvider

test('capacities are written as people say them', () => {
  const capacity = { cpu_cores: 8, memory_bytes: 33_600_000_000 }
  expect(capacityText(provider({ capacity }))).toBe('8 cores, 31.3 GB memory')
  const small = { cpu_cores: 1, memory_bytes: 1024 ** 3 }
  expect(capacityText(provider({ capacity: small }))).toBe('1 core, 1 GB memory')
  expect(capacityText(provider({ capacity: null }))).toBe('–')
})

test('a place is the endpoint, or what it is', () => {
  expect(placeText(provider({ kind: 'engine', endpoint: 'unix:///a.sock' }))).toBe('unix:///a.sock')
  expect(placeText(provider({ kind: 'sandbox', endpoint: '' }))).toContain('server itself')
})

test('of many organizations some are named', () => {
  const names = new Map(['d', 'b', 'c', 'a'].map((id) => [id, id.toUpperCase()]))
  const of = (...ids: string[]) => organizationsText(provider({ org_whitelist: ids }), names)
  expect(of()).toBe('Nobody')
  expect(of('b', 'a')).toBe('A, B')
  expect(of('d', 'b', 'c', 'a')).toBe('A, B, C and 1 more')
  expect(of('x', 'y')).toBe('2 organizations')
})

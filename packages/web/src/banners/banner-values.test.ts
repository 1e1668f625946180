import type { Banner } from '@atelier/api'
import { expect, test } from 'vitest'
import { bodyOf, changesOf, valuesOf } from './banner-values.ts'
import { fromLocalTime, toLocalTime } from './local-time.ts'

const banner: Banner = {
  id: '1',
  kind: 'message',
  format: 'text',
  body: 'Hello',
  background_color: '#000000',
  text_color: '#ffffff',
  enabled: true,
  dismissible: true,
  starts_at: '2030-01-31T09:00:30.500Z',
  ends_at: null,
  revision: 'a',
  state: 'scheduled',
  version: 1,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  can: {},
}

test('a new banner is a message, white on black, without an end', () => {
  expect(bodyOf(valuesOf(undefined))).toEqual({
    kind: 'message',
    format: 'text',
    body: '',
    background_color: '#000000',
    text_color: '#ffffff',
    enabled: true,
    dismissible: true,
    starts_at: null,
    ends_at: null,
  })
})

test('what is left alone is not sent, not even a start whose seconds the field cannot hold', () => {
  expect(changesOf(valuesOf(banner), banner)).toEqual({})
  expect(changesOf({ ...valuesOf(banner), body: 'Bye' }, banner)).toEqual({ body: 'Bye' })
})

test('emptying the start of a banner sends that it has none', () => {
  expect(changesOf({ ...valuesOf(banner), starts_at: '' }, banner)).toEqual({ starts_at: null })
})

test('a moment goes to the field and back, whatever the time zone', () => {
  for (const moment of ['2030-01-31T09:00:00.000Z', '2030-07-31T23:59:00.000Z']) {
    expect(fromLocalTime(toLocalTime(moment))).toBe(moment)
  }
  expect(toLocalTime(null)).toBe('')
  expect(fromLocalTime('')).toBeNull()
})

test('a time that does not exist is left for the contract to refuse', () => {
  expect(fromLocalTime('2030-13-45T99:00')).toBe('2030-13-45T99:00')
})

import { expect, test } from 'vitest'
import { changesOf, type Setting, schemaOf, settingsFrom, valuesOf } from './setting-values.ts'
import { defaultText, valueText } from './setting-words.ts'

function setting(key: string, value: unknown): Setting {
  const named = { key, group: 'security', title: key, description: '' }
  return { ...named, value, default: null, updated_at: null, updated_by: null } as Setting
}

const list = [
  setting('session_hours', 168),
  setting('api_key_max_age_days', null),
  setting('secure_cookie', false),
]

test('an empty field is no value where there may be none, and refused where there must be one', () => {
  const values = valuesOf(list)
  expect(values).toEqual({ session_hours: 168, api_key_max_age_days: '', secure_cookie: false })
  const sent = settingsFrom({ ...values, session_hours: '' })
  expect(sent).toMatchObject({ session_hours: '', api_key_max_age_days: null })
  expect(schemaOf(list).safeParse(sent).error?.issues).toMatchObject([
    { path: ['session_hours'], message: 'Enter a number of hours' },
  ])
})

test('a list is written in lines', () => {
  const networks = [setting('registry_allowed_networks', ['10.0.0.0/8', 'registry.internal'])]
  expect(valuesOf(networks)).toEqual({ registry_allowed_networks: '10.0.0.0/8\nregistry.internal' })
  expect(changesOf(valuesOf(networks), networks)).toEqual({})
  expect(changesOf({ registry_allowed_networks: ' fd00::/8 \n\n' }, networks)).toEqual({
    registry_allowed_networks: ['fd00::/8'],
  })
  expect(settingsFrom({ registry_allowed_networks: '' })).toEqual({ registry_allowed_networks: [] })
})

test('only what changes is sent', () => {
  expect(changesOf(valuesOf(list), list)).toEqual({})
  expect(changesOf({ ...valuesOf(list), api_key_max_age_days: 90 }, list)).toEqual({
    api_key_max_age_days: 90,
  })
})

test('values are written as people say them', () => {
  expect(valueText('session_hours', 1)).toBe('1 hour')
  expect(valueText('session_hours', 1000)).toBe('1,000 hours')
  expect(valueText('api_key_max_age_days', null)).toBe('No limit')
  expect(valueText('registry_allowed_networks', ['a', 'b'])).toBe('a, b')
  expect(valueText('registry_allowed_networks', [])).toBe('None')
  expect(valueText('hsts_enabled', true)).toBe('On')
  expect(valueText('ssh_keygen_algorithm', 'ecdsa')).toBe('ECDSA (P-256)')
  expect(defaultText('ssh_keygen_algorithm', 'ed25519')).toBe('Ed25519')
  expect(defaultText('access_url', null)).toBe('not set')
})

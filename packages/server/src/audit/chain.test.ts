import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openVault } from '../platform/vault.ts'
import { canonical, type ChainedEntry, genesis, nextHash } from './chain.ts'

const vault = openVault(Buffer.alloc(32, 1))

const entries: fc.Arbitrary<ChainedEntry> = fc.record({
  id: fc.uuid(),
  at: fc.constant('2026-11-23T14:58:00.123Z'),
  actor_id: fc.option(fc.uuid()),
  actor_username: fc.string(),
  actor_email: fc.string(),
  api_key_id: fc.option(fc.string()),
  ip: fc.string(),
  user_agent: fc.string(),
  action: fc.string(),
  resource_type: fc.string(),
  resource_id: fc.string(),
  target: fc.string(),
  outcome: fc.string(),
  diff: fc.json(),
  allowed_by: fc.option(fc.string()),
  refusal_code: fc.option(fc.string()),
  refusal: fc.option(fc.string()),
  request_id: fc.string(),
})

const entry: ChainedEntry = {
  id: '01900000-0000-7000-8000-000000000000',
  at: '2026-11-23T14:58:00.123Z',
  actor_id: null,
  actor_username: '',
  actor_email: '',
  api_key_id: null,
  ip: '192.0.2.7',
  user_agent: 'test',
  action: 'write',
  resource_type: 'user',
  resource_id: 'somebody',
  target: 'Söder',
  outcome: 'success',
  diff: '{"role": {"after": 1.0, "before": null}}',
  allowed_by: null,
  refusal_code: null,
  refusal: null,
  request_id: 'request',
}

test('two entries have the same text only when they are the same', () => {
  fc.assert(
    fc.property(entries, entries, (a, b) => {
      expect(canonical(a) === canonical(b)).toBe(JSON.stringify(a) === JSON.stringify(b))
    }),
  )
  fc.assert(
    fc.property(
      entries,
      fc.constantFrom(...(Object.keys(entry) as (keyof ChainedEntry)[])),
      (a, key) => {
        expect(canonical({ ...a, [key]: `${String(a[key])}x` })).not.toBe(canonical(a))
      },
    ),
  )
})

// A change of these texts would break the chain of every installation.
test('the text and the hash of an entry stay what they are', () => {
  expect(canonical(entry)).toBe(
    '[1,"01900000-0000-7000-8000-000000000000","2026-11-23T14:58:00.123Z",null,"","",null,"192.0.2.7",' +
      '"test","write","user","somebody","Söder","success","{\\"role\\": {\\"after\\": 1.0, \\"before\\": null}}",' +
      'null,null,null,"request"]',
  )
  expect(nextHash(vault, genesis, 1, entry).toString('hex')).toBe(
    'b2d0a336b1432b89736d621f4e976f62c151cd0c2f69948b7f10a8176375c38f',
  )
})

test('a hash depends on the key, on all before it and on its place', () => {
  const hash = nextHash(vault, genesis, 1, entry)
  expect(nextHash(vault, genesis, 1, { ...entry })).toEqual(hash)
  expect(nextHash(openVault(Buffer.alloc(32, 2)), genesis, 1, entry)).not.toEqual(hash)
  expect(nextHash(vault, hash, 1, entry)).not.toEqual(hash)
  expect(nextHash(vault, genesis, 2, entry)).not.toEqual(hash)
})

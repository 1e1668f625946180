import { expect, it } from 'vitest'
import { changesOf, shownValue } from './value-text.ts'

it.each([
  [null, { kind: 'nothing' }],
  ['', { kind: 'nothing' }],
  [[], { kind: 'nothing' }],
  [{}, { kind: 'nothing' }],
  ['******', { kind: 'secret' }],
  [false, { kind: 'text', text: 'No' }],
  [12345, { kind: 'text', text: '12,345' }],
  ['site-manager', { kind: 'text', text: 'Site manager' }],
  ['site-map.xml', { kind: 'text', text: 'site-map.xml' }],
  ['=1+1', { kind: 'text', text: '=1+1' }],
  [['a', null], { kind: 'list', items: [{ kind: 'text', text: 'a' }, { kind: 'nothing' }] }],
  [
    { default_role: ['organization-member'] },
    {
      kind: 'fields',
      fields: [
        ['Default role', { kind: 'list', items: [{ kind: 'text', text: 'Organization member' }] }],
      ],
    },
  ],
])('%j is shown as %j', (value, shown) => {
  expect(shownValue(value)).toEqual(shown)
})

it('never shows an object as [object Object]', () => {
  const deep = { a: [{ b: { c: [{ d: true }] } }] }
  expect(JSON.stringify(shownValue(deep))).not.toContain('[object')
  expect(JSON.stringify(shownValue(deep))).toContain('Yes')
})

it('tells what was made and what was removed from what was changed', () => {
  expect(changesOf({ name: { before: null, after: 'Ann' } })).toMatchObject({
    changes: [{ field: 'Name', before: null, after: 'Ann' }],
    hasBefore: false,
    hasAfter: true,
  })
  expect(changesOf({ name: { before: 'Ann', after: null } })).toMatchObject({
    hasBefore: true,
    hasAfter: false,
  })
})

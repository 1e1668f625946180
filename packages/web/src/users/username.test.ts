import { Username } from '@atelier/api'
import { expect, it } from 'vitest'
import { suggestUsername } from './username.ts'

it.each([
  ['Ada Lovelace', 'ada-lovelace'],
  ['Karen Spärck Jones', 'karen-sparck-jones'],
  ['Søren Æbelø', 'soren-aebelo'],
  ['Łukasz Groß', 'lukasz-gross'],
  ["Conan O'Brien Jr.", 'conan-obrien-jr'],
  ['  Ann   B.  ', 'ann-b'],
  ['山田太郎', ''],
  ['', ''],
])('%s: %s', (name, username) => {
  expect(suggestUsername(name)).toBe(username)
})

it('is a username that the server takes, however long the name is', () => {
  const username = suggestUsername('Wolfeschlegelsteinhausenbergerdorff von und zu Hubert')
  expect(username.length).toBeLessThanOrEqual(39)
  expect(Username.safeParse(username).success).toBe(true)
})

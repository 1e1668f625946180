import { expect, test } from 'vitest'
import { playRoutesOf, routeNames } from './matrix.ts'
import { plays } from './plays.ts'

const nouns = ['system', 'sessions', 'audit', 'banners', 'configuration', 'access']

test('every route of the contract has a play, and every play a route', () => {
  expect(Object.keys(plays).sort()).toEqual([...routeNames].sort())
  // What is not played here is played in the files beside this one.
  const elsewhere = [
    'users',
    'organizations',
    'apiKeys',
    'registries',
    'images',
    'imageTags',
    'workspaceProviders',
    'devUrls',
    'workspaces',
    'terminals',
  ]
  const played = routeNames.filter((name) =>
    [...nouns, ...elsewhere].includes(name.split('.', 1)[0]!),
  )
  expect(played).toEqual(routeNames)
})

playRoutesOf(...nouns)

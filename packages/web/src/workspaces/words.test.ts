import { expect, it } from 'vitest'
import { durationText, proposedName, shareText, sizesText, usedText } from './words.ts'

it('proposes the name of the image, made fit for a workspace', () => {
  expect(proposedName('team/Base_Image', [])).toBe('base-image')
  expect(proposedName('12--node.js', [])).toBe('node-js')
  expect(proposedName('team/123', [])).toBe('workspace')
})

it('counts on where the name is taken', () => {
  expect(proposedName('team/base', ['base', 'Base-2'])).toBe('base-3')
})

it('proposes what the contract takes, however long the repository', () => {
  const name = proposedName(`${'a'.repeat(35)}-${'b'.repeat(50)}`, [])
  expect(name).toBe('a'.repeat(35))
})

it('says how long something took', () => {
  expect([0, 449, 9_949, 9_951, 59_400, 60_000, 65_000].map(durationText)).toEqual([
    '0.0 s',
    '0.4 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min',
    '1 min 5 s',
  ])
})

it('does not call a little nothing', () => {
  expect([0, 0.001, 0.126, 1].map(shareText)).toEqual(['0%', '<1%', '13%', '100%'])
})

it('says the sizes of a workspace', () => {
  expect(sizesText({ cpu_cores: 1, memory_gb: 0.5, disk_gb: 10 })).toBe(
    '1 core · 0.5 GB · 10 GB disk',
  )
})

it('counts as the sizes of workspaces are counted', () => {
  expect([0, 1023, 1024, 4 * 2 ** 30, 1.5 * 2 ** 20].map(usedText)).toEqual([
    '0 bytes',
    '1,020 bytes',
    '1 KB',
    '4 GB',
    '1.5 MB',
  ])
})

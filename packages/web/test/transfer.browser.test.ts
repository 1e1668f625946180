import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { password } from './browser.ts'
import { axe } from './look.ts'
import { isMarked, managePlaces, mark, newestEntry, type Stage, startStage } from './stage.ts'

let stage: Stage
let adas: Page
let graces: Page

beforeAll(async () => {
  stage = await startStage()
  await stage.person('Grace Hopper', 'site-manager')
  const { id } = await stage.person('Sam Suspended')
  await stage.api.users.suspend({ params: { user: id } })
  adas = await stage.pageOf('ada', '/users')
  graces = await stage.pageOf('grace-hopper', '/users')
})
afterAll(() => stage.stop())

test('who cannot take the role stands in the list with the reason', async () => {
  await adas.getByRole('button', { name: 'Transfer…' }).click()
  const dialog = adas.getByRole('dialog')
  await dialog.getByLabel('New site admin').click()
  const suspended = adas.getByRole('option', { name: 'Sam Suspended' })
  await suspended.waitFor()
  expect(await suspended.getAttribute('data-combobox-disabled')).toBe('true')
  expect(await suspended.locator('.transfer-reason').textContent()).not.toBe('')
  expect(await axe(adas, 'transfer-choice')).toEqual([])
})

test('the site admin role is not handed over without the right password', async () => {
  const dialog = adas.getByRole('dialog')
  await adas.getByRole('option', { name: 'Grace Hopper' }).click()
  await dialog.getByText('Only the new site admin can give the role back').waitFor()
  expect(await axe(adas, 'transfer-preview')).toEqual([])

  await dialog.getByRole('button', { name: 'Transfer to Grace Hopper' }).click()
  await dialog.getByText('Enter a password').first().waitFor()
  await dialog.getByLabel('Your password').fill('not my password')
  await dialog.getByRole('button', { name: 'Transfer to Grace Hopper' }).click()
  await dialog.getByText('This is not your password').first().waitFor()
  expect(await axe(adas, 'transfer-wrong-password')).toEqual([])
  const { role } = await stage.api.users.get({ params: { user: 'me' } })
  expect(role).toBe('site-admin')
})

test('with the password it changes hands at once, on both open pages', async () => {
  await mark(adas)
  await mark(graces)
  const dialog = adas.getByRole('dialog')
  await dialog.getByLabel('Your password').fill(password)
  await dialog.getByRole('button', { name: 'Transfer to Grace Hopper' }).click()
  await adas.getByText('Grace Hopper is the site admin now. You are a site manager.').waitFor()
  await dialog.waitFor({ state: 'detached' })
  const own = adas.getByRole('row').filter({ hasText: 'Ada Lovelace' })
  await own.getByText('Site manager').waitFor()
  expect(await own.getByRole('button', { name: 'Transfer…' }).count()).toBe(0)

  const theirs = graces.getByRole('row').filter({ hasText: 'Grace Hopper' })
  await theirs.getByRole('button', { name: 'Transfer…' }).waitFor()
  expect(await isMarked(adas)).toBe(true)
  expect(await isMarked(graces)).toBe(true)
  expect(await managePlaces(graces)).toContain('API keys')
  expect(await managePlaces(adas)).not.toContain('API keys')

  const entry = await newestEntry(graces, 'q=grace-hopper&action=write&outcome=success')
  expect(entry).toMatch(/ ada .*Change.*grace-hopper.*Success/)
  expect(entry).toMatch(/Role.*Site manager.*Site admin/)
  const refused = await newestEntry(graces, 'outcome=denied')
  expect(refused).toMatch(/ ada .*Change grace-hopper .*Denied.*Your password is wrong/)
  expect(refused).not.toContain('not my password')
})

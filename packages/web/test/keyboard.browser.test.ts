import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { isMarked, mark, type Stage, startStage } from './stage.ts'

let stage: Stage
let page: Page

beforeAll(async () => {
  stage = await startStage()
  await stage.person('Grace Hopper', 'site-manager')
  await stage.person('Mel Member')
  page = await stage.pageOf('ada')
})
beforeEach(async () => {
  await page.goto('/users')
  await page.getByText('grace-hopper@example.com').waitFor()
  await mark(page)
})
afterAll(() => stage.stop())

const search = () => page.getByLabel('Search by name, username or e-mail')
const palette = () => page.getByPlaceholder('Find a page, an action or a person')
const rows = () => page.locator('tbody tr')
const focusedTag = () => page.evaluate(() => document.activeElement?.tagName)

async function ask(text: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await expect
    .poll(() => palette().evaluateAll(([field]) => field === document.activeElement))
    .toBe(true)
  await page.keyboard.type(text)
}

test('Ctrl+K finds pages, actions and people, and goes there without a mouse', async () => {
  await ask('audit')
  await page.getByText('Who did what, when, and what was refused').waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Audit' }).waitFor()
  await expect.poll(focusedTag).toBe('H1')

  await ask('gra')
  await page.getByRole('button', { name: 'Grace Hopper @grace-hopper' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'Grace Hopper' }).waitFor()

  await ask('suspend')
  await page.getByRole('button', { name: 'Suspend… Grace Hopper' }).waitFor()
  await page.keyboard.press('Enter')
  const question = page.getByRole('dialog', { name: 'Suspend Grace Hopper?' })
  await question.waitFor()
  await page.keyboard.press('Escape')
  await question.waitFor({ state: 'detached' })

  await ask('zzz')
  await page.getByText('Nothing is called “zzz”').waitFor()
  await page.keyboard.press('Escape')
  await palette().waitFor({ state: 'detached' })
  expect(await isMarked(page)).toBe(true)
})

test('/ goes to the search, ? opens the help, and both can be turned off', async () => {
  await page.keyboard.press('/')
  await expect.poll(() => search().evaluate((field) => field === document.activeElement)).toBe(true)
  // In a field they are letters.
  await page.keyboard.type('gr?/')
  expect(await search().inputValue()).toBe('gr?/')
  expect(await page.getByRole('dialog').count()).toBe(0)

  await page.getByRole('heading', { level: 1 }).focus()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByLabel('Single-key shortcuts').uncheck()
  await page.keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })
  await page.keyboard.press('?')
  await page.keyboard.press('Control+k')
  await palette().waitFor()
  expect(await help.count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.evaluate(() => {
    localStorage.clear()
  })
})

test('search and filters live in the address: reload, back and links keep them', async () => {
  await page.keyboard.press('/')
  await page.keyboard.type('m')
  await expect.poll(() => new URL(page.url()).search).toBe('?q=m')
  await page.getByRole('combobox', { name: 'Site role' }).click()
  await page.getByRole('option', { name: 'Member' }).click()
  await expect.poll(() => rows().count()).toBe(1)
  expect(new URL(page.url()).searchParams.get('role')).toBe('site-member')
  await page.getByRole('button', { name: 'Created' }).click()
  await expect.poll(() => new URL(page.url()).searchParams.get('sort')).toBe('-created_at')
  expect(await isMarked(page)).toBe(true)

  await page.reload()
  await rows().filter({ hasText: 'Mel Member' }).waitFor()
  expect(await rows().count()).toBe(1)
  expect(await search().inputValue()).toBe('m')
  expect(await page.getByRole('columnheader', { name: 'Created' }).getAttribute('aria-sort')).toBe(
    'descending',
  )
  await page.getByRole('link', { name: 'Mel Member' }).click()
  await page.getByRole('heading', { level: 1, name: 'Mel Member' }).waitFor()
  await page.goBack()
  await rows().filter({ hasText: 'Mel Member' }).waitFor()
  expect(await rows().count()).toBe(1)
})

test('the first stop of the keyboard skips to the content', async () => {
  await page.reload()
  await page.getByText('grace-hopper@example.com').waitFor()
  await page.keyboard.press('Tab')
  expect(await page.locator(':focus').textContent()).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.locator(':focus').getAttribute('id')).toBe('content')
})

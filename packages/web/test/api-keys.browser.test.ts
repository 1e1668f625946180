import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe } from './look.ts'
import { isMarked, mark, type Stage, startStage } from './stage.ts'

let stage: Stage
let page: Page

beforeAll(async () => {
  stage = await startStage()
  page = await stage.pageOf('ada', '/account/api-keys')
  await mark(page)
})
afterAll(() => stage.stop())

const focused = () => page.locator(':focus')

test('a new key is shown once, and works within its scopes', async () => {
  await page.getByRole('button', { name: 'New API key' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Backup')
  await dialog.getByRole('button', { name: 'All reading' }).click()
  await dialog.getByRole('button', { name: 'Create key' }).click()
  await dialog.getByText('Copy it now').waitFor()
  expect(await axe(page, 'api-key-secret')).toEqual([])
  const secret = (await dialog.locator('.secret-text').textContent()) ?? ''

  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(stage.server.url + path, {
      method,
      headers: { 'session-token': secret, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return answer.status
  }
  expect(await send('GET', '/api/v0/users/me')).toBe(200)
  expect(await send('PATCH', '/api/v0/users/me', { name: 'Changed' })).toBe(403)

  await page.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'I have copied it' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByText('Backup').waitFor()
  expect(await page.content()).not.toContain(secret)
})

test('the focus returns to the menu that a dialog came from', async () => {
  const menu = page.getByRole('button', { name: 'Actions for Backup' })
  await menu.focus()
  await page.keyboard.press('Enter')
  await page.getByRole('menuitem', { name: 'Delete' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog', { name: 'Delete “Backup”?' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect.poll(() => focused().getAttribute('aria-label')).toBe('Actions for Backup')
})

test.each(['no-preference', 'reduce'] as const)(
  'the focus goes to the title when the row is gone (motion: %s)',
  async (reducedMotion) => {
    await page.emulateMedia({ reducedMotion })
    const name = `Old ${reducedMotion}`
    await stage.api.apiKeys.create({ params: { user: 'me' }, body: { name, scopes: null } })
    await page.reload()
    await mark(page)
    await page.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete key' }).click()
    await page.getByText(`The key “${name}” is deleted.`).waitFor()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => focused().evaluateAll(([one]) => one?.tagName)).toBe('H1')
    expect(await page.getByRole('button', { name: `Actions for ${name}` }).count()).toBe(0)
    expect(await isMarked(page)).toBe(true)
  },
)

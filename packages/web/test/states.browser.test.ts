import type { Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe } from './look.ts'
import { isMarked, mark, type Stage, startStage } from './stage.ts'

let stage: Stage
let page: Page

beforeAll(async () => {
  stage = await startStage()
  await stage.person('Grace Hopper')
  page = await stage.pageOf('ada')
})
afterAll(() => stage.stop())

const list = /\/api\/v0\/users\?/

test('loading: the table says that it waits', async () => {
  const waiting: Route[] = []
  await page.route(list, (route) => {
    waiting.push(route)
  })
  await page.goto('/users')
  await page.locator('table[aria-busy="true"]').waitFor()
  expect(await axe(page, 'state-loading')).toEqual([])
  for (const route of waiting) await route.continue()
  await page.unroute(list)
  await page.getByText('grace-hopper@example.com').waitFor()
  expect(await page.locator('table[aria-busy="true"]').count()).toBe(0)
})

test('no match: says so, and offers to clear what hides the rows', async () => {
  await page.goto('/users?q=nobody-of-this-name')
  await page.getByRole('heading', { name: 'No users match' }).waitFor()
  expect(await axe(page, 'state-no-match')).toEqual([])
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await page.getByText('grace-hopper@example.com').waitFor()
  expect(new URL(page.url()).search).toBe('')
})

test('empty: says what would be there', async () => {
  await page.goto('/account/api-keys')
  await page.getByRole('heading', { name: 'You have no API keys' }).waitFor()
  expect(await axe(page, 'state-empty')).toEqual([])
})

test('an error of the server: says so with the number of the request, and tries again', async () => {
  await page.route(list, (route) =>
    route.fulfill({
      status: 500,
      contentType: 'application/problem+json',
      json: {
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        instance: '',
        code: 'server.failed',
        request_id: '0192-request',
        error: { msg: 'Internal Server Error', code: 'server.failed', details: null },
      },
    }),
  )
  await page.goto('/users')
  const alert = page.getByRole('alert').filter({ hasText: 'This could not be loaded' })
  await alert.getByText('0192-request').waitFor()
  expect(await alert.textContent()).toContain('tell an administrator the number of the request')
  expect(await axe(page, 'state-error')).toEqual([])
  await page.unroute(list)
  await alert.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('grace-hopper@example.com').waitFor()
})

test('nothing there: an address of nobody says so, and leads on', async () => {
  await page.goto('/users/01900000-0000-7000-8000-000000000000')
  await page.getByText('There is nothing here that you may see').waitFor()
  expect(await axe(page, 'state-not-there')).toEqual([])
  await page.getByRole('link', { name: 'Go to the home page' }).click()
  await page.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor()
})

test('a server that is away: the page says so, keeps what it shows, and goes on', async () => {
  await page.goto('/users')
  await page.getByText('grace-hopper@example.com').waitFor()
  await mark(page)
  await stage.server.pause()
  await page.getByText('The server does not answer.').waitFor()
  expect(await page.getByText('grace-hopper@example.com').isVisible()).toBe(true)
  expect(await axe(page, 'state-server-away')).toEqual([])
  await page.getByRole('button', { name: 'Site role of Grace Hopper: Member' }).click()
  await page.getByRole('menu').getByText('does not answer').waitFor()
  await page.keyboard.press('Escape')

  await stage.server.resume()
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Site role of Grace Hopper: Member' }).click()
  await page.getByRole('menuitemradio', { name: 'Auditor' }).waitFor()
  expect(await isMarked(page)).toBe(true)
})

test('the end of the session leads every open page to the sign-in, and back', async () => {
  const other = await stage.pageOf('grace-hopper', '/account/profile')
  const { items } = await stage.api.users.list({ query: { q: 'grace' } })
  await stage.api.users.signOut({ params: { user: items[0]!.id } })
  await other.getByText('Your session has ended.').waitFor()
  expect(await axe(other, 'state-session-ended')).toEqual([])
  expect(new URL(other.url()).searchParams.get('next')).toBe('/account/profile')
})

import type { SiteRole } from '@atelier/access'
import type { Client } from '@atelier/api'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  axe,
  clientOf,
  password,
  type RunningServer,
  shot,
  signIn,
  startBrowser,
  startServer,
  visit,
  type Visitor,
} from './browser.ts'

let server: RunningServer
let browser: Browser
let admin: Visitor
const visitors: Visitor[] = []

beforeAll(async () => {
  server = await startServer()
  browser = await startBrowser()
  admin = await newVisitor()
})
afterAll(async () => {
  await browser.close()
  await server.stop()
})

async function newVisitor(): Promise<Visitor> {
  const visitor = await visit(browser, server.url)
  visitors.push(visitor)
  return visitor
}

/** A signed-in page of somebody who is there already. */
async function pageOf(login: string, path = '/'): Promise<Page> {
  const { page } = await newVisitor()
  await signIn(page, login)
  await page.goto(path)
  await page.locator('h1').waitFor()
  return page
}

let api: Client
/** Adds a user who has chosen a password. */
async function person(name: string, role: SiteRole = 'site-member') {
  api = await clientOf(server.url, 'ada')
  const username = name.toLowerCase().replace(/\W+/g, '-')
  const email = `${username}@example.com`
  const body = { name, username, email, role, password, temporary_password: false }
  return api.users.create({ body })
}

function roleButton(page: Page, name: string) {
  return page.getByRole('button', { name: `Site role of ${name}` })
}

/** Marks the page, to see later that it was not loaded anew. */
async function mark(page: Page) {
  await page.evaluate(() => Object.assign(globalThis, { marked: true }))
}

function isMarked(page: Page) {
  return page.evaluate(() => 'marked' in globalThis)
}

async function managePlaces(page: Page): Promise<string[]> {
  await page.getByRole('button', { name: 'Manage' }).click()
  await page.getByRole('menuitem').first().waitFor()
  const labels = await page
    .getByRole('menuitem')
    .locator('.menu-place-meaning')
    .evaluateAll(
      // The label stands before its meaning.
      (meanings) => meanings.map((meaning) => meaning.previousSibling?.textContent ?? ''),
    )
  await page.keyboard.press('Escape')
  await page.getByRole('menuitem').first().waitFor({ state: 'detached' })
  return labels
}

/** Audit entries about a user, newest first, without sign-ins. */
async function entriesAbout(id: string) {
  const { items } = await (
    await clientOf(server.url, 'ada')
  ).audit.list({
    query: { resource_id: id, limit: 50 },
  })
  return items.filter((entry) => entry.action !== 'login')
}

describe('from the printed link to a team', () => {
  let grace: { id: string }
  let graces: Page
  let temporary: string

  test('the link that the server printed creates the site admin', async () => {
    const { page } = admin
    await page.goto(server.setupLink)
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Password', { exact: true }).fill(password)
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Create the site admin' }).click()
    await page.getByRole('heading', { name: 'Welcome, Ada Lovelace' }).waitFor()
  })

  test('a new user gets a temporary password, which is shown once', async () => {
    const { page } = admin
    await page.goto('/users')
    await mark(page)
    await page.getByRole('button', { name: 'New user' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Name', { exact: true }).fill('Grace Hopper')
    expect(await dialog.getByLabel('Username').inputValue()).toBe('grace-hopper')

    await dialog.getByRole('button', { name: 'Create user' }).click()
    await dialog.getByText('Enter an e-mail address').first().waitFor()
    expect(await axe(page)).toEqual([])

    await dialog.getByLabel('E-mail').fill('grace@example.com')
    await dialog.getByRole('button', { name: 'Site role' }).click()
    const siteAdmin = page.getByRole('menuitemradio', { name: 'Site admin' })
    expect(await siteAdmin.getAttribute('aria-disabled')).toBe('true')
    expect(await siteAdmin.textContent()).toContain('hand it over with a transfer')
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Create user' }).click()

    await dialog.getByText('Copy it now').waitFor()
    temporary = (await dialog.locator('.secret-text').textContent()) ?? ''
    expect(temporary).toMatch(/^\w{5}(-\w{5}){3}$/)
    expect(await dialog.getByLabel('What to tell Grace Hopper').inputValue()).toContain(temporary)
    expect(await axe(page)).toEqual([])
    await shot(page, 'users-new')

    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    await roleButton(page, 'Grace Hopper').waitFor()
    expect(await page.content()).not.toContain(temporary)
    expect(await isMarked(page)).toBe(true)
    grace = (await (await clientOf(server.url, 'ada')).users.list({ query: { q: 'grace' } }))
      .items[0]!
  })

  test('the temporary password opens nothing but the choice of an own one', async () => {
    const { page } = await newVisitor()
    graces = page
    await signIn(page, 'grace-hopper', temporary)
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    await page.goto('/users')
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    await page.getByLabel('Temporary password').fill(temporary)
    await page.getByLabel('New password').fill(password)
    expect(await axe(page)).toEqual([])
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('heading', { name: 'Users' }).waitFor()
  })

  test('a member sees a directory: no e-mail address, no role, nothing to administer', async () => {
    await graces.getByText('Ada Lovelace').waitFor()
    expect(await graces.getByRole('columnheader').allTextContents()).toEqual(['User', 'Username'])
    const content = (await graces.getByRole('table').textContent()) ?? ''
    expect(content).not.toContain('ada@example.com')
    expect(await graces.getByRole('button', { name: 'New user' }).count()).toBe(0)
    expect(await graces.getByRole('link', { name: 'Ada Lovelace' }).count()).toBe(0)
    expect(await axe(graces)).toEqual([])
    await shot(graces, 'users-directory')
  })

  test('a role changes after a preview, and both open pages follow without a reload', async () => {
    await mark(graces)
    expect(await managePlaces(graces)).not.toContain('Audit')

    const { page } = admin
    await roleButton(page, 'Grace Hopper').click()
    await page.getByRole('menuitemradio', { name: 'Auditor' }).waitFor()
    expect(await axe(page)).toEqual([])
    await shot(page, 'users-role-menu')
    await page.getByRole('menuitemradio', { name: 'Auditor' }).click()

    const dialog = page.getByRole('dialog')
    await dialog.getByText('Gains 1 right').waitFor()
    const gains = dialog.getByRole('list', { name: 'Rights gained' })
    expect(await gains.textContent()).toBe('Audit logsread all Ra')
    await dialog.getByText('1 open session').waitFor()
    expect(await axe(page)).toEqual([])
    await shot(page, 'users-role-preview')
    expect((await entriesAbout(grace.id)).length).toBe(2)

    await dialog.getByRole('button', { name: 'Change to Auditor' }).click()
    await page.getByText('Grace Hopper is an auditor now.').waitFor()
    await page.getByRole('button', { name: 'Site role of Grace Hopper: Auditor' }).waitFor()
    expect(await isMarked(page)).toBe(true)

    await graces.getByText('whether their accounts work').waitFor({ state: 'detached' })
    await expect.poll(() => managePlaces(graces)).toContain('Audit')
    expect(await isMarked(graces)).toBe(true)

    const [entry] = await entriesAbout(grace.id)
    expect(entry).toMatchObject({
      action: 'write',
      outcome: 'success',
      user: { username: 'ada' },
      diff: { role: { before: 'site-member', after: 'site-auditor' } },
      allowed_by: 'site-admin: users Ua',
    })
  })

  test('the focus returns to the drop-down that a dialog came from', async () => {
    const { page } = admin
    const button = roleButton(page, 'Grace Hopper')
    await button.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitemradio', { name: 'Auditor' }).waitFor()
    await expect
      .poll(() => page.locator(':focus').textContent())
      .toContain('Normal use, and the audit log')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('Loses 1 right').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect
      .poll(() => page.locator(':focus').getAttribute('aria-label'))
      .toBe('Site role of Grace Hopper: Auditor')
  })

  test('somebody else was faster: nothing changes, and the dialog says so', async () => {
    const { page } = admin
    await roleButton(page, 'Grace Hopper').click()
    await page.getByRole('menuitemradio', { name: 'Site manager' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Gains').first().waitFor()
    const path = { params: { user: grace.id } }
    await (
      await clientOf(server.url, 'ada')
    ).users.update({ ...path, body: { name: 'Grace B. Hopper' } })

    await dialog.getByRole('button', { name: 'Change to Site manager' }).click()
    await dialog.getByText('The role was not changed').waitFor()
    expect(await axe(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Look again' }).click()
    await dialog.getByText('The role was not changed').waitFor({ state: 'detached' })
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
  })

  test('what may not be given stands in the drop-down with the reason, and does nothing', async () => {
    await person('Mary Manager', 'site-manager')
    const page = await pageOf('mary-manager', '/users?q=grace')
    await roleButton(page, 'Grace B. Hopper').click()
    const refused = page.getByRole('menuitemradio', { name: 'Site manager' })
    await refused.waitFor()
    expect(await refused.getAttribute('aria-disabled')).toBe('true')
    expect(await refused.textContent()).toContain(
      'Only the site admin makes or unmakes site managers',
    )
    expect(await axe(page)).toEqual([])
    await shot(page, 'users-role-refused')
    await refused.focus()
    await page.keyboard.press('Enter')
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await refused.isVisible()).toBe(true)
    await page.keyboard.press('Escape')

    await page.goto('/users?q=ada')
    const row = page.getByRole('row').filter({ hasText: 'Ada Lovelace' })
    await row.getByText('Site admin', { exact: true }).waitFor()
    expect(await row.getByRole('button', { name: /Site role|Transfer/ }).count()).toBe(0)
    await row.getByRole('button', { name: 'Actions for Ada Lovelace' }).click()
    const suspend = page.getByRole('menuitem', { name: 'Suspend' })
    expect(await suspend.getAttribute('aria-disabled')).toBe('true')
    expect(await suspend.textContent()).toContain('transfer the role to somebody else first')
  })
})

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf, password, signIn } from './browser.ts'
import { axe } from './look.ts'
import { isMarked, managePlaces, mark, newestEntry, type Stage, startBareStage } from './stage.ts'

let stage: Pick<Stage, 'server' | 'visitor' | 'stop'>
let adas: Page
let graces: Page
let temporary: string

beforeAll(async () => {
  stage = await startBareStage()
  adas = await stage.visitor()
})
afterAll(() => stage.stop())

async function idOf(username: string): Promise<string> {
  const api = await clientOf(stage.server.url, 'ada')
  const { items } = await api.users.list({ query: { q: username } })
  return items[0]!.id
}

test('before setup, the sign-in page says how to begin', async () => {
  const page = await stage.visitor()
  await page.goto('/sign-in')
  await page.getByText('Open the setup link that the server printed').waitFor()
  expect(await axe(page, 'sign-in-before-setup')).toEqual([])
})

test('a setup link that is not the newest is refused, and says where the right one is', async () => {
  const page = await stage.visitor()
  await page.goto('/setup?token=an-older-one')
  await page.getByLabel('Name', { exact: true }).fill('Eve')
  await page.getByLabel('E-mail').fill('eve@example.com')
  await page.getByLabel('Username').fill('eve')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create the site admin' }).click()
  await page.getByText('This setup link is not the newest one').first().waitFor()
  expect(await axe(page)).toEqual([])
})

test('the link that the server printed creates the site admin and signs them in', async () => {
  await adas.goto(stage.server.setupLink)
  await adas.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
  await adas.getByLabel('E-mail').fill('ada@example.com')
  await adas.getByLabel('Username').fill('ada')
  await adas.getByLabel('Password', { exact: true }).fill(password)
  expect(await axe(adas, 'setup')).toEqual([])
  await adas.getByRole('button', { name: 'Create the site admin' }).click()
  await adas.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor()

  const entry = await newestEntry(adas, 'action=create&resource_type=user')
  expect(entry).toContain('ada')
  expect(entry).toContain('Site admin')
  expect(entry).toContain('Allowed by setup')
})

test('a new user gets a temporary password, which is shown once', async () => {
  await adas.goto('/users')
  await mark(adas)
  await adas.getByRole('button', { name: 'New user' }).click()
  const dialog = adas.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('Grace Hopper')
  expect(await dialog.getByLabel('Username').inputValue()).toBe('grace-hopper')

  await dialog.getByRole('button', { name: 'Create user' }).click()
  await dialog.getByText('Enter an e-mail address').first().waitFor()
  expect(await axe(adas, 'users-new-wrong')).toEqual([])

  await dialog.getByLabel('E-mail').fill('grace@example.com')
  await dialog.getByRole('button', { name: 'Site role' }).click()
  const siteAdmin = adas.getByRole('menuitemradio', { name: 'Site admin' })
  expect(await siteAdmin.getAttribute('aria-disabled')).toBe('true')
  expect(await siteAdmin.textContent()).toContain('hand it over with a transfer')
  await adas.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Create user' }).click()

  await dialog.getByText('Copy it now').waitFor()
  temporary = (await dialog.locator('.secret-text').textContent()) ?? ''
  expect(temporary).toMatch(/^\w{5}(-\w{5}){3}$/)
  expect(await dialog.getByLabel('What to tell Grace Hopper').inputValue()).toContain(temporary)
  expect(await axe(adas, 'users-new-created')).toEqual([])

  // What is shown once is not lost by a key pressed too soon.
  await adas.keyboard.press('Escape')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await dialog.waitFor({ state: 'detached' })
  await adas.getByRole('button', { name: 'Site role of Grace Hopper: Member' }).waitFor()
  expect(await adas.content()).not.toContain(temporary)
  expect(await isMarked(adas)).toBe(true)

  const entry = await newestEntry(adas, 'action=create&resource_type=user')
  expect(entry).toMatch(/grace-hopper.*Success/)
  expect(entry).toContain('site-admin: users C')
  expect(entry).not.toContain(temporary)
})

test('the temporary password opens nothing but the choice of an own one', async () => {
  graces = await stage.visitor()
  await signIn(graces, 'grace-hopper', temporary)
  const title = graces.getByRole('heading', { name: 'Choose a new password' })
  await title.waitFor()
  await graces.goto('/users')
  await title.waitFor()
  await graces.getByLabel('Temporary password').fill(temporary)
  await graces.getByLabel('New password').fill('grace')
  await graces.getByText('Use at least 10 characters').nth(1).waitFor()
  expect(await axe(graces, 'change-temporary-password')).toEqual([])

  await graces.getByLabel('New password').fill(password)
  await graces.getByRole('button', { name: 'Change password' }).click()
  await graces.getByRole('heading', { name: 'Users' }).waitFor()
  expect(await managePlaces(graces)).toEqual([
    'Users',
    'Organizations',
    'Images',
    'Registries',
    'Roles',
  ])

  const grace = await idOf('grace')
  const signedIn = await newestEntry(adas, `action=login&resource_id=${grace}`)
  expect(signedIn).toMatch(/ grace-hopper .*Sign in.*Success/)
  const chosen = await newestEntry(adas, `action=write&resource_id=${grace}`)
  expect(chosen).toContain('Secret, not recorded')
  expect(chosen).not.toContain(password)
})

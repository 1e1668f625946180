import type { SiteRole } from '@atelier/access'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axe } from './look.ts'
import { managePlaces, type Stage, startStage } from './stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
  await stage.person('Mary Manager', 'site-manager')
  await stage.person('Alan Auditor', 'site-auditor')
  await stage.person('Mel Member')
  await stage.person('Una Untouched')
  await stage.api.banners.create({ body: { kind: 'footer', body: 'Footer of the test' } })
})
afterAll(() => stage.stop())

interface Sight {
  readonly login: string
  readonly manage: readonly string[]
  /** What stands in the row of an ordinary member. */
  readonly row: { readonly roleMenu: boolean; readonly actions: readonly string[] }
  /** The buttons beside the title of Users. */
  readonly users: readonly string[]
  /** Pages that say why they show nothing. */
  readonly refused: readonly string[]
  readonly changesSettings: boolean
}

const account = ['Open', 'Reset password…', 'Sign out everywhere…']
const sights: Readonly<Record<SiteRole, Sight>> = {
  'site-admin': {
    login: 'ada',
    manage: [
      'Users',
      'Organizations',
      'Images',
      'Registries',
      'Workspace providers',
      'API keys',
      'Audit',
      'Banners',
      'Admin',
      'Roles',
    ],
    row: { roleMenu: true, actions: [...account, 'Make site admin…', 'Suspend…', 'Delete…'] },
    users: ['Export', 'Import', 'New user'],
    refused: [],
    changesSettings: true,
  },
  'site-manager': {
    login: 'mary-manager',
    manage: [
      'Users',
      'Organizations',
      'Images',
      'Registries',
      'Workspace providers',
      'Audit',
      'Banners',
      'Admin',
      'Roles',
    ],
    row: { roleMenu: true, actions: [...account, 'Suspend…', 'Delete…'] },
    users: ['Export', 'Import', 'New user'],
    refused: ['/api-keys'],
    changesSettings: true,
  },
  'site-auditor': {
    login: 'alan-auditor',
    manage: ['Users', 'Organizations', 'Images', 'Registries', 'Audit', 'Roles'],
    row: { roleMenu: false, actions: [] },
    users: [],
    refused: ['/api-keys', '/users/import'],
    changesSettings: false,
  },
  'site-member': {
    login: 'mel-member',
    manage: ['Users', 'Organizations', 'Images', 'Registries', 'Roles'],
    row: { roleMenu: false, actions: [] },
    users: [],
    refused: ['/api-keys', '/audit', '/users/import'],
    changesSettings: false,
  },
}

describe.each(Object.entries(sights))('%s', (role, sight) => {
  let page: Page
  beforeAll(async () => {
    page = await stage.pageOf(sight.login, '/users?q=una')
    await page.getByText('Una Untouched').waitFor()
  })

  test('the Manage menu leads where the role may go, and nowhere else', async () => {
    expect(await managePlaces(page)).toEqual(sight.manage)
  })

  test('Users offers what the role may do', async () => {
    const buttons = page.locator('.page-actions').locator('a, button')
    const labels = await buttons.allTextContents()
    expect(labels.map((label) => label.replace(' these', ''))).toEqual(sight.users)
    const menu = page.getByRole('button', { name: 'Site role of Una Untouched' })
    expect(await menu.count()).toBe(sight.row.roleMenu ? 1 : 0)
    expect(await page.getByLabel('Select Una Untouched').count()).toBe(sight.row.roleMenu ? 1 : 0)
    const actions = page.getByRole('button', { name: 'Actions for Una Untouched' })
    expect(await actions.count()).toBe(sight.row.actions.length > 0 ? 1 : 0)
    if (sight.row.actions.length > 0) {
      await actions.click()
      await page.getByRole('menuitem', { name: 'Open' }).waitFor()
      expect(await page.getByRole('menuitem').allTextContents()).toEqual(sight.row.actions)
      await page.keyboard.press('Escape')
    }
    expect(await axe(page, `users-${role}`)).toEqual([])
  })

  test('pages that it may not see say so, and name the roles that may', async () => {
    for (const address of sight.refused) {
      await page.goto(address)
      await page.getByText(/You may not (see this|import users)/).waitFor()
      const content = (await page.locator('main').textContent()) ?? ''
      expect(content).toContain('Missing permission')
      expect(content).toContain('Site admin')
      if (address === '/api-keys') expect(content).toContain('ask the site admin to do it for you')
      expect(await axe(page, `refused${address.replaceAll('/', '-')}-${role}`)).toEqual([])
    }
  })

  test('workspace providers are managed by who may, and only seen by those who may use them', async () => {
    await page.goto('/workspace-providers')
    await page.getByRole('row', { name: /^built-in/ }).waitFor()
    const manages = sight.changesSettings ? 1 : 0
    for (const name of ['Add workspace provider', 'Actions for built-in']) {
      expect(await page.getByRole('button', { name }).count()).toBe(manages)
    }
    // Why it does not work is for who can change it.
    expect(await page.getByText('Nothing was looked for').count()).toBe(manages)
    expect(await page.getByRole('columnheader', { name: 'Workspaces' }).count()).toBe(manages)
    expect(await axe(page, `workspace-providers-${role}`)).toEqual([])
  })

  test('settings and banners are changed by who may, and only read by the others', async () => {
    await page.goto('/admin')
    await page.getByRole('heading', { level: 2 }).first().waitFor()
    const fields = page.locator('main').getByRole('textbox')
    const readOnly = page.getByText('You may read the configuration, and not change it.')
    expect(await readOnly.count()).toBe(sight.changesSettings ? 0 : 1)
    expect((await fields.count()) > 0).toBe(sight.changesSettings)

    await page.goto('/banners')
    await page.locator('.banner-card').waitFor()
    const edit = page.getByRole('button', { name: 'Edit banner “Footer of the test”' })
    expect(await edit.count()).toBe(sight.changesSettings ? 1 : 0)
    expect(await page.getByRole('button', { name: 'New banner' }).count()).toBe(
      sight.changesSettings ? 1 : 0,
    )
  })
})

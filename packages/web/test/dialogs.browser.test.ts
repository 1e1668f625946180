import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ImageStage, importedImage } from './images.ts'
import { axe } from './look.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
let page: Page
let organization: string
let user: string
let images: ImageStage

beforeAll(async () => {
  stage = await startStage()
  const { api } = stage
  user = (await stage.person('Grace Hopper')).id
  await stage.person('Mel Member')
  organization = (await api.organizations.create({ body: { name: 'Research' } })).id
  const params = { organization }
  await api.organizations.addMember({ params, body: { user_id: user } })
  await api.registries.create({
    body: { org_id: organization, friendly_name: 'Ours', registry: '10.0.0.1:5000' },
  })
  images = await importedImage(api, organization)
  await api.banners.create({ body: { kind: 'header', body: 'Internal use' } })
  await api.apiKeys.create({ params: { user: 'me' }, body: { name: 'Backup', scopes: null } })
  page = await stage.pageOf('ada')
})
afterAll(async () => {
  await images.registry.stop()
  await stage.stop()
})

interface Scene {
  /** What is opened, as the dialog's title says it. */
  readonly title: string
  readonly open: () => Promise<void>
}

const press = (name: string | RegExp) => page.getByRole('button', { name }).click()
const choose = async (row: string, action: string) => {
  await press(`Actions for ${row}`)
  await page.getByRole('menuitem', { name: action }).click()
}
const select = async (...names: readonly string[]) => {
  for (const name of names) await page.getByLabel(`Select ${name}`).check()
}

function ofUser(action: string): () => Promise<void> {
  return () => choose('Grace Hopper', action)
}

const scenes: Readonly<Record<string, readonly Scene[]>> = {
  '/users': [
    { title: 'New user', open: () => press('New user') },
    { title: 'Reset the password of Grace Hopper?', open: ofUser('Reset password…') },
    { title: 'Sign Grace Hopper out everywhere?', open: ofUser('Sign out everywhere…') },
    { title: 'Transfer the site admin role', open: ofUser('Make site admin…') },
    { title: 'Suspend Grace Hopper?', open: ofUser('Suspend…') },
    { title: 'Delete Grace Hopper?', open: ofUser('Delete…') },
    {
      title: 'Change the site role of 2 users',
      open: async () => {
        await select('Grace Hopper', 'Ada Lovelace')
        await press('Change role…')
      },
    },
    {
      title: 'Suspend 2 users?',
      open: async () => {
        await select('Grace Hopper', 'Ada Lovelace')
        await press('Suspend…')
      },
    },
    {
      title: 'Reactivate 1 user?',
      open: async () => {
        await select('Grace Hopper')
        await press('Reactivate…')
      },
    },
    {
      title: 'Keyboard shortcuts',
      open: async () => {
        await page.getByRole('button', { name: 'New user' }).focus()
        await page.keyboard.press('?')
      },
    },
  ],
  '/organizations': [
    { title: 'New organization', open: () => press('New organization') },
    { title: 'Delete Research?', open: () => choose('Research', 'Delete organization') },
  ],
  '/organizations/$': [
    { title: 'Add members', open: () => press('Add members') },
    {
      title: 'Remove Grace Hopper from Research?',
      open: () => choose('Grace Hopper', 'Remove from organization'),
    },
  ],
  '/images?org=$': [
    { title: 'Import an image', open: () => press('Import image') },
    { title: 'Edit team/base', open: () => choose('team/base', 'Edit') },
    { title: 'Delete team/base?', open: () => choose('team/base', 'Delete') },
  ],
  '/images/%': [
    { title: 'Add a tag of team/base', open: () => press('Add tag') },
    { title: 'Delete the tag testing?', open: () => choose('testing', 'Delete') },
  ],
  '/registries?org=$': [
    { title: 'Add a registry', open: () => press('Add registry') },
    { title: 'Edit “Ours”', open: () => choose('Ours', 'Edit') },
    {
      title: 'Connection to “Ours”',
      open: async () => {
        await choose('Ours', 'Check the connection')
        await page.getByText('It does not work yet').waitFor()
        await page.getByText(/is in a private network, .* ask an administrator/).waitFor()
      },
    },
    { title: 'Delete “Ours”?', open: () => choose('Ours', 'Delete') },
  ],
  '/workspace-providers': [
    { title: 'Add a workspace provider', open: () => press('Add workspace provider') },
    { title: 'Edit “built-in”', open: () => choose('built-in', 'Edit') },
    { title: 'Cordon “built-in”?', open: () => choose('built-in', 'Cordon…') },
    { title: 'Delete “built-in”?', open: () => choose('built-in', 'Delete…') },
  ],
  '/banners': [
    { title: 'New banner', open: () => press('New banner') },
    { title: 'Edit banner', open: () => press('Edit banner “Internal use”') },
    { title: 'Delete this banner?', open: () => press('Delete banner “Internal use”') },
  ],
  '/account/api-keys': [
    { title: 'New API key', open: () => press('New API key') },
    { title: 'Edit “Backup”', open: () => choose('Backup', 'Edit') },
    { title: 'Regenerate “Backup”?', open: () => choose('Backup', 'Regenerate') },
    { title: 'Delete “Backup”?', open: () => choose('Backup', 'Delete') },
  ],
  '/account/sessions': [
    { title: 'Sign out everywhere else?', open: () => press('Sign out everywhere else') },
  ],
}

describe.each(Object.entries(scenes))('%s', (address, list) => {
  test.each(list)('$title', async ({ title, open }) => {
    await page.goto(address.replace('$', organization).replace('%', images.image.id))
    await page.locator('h1').waitFor()
    await open()
    const dialog = page.getByRole('dialog', { name: title })
    await dialog.waitFor()
    await dialog.getByRole('status', { name: /^Loading/ }).waitFor({ state: 'detached' })
    const name = title.toLowerCase().replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '')
    expect(await axe(page, `dialog-${name}`)).toEqual([])

    // The keyboard is inside, and Escape leads out again.
    expect(await page.evaluate(() => document.activeElement?.closest('[role="dialog"]'))).not.toBe(
      null,
    )
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY')
  })
})

describe('what is shown once', () => {
  test('a password that was reset', async () => {
    await page.goto(`/users/${user}`)
    await press('Reset password…')
    await page.getByRole('dialog').getByRole('button', { name: 'Reset password' }).click()
    const dialog = page.getByRole('dialog', { name: 'The temporary password of Grace Hopper' })
    await dialog.getByText('Copy it now').waitFor()
    expect(await axe(page, 'dialog-temporary-password')).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('The password is temporary').waitFor()
  })

  test('a token for the command line', async () => {
    await page.goto('/internal-auth')
    await press('Make a token')
    await page.getByText('Copy it now').waitFor()
    expect(await axe(page, 'command-line-token')).toEqual([])
  })
})

test('an image is imported together with its registry', async () => {
  await page.goto(`/images?org=${organization}`)
  await press('Import image')
  const dialog = page.getByRole('dialog', { name: 'Import an image' })
  await dialog.getByRole('combobox', { name: 'Registry' }).click()
  await page.getByRole('option', { name: 'Another registry, which is added' }).click()
  expect(await axe(page, 'import-with-registry')).toEqual([])
  await dialog.getByLabel('Repository').fill('team/base')
  await dialog.getByLabel('Tag').fill('unstable')
  await dialog.getByRole('button', { name: 'Import image' }).click()
  // The problem of a field of the registry stands at that field.
  await dialog.getByText('Enter a name').first().waitFor()

  await dialog.getByLabel('Name', { exact: true }).fill('Mirror')
  await dialog.getByLabel('Address').fill(`http://${images.registry.host}`)
  await dialog.getByRole('button', { name: 'Import image' }).click()
  await dialog.waitFor({ state: 'detached' })
  const found = await stage.api.images.list({ query: { org: organization } })
  expect(found.items.map(({ registry }) => registry?.friendly_name)).toContain('Mirror')
})

test('an import says what would happen, then what happened', async () => {
  await page.goto('/users/import')
  await page
    .getByLabel('Or paste it')
    .fill('name,username,email\nIda Import,ida,ida@example.com\nBad One,not valid,nothing\n')
  await press('Check')
  await page.getByText('1 user can be created, 1 line cannot').waitFor()
  expect(await axe(page, 'import-preview')).toEqual([])
  expect((await stage.api.users.list({ query: { q: 'ida' } })).items).toEqual([])

  await press('Import 1 user')
  await page.getByText('1 user created, 1 line left out.').waitFor()
  expect(await axe(page, 'import-result')).toEqual([])
  const { items } = await stage.api.users.list({ query: { q: 'ida' } })
  expect(items.map(({ username }) => username)).toEqual(['ida'])
})

test('menus, the drawer of narrow screens and the palette have no barrier', async () => {
  await page.goto('/users')
  await page.getByText('grace-hopper@example.com').waitFor()
  await page.getByRole('button', { name: 'Manage', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Audit' }).waitFor()
  expect(await axe(page, 'menu-manage')).toEqual([])
  await page.keyboard.press('Escape')
  await press('Account of Ada Lovelace')
  await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
  expect(await axe(page, 'menu-account')).toEqual([])
  await page.keyboard.press('Escape')
  await press('Columns')
  await page.getByRole('checkbox', { name: 'Username' }).waitFor()
  expect(await axe(page, 'users-columns')).toEqual([])
  await page.keyboard.press('Escape')

  await page.keyboard.press('Control+k')
  await page.getByPlaceholder('Find a page, an action or a person').fill('gra')
  await page.getByRole('button', { name: 'Grace Hopper @grace-hopper' }).waitFor()
  expect(await axe(page, 'palette')).toEqual([])
  await page.keyboard.press('Escape')

  await page.setViewportSize({ width: 360, height: 740 })
  await press('Open the navigation')
  await page.getByRole('dialog', { name: 'Navigation' }).getByText('Banners').waitFor()
  expect(await axe(page, 'drawer')).toEqual([])
})

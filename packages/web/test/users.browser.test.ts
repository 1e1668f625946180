import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from './browser.ts'
import { axe, shot } from './look.ts'
import { isMarked, managePlaces, mark, newestEntry, type Stage, startStage } from './stage.ts'

let stage: Stage
let adas: Page
let graces: Page
let grace: { id: string }

beforeAll(async () => {
  stage = await startStage()
  grace = await stage.person('Grace Hopper')
  adas = await stage.pageOf('ada', '/users')
  graces = await stage.pageOf('grace-hopper', '/users')
})
afterAll(() => stage.stop())

function roleButton(page: Page, name: string) {
  return page.getByRole('button', { name: `Site role of ${name}` })
}

function roleOption(page: Page, name: string) {
  return page.getByRole('menuitemradio', { name })
}

test('a role changes after a preview, and both open pages follow without a reload', async () => {
  await mark(adas)
  await mark(graces)
  expect(await managePlaces(graces)).not.toContain('Audit')

  await roleButton(adas, 'Grace Hopper').click()
  await roleOption(adas, 'Auditor').waitFor()
  await shot(adas, 'users-role-menu')
  expect(await axe(adas)).toEqual([])
  await roleOption(adas, 'Auditor').click()

  const dialog = adas.getByRole('dialog')
  await dialog.getByText('Gains 1 right').waitFor()
  const gains = dialog.getByRole('list', { name: 'Rights gained' })
  expect(await gains.textContent()).toBe('Audit logsread all Ra')
  await dialog.getByText('1 open session').waitFor()
  expect(await axe(adas, 'users-role-preview')).toEqual([])
  // A look changes nothing.
  expect(await stage.api.users.get({ params: { user: grace.id } })).toMatchObject({
    role: 'site-member',
    version: 1,
  })

  await dialog.getByRole('button', { name: 'Change to Auditor' }).click()
  await adas.getByText('Grace Hopper is an auditor now.').waitFor()
  await adas.getByRole('button', { name: 'Site role of Grace Hopper: Auditor' }).waitFor()
  expect(await axe(adas)).toEqual([])
  expect(await isMarked(adas)).toBe(true)

  await expect.poll(() => managePlaces(graces)).toContain('Audit')
  expect(await isMarked(graces)).toBe(true)

  const page = await stage.pageOf('ada')
  const entry = await newestEntry(page, `resource_id=${grace.id}&action=write`)
  expect(entry).toMatch(/ ada .*Change.*grace-hopper.*Success/)
  expect(entry).toMatch(/Role.*Member.*Auditor/)
  expect(entry).toContain('site-admin: users Ua')
  await shot(page, 'audit-role-change')
})

test('the focus returns to the drop-down that a dialog came from', async () => {
  await roleButton(adas, 'Grace Hopper').focus()
  await adas.keyboard.press('Enter')
  await roleOption(adas, 'Auditor').waitFor()
  const focused = () => adas.locator(':focus')
  await expect.poll(() => focused().textContent()).toContain('Normal use, and the audit log')
  await adas.keyboard.press('ArrowDown')
  await adas.keyboard.press('Enter')
  await adas.getByRole('dialog').getByText('Loses 1 right').waitFor()
  await adas.keyboard.press('Escape')
  await adas.getByRole('dialog').waitFor({ state: 'detached' })
  await expect
    .poll(() => focused().getAttribute('aria-label'))
    .toBe('Site role of Grace Hopper: Auditor')
})

test('somebody else was faster: nothing changes, and the dialog says so', async () => {
  await roleButton(adas, 'Grace Hopper').click()
  await roleOption(adas, 'Site manager').click()
  const dialog = adas.getByRole('dialog')
  await dialog.getByText('Gains').first().waitFor()
  await stage.api.users.update({
    params: { user: grace.id },
    body: { name: 'Grace B. Hopper' },
  })

  await dialog.getByRole('button', { name: 'Change to Site manager' }).click()
  await dialog.getByText('The role was not changed').waitFor()
  expect(await axe(adas, 'users-role-stale')).toEqual([])
  await dialog.getByRole('button', { name: 'Look again' }).click()
  await dialog.getByText('The role was not changed').waitFor({ state: 'detached' })
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await dialog.waitFor({ state: 'detached' })
  expect((await stage.api.users.get({ params: { user: grace.id } })).role).toBe('site-auditor')
})

test('what may not be given stands in the drop-down with the reason, and does nothing', async () => {
  await stage.person('Mary Manager', 'site-manager')
  const page = await stage.pageOf('mary-manager', '/users?q=grace')
  await roleButton(page, 'Grace B. Hopper').click()
  const refused = roleOption(page, 'Site manager')
  await refused.waitFor()
  expect(await refused.getAttribute('aria-disabled')).toBe('true')
  expect(await refused.textContent()).toContain(
    'Only the site admin makes or unmakes site managers',
  )
  expect(await axe(page, 'users-role-refused')).toEqual([])
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

test('what a rule refuses is recorded with who tried and the reason', async () => {
  const mary = await clientOf(stage.server.url, 'mary-manager')
  const params = { user: grace.id }
  const attempt = mary.users.changeRole({ params, body: { role: 'site-manager' } })
  await expect(attempt).rejects.toMatchObject({ status: 409 })
  expect((await stage.api.users.get({ params })).role).toBe('site-auditor')

  const page = await stage.pageOf('ada')
  const entry = await newestEntry(page, `resource_id=${grace.id}&outcome=denied`)
  expect(entry).toMatch(/ mary-manager .*Change grace-hopper .*Denied/)
  expect(entry).toContain('Only the site admin makes or unmakes site managers')
  expect(await axe(page, 'audit-refused-by-rule')).toEqual([])
})

test('what has become forbidden is refused and explained where it was asked for', async () => {
  const { id } = await stage.person('Max Manager', 'site-manager')
  const page = await stage.pageOf('max-manager')
  // The page hears nothing of what happens to Max.
  await page.route('**/api/v0/events', () => undefined)
  await page.goto('/users')
  await page.getByRole('button', { name: 'New user' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name', { exact: true }).fill('Nobody Yet')
  await dialog.getByLabel('E-mail').fill('nobody@example.com')
  await stage.api.users.changeRole({ params: { user: id }, body: { role: 'site-member' } })

  await dialog.getByRole('button', { name: 'Create user' }).click()
  const problem = dialog.getByRole('alert')
  await problem.waitFor()
  expect(await problem.textContent()).toContain('You may not create this user')
  expect(await problem.textContent()).toContain('Site manager')
  expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('Nobody Yet')
  expect(await axe(page, 'users-new-denied')).toEqual([])
  expect((await stage.api.users.list({ query: { q: 'nobody' } })).items).toEqual([])

  const audit = await stage.pageOf('ada')
  const entry = await newestEntry(audit, 'action=create&outcome=denied')
  expect(entry).toMatch(/ max-manager .*Create .*User .*Denied/)
  expect(entry).toContain('Refused')
  expect(await axe(audit, 'audit-denied')).toEqual([])
})

test('one user after the other is created without the mouse', async () => {
  await adas.goto('/users')
  await adas.getByRole('button', { name: 'New user' }).press('Enter')
  const dialog = adas.getByRole('dialog')
  for (const name of ['Kim Keys', 'Kay Keys']) {
    const field = dialog.getByLabel('Name', { exact: true })
    await field.waitFor()
    await adas.waitForFunction(() => document.activeElement?.tagName === 'INPUT')
    await adas.keyboard.type(name)
    expect(await field.inputValue()).toBe(name)
    await dialog.getByLabel('E-mail').fill(`${name.replace(' ', '.')}@example.com`)
    await adas.keyboard.press('Enter')
    await dialog.getByRole('button', { name: 'Create another' }).press('Enter')
  }
  await dialog.getByLabel('Name', { exact: true }).waitFor()
  const keys = await stage.api.users.list({ query: { q: 'keys' } })
  expect(keys.items.map(({ name }) => name).sort()).toEqual(['Kay Keys', 'Kim Keys'])
})

test('many change at once, each with its own result', async () => {
  await stage.person('Ben Bulk')
  await stage.person('Bob Bulk')
  await adas.goto('/users?q=b&sort=name')
  await mark(adas)
  await adas.getByLabel('Select Ben Bulk').check()
  await adas.getByLabel('Select Bob Bulk').check()
  await adas.getByRole('button', { name: 'Suspend…' }).click()
  const dialog = adas.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Suspend 2 users' }).click()
  await dialog.getByText('2 of 2 suspended.').waitFor()
  expect(await axe(adas, 'users-bulk-result')).toEqual([])
  await dialog.getByRole('button', { name: 'Done' }).click()
  const row = adas.getByRole('row').filter({ hasText: 'Ben Bulk' })
  await row.getByText('Suspended').waitFor()
  expect(await isMarked(adas)).toBe(true)
})

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe, shot } from './look.ts'
import { isMarked, mark, type Stage, startStage } from './stage.ts'
import { removeWorkspaces, startEngine } from './workspaces.ts'

// What a member does every day, on a real engine.

let stage: Stage
let page: Page
let organization: string

beforeAll(async () => {
  stage = await startStage()
  const { api } = stage
  const { id: user } = await stage.person('Mel Member')
  const { items } = await api.organizations.list({ query: { limit: 10 } })
  organization = items.find((one) => one.default)!.id
  const { organizations } = (await api.users.get({ params: { user } })) as {
    organizations: { id: string }[]
  }
  if (!organizations.some(({ id }) => id === organization)) {
    await api.organizations.addMember({ params: { organization }, body: { user_id: user } })
  }
  await startEngine(stage, organization)
  page = await stage.pageOf('mel-member')
}, 300_000)
afterAll(async () => {
  await removeWorkspaces(stage.api)
  await stage.stop()
}, 120_000)

const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
const screen = () => page.locator('.terminal-view:not([hidden]) .xterm-rows')

/** Types a command into the terminal and waits for a line that it prints. */
async function type(command: string, prints: string | RegExp): Promise<void> {
  await page.locator('.terminal-view:not([hidden]) textarea').focus()
  await page.keyboard.type(`${command}\n`)
  await screen().getByText(prints).first().waitFor()
}

test('a member comes from nothing to a terminal in two clicks', async () => {
  await page.getByRole('heading', { name: 'You have no workspace yet' }).waitFor()
  await page.getByRole('link', { name: 'New workspace' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'New workspace' }).waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('atelier-base')
  await mark(page)
  await press('Create workspace')

  await page.getByRole('heading', { level: 1, name: 'atelier-base' }).waitFor()
  await page.getByRole('tab', { name: 'Terminal', exact: true }).waitFor({ timeout: 90_000 })
  await screen().getByText('$').first().waitFor()
  await type('echo "grün $((6 * 7))"; pwd', 'grün 42')
  await screen().getByText('/home/coder').first().waitFor()
  expect(await isMarked(page)).toBe(true)
  await page.getByText('Memory', { exact: true }).waitFor()
  expect(await axe(page, 'workspace-running')).toEqual([])
}, 240_000)

import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { axe } from './look.ts'
import { isMarked, mark, type Stage, startStage } from './stage.ts'
import { removeWorkspaces, startEngine } from './workspaces.ts'

// What a member does every day, on a real engine.

let stage: Stage
let page: Page
let engine: string
let mel: string

beforeAll(async () => {
  stage = await startStage()
  const { api } = stage
  mel = (await stage.person('Mel Member')).id
  const { items } = await api.organizations.list({ query: { limit: 10 } })
  engine = (await startEngine(stage, items[0]!.id)).url
  page = await stage.pageOf('mel-member')
}, 300_000)
afterAll(async () => {
  await removeWorkspaces(stage.api)
  await stage.stop()
}, 120_000)

/** A build, with Podman making a container while other tests take the machine's time. */
const building = { timeout: 90_000 }

const press = (name: string | RegExp) => page.getByRole('button', { name, exact: true }).click()
const shell = () => page.locator('.terminal-view:not([hidden])')
const screen = () => shell().locator('.xterm-rows')

/** Types a command into the terminal and waits for a line that it prints. */
async function type(command: string, prints: string | RegExp): Promise<void> {
  await shell().locator('[data-state="open"] textarea').focus()
  await page.keyboard.type(`${command}\n`)
  await screen().getByText(prints).first().waitFor()
}

test('a member comes from nothing to a terminal in two clicks', async () => {
  await page.getByRole('heading', { name: 'You have no workspace yet' }).waitFor()
  await mark(page)
  await page.getByRole('link', { name: 'New workspace' }).first().click()
  await page.getByRole('heading', { level: 1, name: 'New workspace' }).waitFor()
  expect(await page.getByLabel('Name').inputValue()).toBe('atelier-base')
  await press('Create workspace')

  await page.getByRole('heading', { level: 1, name: 'atelier-base' }).waitFor()
  await page.getByRole('tab', { name: 'Terminal', exact: true }).waitFor(building)
  await screen().getByText('$').first().waitFor()
  await type('echo "grün $((6 * 7))"; pwd', 'grün 42')
  await screen().getByText('/home/coder').first().waitFor()
  expect(await isMarked(page)).toBe(true)
  await page.getByText('Memory', { exact: true }).waitFor()
  expect(await axe(page, 'workspace-running')).toEqual([])

  await page.getByRole('tab', { name: 'Build log' }).click()
  await page
    .getByRole('list', { name: 'Stages of the build' })
    .getByRole('listitem')
    .nth(1)
    .waitFor()
  expect(await axe(page, 'workspace-log')).toEqual([])
  await page.getByRole('tab', { name: 'Terminal', exact: true }).click()
  await screen().getByText('grün 42').waitFor()
}, 240_000)

test('several terminals outlive a reload of the page', async () => {
  await press('New terminal')
  await type('kept=here', /\$ $/)
  await page.reload()
  await type('echo it is $kept', 'it is here')
  await page.getByRole('tab', { name: 'Terminal 1' }).click()
  await screen().getByText('grün 42').waitFor()
  await page.getByRole('tab', { name: 'Terminal 2' }).click()
  await press('Close Terminal 2')
  expect(await page.getByRole('tab', { name: /^Terminal \d/ }).count()).toBe(1)
})

test('the keyboard leaves the terminal, and comes back', async () => {
  await shell().locator('textarea').focus()
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
  await page.keyboard.press('Control+Shift+X')
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  expect(await focused()).toBe('Terminal 1')
  await press('New terminal')
  await page.keyboard.press('Control+Shift+X')
  expect(await focused()).toBe('Terminal 2')
  await page.keyboard.press('ArrowLeft')
  expect(await focused()).toBe('Terminal 1')
})

test('a paste of 1 MB arrives whole', async () => {
  const text = 'abcdefghijklmnopqrstuvwxyz012345'.repeat(32_768)
  await type(
    `stty raw -echo; echo rea""dy; head -c ${String(text.length)} | sha256sum; stty sane`,
    'ready',
  )
  await shell()
    .locator('textarea')
    .evaluate((field, pasted) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', pasted)
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, text)
  await screen().getByText(createHash('sha256').update(text).digest('hex')).waitFor()
})

test('much output does not drown the page, which shows its end', async () => {
  await type('clear; seq 1 300000; echo all"" there', 'all there')
  await screen().getByText('300000').waitFor()
})

test('a server that is away: the terminal says so, and goes on in a new shell', async () => {
  await mark(page)
  await stage.server.pause()
  await shell().getByText('The connection is lost.').waitFor()
  expect(await axe(page, 'workspace-lost')).toEqual([])
  await stage.server.resume(engine)
  await screen().getByText('this is a new one').waitFor(building)
  await type('echo back again', /^back again/)
  expect(await isMarked(page)).toBe(true)
}, 240_000)

test('a shell that has ended says so, and another one is a button away', async () => {
  await type('exit 3', 'exit 3')
  await shell().getByText('The shell has ended with code 3.').waitFor()
  await press('Start a new shell')
  await type('echo new one', /^new one/)
})

test('turned off, started and built anew, with the list beside it following', async () => {
  await type('echo precious > ~/file && cat ~/file', 'precious')
  const list = await stage.pageOf('mel-member', '/')
  await mark(list)
  const row = list.getByRole('row').filter({ hasText: 'atelier-base' })
  await row.getByText('Running').waitFor()

  await press('Stop…')
  await page.getByRole('dialog').getByText('Everything that runs in it ends').waitFor()
  expect(await axe(page, 'workspace-stop')).toEqual([])
  await press('Stop workspace')
  await row.getByText('Off', { exact: true }).waitFor(building)
  await page.getByRole('button', { name: 'Start' }).waitFor()
  await row.getByRole('button', { name: 'Start atelier-base' }).click()
  await row.getByRole('link', { name: 'Terminal of atelier-base' }).waitFor(building)
  expect(await isMarked(list)).toBe(true)
  expect(await axe(list, 'workspaces')).toEqual([])

  await page.getByRole('tab', { name: 'Terminal', exact: true }).waitFor()
  await type('cat ~/file', 'precious')
  await press('Edit…')
  await page.getByRole('dialog').getByLabel('Memory in GB').fill('1')
  await page.getByLabel('Disk in GB').fill('1')
  await press('Save and rebuild')
  await page
    .getByRole('dialog')
    .getByText(/can only grow/)
    .first()
    .waitFor()
  expect(await axe(page, 'workspace-edit')).toEqual([])
  await page.getByLabel('Disk in GB').fill('10')
  await press('Save and rebuild')
  await page.getByText('2 cores · 1 GB · 10 GB disk').waitFor()
  await row.getByText('Running').waitFor(building)
  await type('cat ~/file', 'precious')
}, 300_000)

test('an administrator sees it, and is told who alone can work in it', async () => {
  const adas = await stage.pageOf('ada', '/')
  await adas.getByRole('heading', { name: 'You have no workspace yet' }).waitFor()
  await adas.getByText('All', { exact: true }).click()
  await adas.getByRole('link', { name: 'atelier-base' }).click()
  await adas.getByText('Only Mel Member can open a terminal here').waitFor()
  expect(await adas.getByRole('tab', { name: 'Terminal' }).count()).toBe(0)
  expect(await axe(adas, 'workspace-of-another')).toEqual([])
})

test('what its owner loses, the open page loses', async () => {
  await page.getByRole('heading', { level: 1, name: 'atelier-base' }).waitFor()
  await stage.api.users.suspend({ params: { user: mel } })
  await page.getByText('Your session has ended.').waitFor()
  await stage.api.users.reactivate({ params: { user: mel } })
})

test('deleted only by its typed name, and then it is gone from every list', async () => {
  const back = await stage.pageOf('mel-member', '/')
  page = back
  await press('Actions for atelier-base')
  await page.getByRole('menuitem', { name: 'Delete…' }).click()
  await press('Delete workspace')
  await page.getByRole('dialog').getByText('This is not the same yet').first().waitFor()
  expect(await axe(page, 'workspace-delete')).toEqual([])
  await page.getByRole('dialog').getByRole('textbox').fill('atelier-base')
  await press('Delete workspace')
  await page.getByRole('heading', { name: 'You have no workspace yet' }).waitFor(building)
}, 240_000)

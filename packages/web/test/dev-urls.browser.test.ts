import type { Client, Workspace } from '@atelier/api'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestEngine, useEngine } from '../../server/test/engine.ts'
import { clientOf, password } from './browser.ts'
import { axe, axePlain } from './look.ts'
import { type Stage, startStage } from './stage.ts'
import { removeWorkspaces, startEngine } from './workspaces.ts'

// From the sign-in page to what an app in a workspace serves, in a real browser on a real engine.

let stage: Stage
let engine: TestEngine
let mel: Client
let workspace: Workspace
beforeAll(async () => {
  ;[stage, engine] = await Promise.all([startStage(), useEngine()])
  const { api } = stage
  const [organization] = (await api.organizations.list({ query: {} })).items
  if (organization === undefined) throw new Error('there is no organization')
  const { image } = await startEngine(stage, organization.id)
  for (const name of ['Mel', 'Grace']) await stage.person(name)
  mel = await clientOf(stage.server.url, 'mel')
  workspace = await mel.workspaces.create({
    body: { name: 'dev', org_id: organization.id, image_id: image.id },
  })
  while (['queued', 'building'].includes(workspace.status)) {
    workspace = await mel.workspaces.get({ params: { workspace: workspace.id } })
  }
  expect(workspace.status_reason).toBe('')
  await serve(3000)
}, 300_000)
afterAll(async () => {
  await removeWorkspaces(mel)
  await stage.stop()
})

/** An app that greets, on localhost of the workspace. */
async function serve(port: number): Promise<void> {
  const names = await engine.podman('ps', '--format', '{{.Names}}')
  const container = names.split('\n').find((name) => name.includes(workspace.id)) ?? ''
  const app = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => ${String(port)}, Listen => 9, ReuseAddr => 1) or die;
  while (my $c = $s->accept) { while (<$c>) { last if $_ eq "\\r\\n" }
    print $c "HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nConnection: close\\r\\n\\r\\n<title>App</title><h1>Hello from ${String(port)}</h1>"; close $c; }`
  await engine.podman('exec', '--detach', container, 'perl', '-e', app)
}

const originOf = (label: string) => stage.server.url.replace('//localhost', `//${label}.localhost`)

const heading = (page: Page, name: string) =>
  page.getByRole('heading', { level: 1, name }).waitFor()

test('an owner gives a port an address, and opens it from the page of the workspace', async () => {
  const page = await stage.pageOf('mel', `/workspaces/${workspace.id}`)
  await page.getByRole('button', { name: 'Add port' }).click()
  await page.getByRole('dialog').getByRole('textbox', { name: 'Port', exact: true }).fill('3000')
  expect(await axe(page, 'dev-url-dialog')).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Add port' }).click()
  const link = page.getByRole('link', { name: /^3000--dev-mel\.localhost/ })
  await link.waitFor()
  expect(await axe(page, 'dev-urls')).toEqual([])
  const [opened] = await Promise.all([page.waitForEvent('popup'), link.click()])
  await heading(opened, 'Hello from 3000')
  expect(new URL(opened.url()).origin).toBe(originOf('3000--dev-mel'))
})

test('whoever is not signed in signs in on the way, and arrives where they were going', async () => {
  const page = await stage.visitor()
  await page.goto(`${originOf('3000--dev-mel')}/deep?x=1`)
  expect(new URL(page.url()).origin).toBe(stage.server.url)
  await page.getByLabel('E-mail or username').fill('mel')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await heading(page, 'Hello from 3000')
  expect(page.url()).toBe(`${originOf('3000--dev-mel')}/deep?x=1`)
  // Neither the address nor the page’s scripts hold anything of ours.
  expect(await page.evaluate(() => document.cookie)).toBe('')

  // Signed out there, signed out here.
  await page.request.delete(`${stage.server.url}/api/v0/session`, {
    headers: { 'session-token': await tokenOf(page) },
  })
  await page.reload()
  await page.getByLabel('E-mail or username').waitFor()
})

async function tokenOf(page: Page): Promise<string> {
  const cookies = await page.context().cookies(stage.server.url)
  return cookies.find(({ name }) => name === 'atelier_session')?.value ?? ''
}

test('others find nothing; the owner who types the address of another port has it at once', async () => {
  const grace = await stage.pageOf('grace')
  await grace.goto(originOf('3000--dev-mel'))
  await heading(grace, 'There is nothing here for you')
  expect(await grace.locator('main').innerText()).toContain('You are signed in as grace.')
  expect(await axePlain(grace, 'dev-url-hidden')).toEqual([])

  const page = await stage.pageOf('mel')
  await page.goto(originOf('3001--dev-mel'))
  await heading(page, 'Nothing listens on port 3001')
  await serve(3001)
  // It looks again by itself.
  await heading(page, 'Hello from 3001')
  const made = await mel.devUrls.list({ params: { workspace: workspace.id } })
  expect(made.map(({ port, access }) => [port, access])).toEqual([
    [3000, 'PRIVATE'],
    [3001, 'PRIVATE'],
  ])
})

test('a link of somebody else asks before it creates', async () => {
  const page = await stage.pageOf('mel')
  await page.evaluate((href) => {
    window.location.href = href
  }, originOf('3002--dev-mel'))
  await heading(page, 'Port 3002 of dev has no dev URL yet')
  expect(await axePlain(page, 'dev-url-offer')).toEqual([])
  await serve(3002)
  await page.getByRole('button', { name: 'Create it and open' }).click()
  await heading(page, 'Hello from 3002')
})

test('the page of a workspace that is off leads its owner to it', async () => {
  await mel.workspaces.stop({ params: { workspace: workspace.id } })
  const page = await stage.pageOf('mel')
  await page.goto(originOf('3000--dev-mel'))
  await heading(page, 'The workspace is off')
  expect(await axePlain(page, 'dev-url-off')).toEqual([])
  await page.getByRole('link', { name: 'Go to dev' }).click()
  await heading(page, 'dev')
  expect(new URL(page.url()).pathname).toBe(`/workspaces/${workspace.id}`)
})

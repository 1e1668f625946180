import { createClient } from '@atelier/api'
import { QueryClient } from '@tanstack/react-query'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAppRouter } from '../src/router.tsx'
import { signIn } from './browser.ts'
import { type ImageStage, importedImage } from './images.ts'
import { axe, drawn } from './look.ts'
import { type Stage, startStage } from './stage.ts'
import { removeWorkspaces, runningWorkspace, startEngine } from './workspaces.ts'

let stage: Stage
let adas: Page
let ids: { user: string; organization: string; workspace: string; entry: string }
let temporary: string
let images: ImageStage

beforeAll(async () => {
  stage = await startStage()
  const { api } = stage
  const { id: user } = await stage.person('Grace Hopper', 'site-manager')
  const { id: organization } = await api.organizations.create({
    body: { name: 'Research', description: 'Finds out what nobody knows yet' },
  })
  const params = { organization }
  await api.organizations.addMember({ params, body: { user_id: user } })
  const engine = await startEngine(stage, organization)
  const { id: workspace } = await runningWorkspace(api, engine.image, 'analysis')
  images = await importedImage(api, organization)
  await api.banners.create({
    body: { kind: 'message', format: 'markdown', body: '**Maintenance** at [noon](/roles).' },
  })
  await api.apiKeys.create({ params: { user: 'me' }, body: { name: 'Backup', scopes: null } })
  const created = await api.users.create({
    body: { name: 'Tom Temporary', username: 'tom', email: 'tom@example.com' },
  })
  temporary = created.password ?? ''
  const { items } = await api.audit.list({ query: { resource_id: user } })
  ids = { user, organization, workspace, entry: items[0]!.id }
  adas = await stage.pageOf('ada')
}, 300_000)
afterAll(async () => {
  await removeWorkspaces(stage.api)
  await images.registry.stop()
  await stage.stop()
})

interface Sight {
  /** Of a page that has parameters. */
  readonly address?: () => string
  readonly heading: string
  /** Where it says more than the heading does. */
  readonly title?: string
  /** Part of the content, which is there once the page has loaded. */
  readonly shows: string
  /** Another page than Ada's. */
  readonly page?: () => Promise<Page>
}

/** Every address of the router, and how it is known that its page is there. */
const pages: Readonly<Record<string, Sight>> = {
  '/setup': {
    heading: 'Already set up',
    shows: 'The site admin exists',
    page: () => stage.visitor(),
  },
  '/sign-in': {
    heading: 'Sign in to Atelier',
    shows: 'Maintenance',
    page: () => stage.visitor(),
  },
  '/change-password': {
    heading: 'Choose a new password',
    shows: 'You signed in with a temporary password',
    page: async () => {
      const page = await stage.visitor()
      await signIn(page, 'tom', temporary)
      return page
    },
  },
  '/internal-auth': { heading: 'Sign in on the command line', shows: 'Make a token' },
  '/': { heading: 'Workspaces', shows: 'analysis' },
  '/workspaces': { heading: 'Workspaces', shows: 'analysis' },
  '/workspaces/new': { heading: 'New workspace', shows: 'git, curl, sudo and an editor' },
  '/workspaces/$workspace': {
    address: () => `/workspaces/${ids.workspace}`,
    heading: 'analysis',
    shows: 'coder@analysis',
  },
  '/overview': { heading: 'Welcome, Ada Lovelace', shows: 'What you may do' },
  '/users': { heading: 'Users', shows: 'grace-hopper@example.com' },
  '/users/import': { heading: 'Import users', shows: 'Or paste it' },
  '/users/$user': {
    address: () => `/users/${ids.user}`,
    heading: 'Grace Hopper',
    shows: 'created user grace-hopper',
  },
  '/organizations': { heading: 'Organizations', shows: 'Finds out what nobody knows yet' },
  '/organizations/$organization': {
    address: () => `/organizations/${ids.organization}`,
    heading: 'Research',
    shows: 'grace-hopper@example.com',
  },
  '/organizations/$organization/settings': {
    address: () => `/organizations/${ids.organization}/settings`,
    heading: 'Research',
    title: 'Research: Settings',
    shows: 'Delete this organization',
  },
  '/images': { heading: 'Images', shows: 'What everybody starts with' },
  '/images/$image': {
    address: () => `/images/${images.image.id}`,
    heading: 'team/base',
    shows: 'Debian GNU/Linux 12 (bookworm)',
  },
  '/registries': { heading: 'Registries', shows: 'index.docker.io' },
  '/workspace-providers': { heading: 'Workspace providers', shows: 'Podman' },
  '/api-keys': { heading: 'API keys of all users', shows: 'Backup' },
  '/audit': { heading: 'Audit', shows: 'grace-hopper' },
  '/audit/$entry': {
    address: () => `/audit/${ids.entry}`,
    heading: 'Audit entry',
    shows: 'grace-hopper',
  },
  '/banners': { heading: 'Banners', shows: 'Shown now' },
  '/admin': { heading: 'Admin', shows: 'Save' },
  '/roles': { heading: 'Roles', shows: 'Dev URLs' },
  '/api-docs': { heading: 'API', shows: '/api/v0/users' },
  '/account': { heading: 'Profile', shows: 'Dotfiles repository' },
  '/account/profile': { heading: 'Profile', shows: 'Dotfiles repository' },
  '/account/password': { heading: 'Password', shows: 'Change your password' },
  '/account/sessions': { heading: 'Sessions', shows: 'This device' },
  '/account/api-keys': { heading: 'API keys', shows: 'Backup' },
}

test('no page of the router is left out here', () => {
  const router = createAppRouter({
    client: createClient({ baseUrl: stage.server.url }),
    queryClient: new QueryClient(),
  })
  expect(Object.keys(pages).sort()).toEqual(Object.keys(router.routesByPath).sort())
})

test.each(Object.entries(pages))('%s has no barrier', async (path, sight) => {
  const page = (await sight.page?.()) ?? adas
  await page.goto(sight.address?.() ?? path)
  await page.getByRole('heading', { level: 1, name: sight.heading }).waitFor()
  await page.getByText(sight.shows).first().waitFor()
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
  expect(await page.title()).toBe(`${sight.title ?? sight.heading} · Atelier`)
  expect(await axe(page, `page${path.replaceAll(/\W+/g, '-')}`)).toEqual([])
  expect(await overflows(page)).toEqual([])
})

test('an address that leads nowhere has no barrier', async () => {
  await adas.goto('/nowhere/at/all')
  await adas.getByRole('heading', { level: 1 }).waitFor()
  expect(await axe(adas, 'page-not-found')).toEqual([])
})

/** The widths at which the page itself scrolls sideways, once everything has found its place. */
async function overflows(page: Page): Promise<readonly number[]> {
  const found: number[] = []
  for (const width of [320, 768, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await drawn(page)
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    )
    if (sideways) found.push(width)
  }
  return found
}

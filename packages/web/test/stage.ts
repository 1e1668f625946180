import type { SiteRole } from '@atelier/access'
import { type Client, createClient } from '@atelier/api'
import type { Page } from 'playwright-core'
import {
  clientOf,
  password,
  type RunningServer,
  endBrowser,
  startBrowser,
  startServer,
  visit,
  type Visitor,
} from './browser.ts'

type Created = Awaited<ReturnType<Client['users']['create']>>

/** A server that has been set up by Ada Lovelace, a browser, and ways to fill both with people. */
export interface Stage {
  readonly server: RunningServer
  /** Speaks as Ada. */
  readonly api: Client
  /** Adds a user who has chosen a password; `Mary Manager` signs in as `mary-manager`. */
  person(name: string, role?: SiteRole): Promise<Created>
  /** A page of a browser profile of its own, on which nobody is signed in. */
  visitor(): Promise<Page>
  /** Such a page with somebody signed in, at an address, once its title is there. */
  pageOf(login: string, address?: string): Promise<Page>
  /** Ends everything, and fails if a page has complained of something. */
  stop(): Promise<void>
}

/** Starts the built server and Chromium, and sets the server up. */
export async function startStage(): Promise<Stage> {
  const bare = await startBareStage()
  const token = new URL(bare.server.setupLink).searchParams.get('token') ?? ''
  const admin = { name: 'Ada Lovelace', username: 'ada', email: 'ada@example.com', password }
  const { url } = bare.server
  await createClient({ baseUrl: url }).system.setup({ body: { token, ...admin } })
  const api = await clientOf(url, 'ada')

  return {
    ...bare,
    api,
    person: (name, role = 'site-member') => addPerson(api, name, role),
    pageOf: async (login, address = '/') => {
      const page = await bare.visitor()
      const answer = await page.request.post('/api/v0/sessions', { data: { login, password } })
      if (!answer.ok()) throw new Error(`${login} could not sign in: ${await answer.text()}`)
      await page.goto(address)
      await page.locator('h1').waitFor()
      return page
    },
  }
}

/** Starts a server that nobody has set up, and Chromium. */
export async function startBareStage(): Promise<Pick<Stage, 'server' | 'visitor' | 'stop'>> {
  const [server, browser] = await Promise.all([startServer(), startBrowser()])
  const visitors: Visitor[] = []
  return {
    server,
    visitor: async () => {
      const visitor = await visit(browser, server.url)
      visitors.push(visitor)
      return visitor.page
    },
    stop: async () => {
      await endBrowser(browser)
      await server.stop()
      const complaints = visitors.flatMap((visitor) => visitor.complaints)
      if (complaints.length > 0) throw new Error(`Pages complained: ${complaints.join('\n')}`)
    },
  }
}

/** Adds a user with a chosen password by a client that may. */
export function addPerson(api: Client, name: string, role: SiteRole): Promise<Created> {
  const username = name.toLowerCase().replace(/\W+/g, '-')
  const email = `${username}@example.com`
  return api.users.create({
    body: { name, username, email, role, password, temporary_password: false },
  })
}

/** Marks a page, to see later with `isMarked` that it was not loaded anew. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(globalThis, { marked: true }))
}

/** Whether the page is still the one that was marked. */
export function isMarked(page: Page): Promise<boolean> {
  return page.evaluate(() => 'marked' in globalThis)
}

/** The places that the Manage menu of a page offers. */
export async function managePlaces(page: Page): Promise<readonly string[]> {
  const items = page.getByRole('menuitem')
  await page.getByRole('button', { name: 'Manage', exact: true }).click()
  await items.first().waitFor()
  const labels = await items.evaluateAll((elements) =>
    elements.map((element) => {
      const meaning = element.querySelector('.menu-place-meaning')
      return element.textContent.replace(meaning?.textContent ?? '', '')
    }),
  )
  await page.keyboard.press('Escape')
  await items.first().waitFor({ state: 'detached' })
  return labels
}

/** Opens the newest entry that the Audit page shows under a filter; answers what it says. */
export async function newestEntry(page: Page, filter: string): Promise<string> {
  await page.goto(`/audit?${filter}`)
  await page
    .getByRole('button', { name: /^Details of/ })
    .first()
    .click()
  const details = page.locator('.audit-entry').first()
  await details.waitFor()
  const row = await page.locator('tbody tr').first().innerText()
  return `${row} ${await details.innerText()}`.replaceAll(/\s+/g, ' ')
}

import { type Client, createClient } from '@atelier/api'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { wide } from './look.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Everybody's password in these tests, once they have chosen one. */
export const password = 'correct horse battery'

export interface RunningServer {
  readonly url: string
  /** The link that the server printed, which creates the site admin. */
  readonly setupLink: string
  stop(): Promise<void>
}

/** Starts the built server in a process of its own, with a data folder that goes with it. */
export async function startServer(): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'atelier-browser-'))
  const child = spawn(process.execPath, [join(root, 'dist/server/main.js'), 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ATELIER_DATA_DIR: dataDir,
      ATELIER_LISTEN: '127.0.0.1:0',
    },
  })
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve()
    }),
  )
  let printed = ''
  const link = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += chunk.toString()
      const found = /http:\/\/\S+\/setup\?token=\S+/.exec(printed)
      if (found !== null) resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    void ended.then(() => {
      reject(new Error(`The server ended before it printed its link:\n${printed}`))
    })
  })
  async function stop() {
    child.kill('SIGTERM')
    await ended
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const setupLink = await link
    return { url: new URL(setupLink).origin, setupLink, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Starts Chromium; it asks nobody but the server under test. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** How long a page may take to show what a test waits for: far more than it ever does. */
const patience = 6_000

export interface Visitor {
  readonly page: Page
  /** What the page complained of: uncaught errors, and what the content security policy stopped. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** A browser profile of its own with one page, which stops at the server's address. */
export async function visit(browser: Browser, url: string): Promise<Visitor> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: wide,
    colorScheme: 'light',
    // Colours that are still changing have no contrast to speak of.
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) complaints.push(message.text())
  })
  return { page, complaints, close: () => context.close() }
}

/** Signs in on the sign-in page, and waits until it has been left. */
export async function signIn(page: Page, login: string, secret = password): Promise<void> {
  await page.goto('/sign-in')
  await page.getByLabel('E-mail or username').fill(login)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((address) => address.pathname !== '/sign-in')
}

/** A client of the contract that speaks as somebody, for what a test only needs to be there. */
export async function clientOf(url: string, login: string, secret = password): Promise<Client> {
  const { session_token: token } = await createClient({ baseUrl: url }).sessions.basicLogin({
    body: { email: login, password: secret },
  })
  return createClient({ baseUrl: url, token })
}


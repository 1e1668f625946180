import { type Client, createClient } from '@atelier/api'
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { makeNetwork, type OwnNetwork } from './own-network.ts'
import { wide } from './look.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Everybody's password in these tests, once they have chosen one. */
export const password = 'correct horse battery'

export interface RunningServer {
  readonly url: string
  /** The link that the server printed, which creates the site admin. */
  readonly setupLink: string
  /** Takes the server away from under open pages, which lose their connections. */
  pause(): Promise<void>
  /** Brings it back, at the same address and with the same data; with an engine, where one is named. */
  resume(engine?: string): Promise<void>
  stop(): Promise<void>
}

/** Starts the built server in a process of its own, with a data folder that goes with it. */
export async function startServer(): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'atelier-browser-'))
  let running = runServer(dataDir, '127.0.0.1:0')
  const stop = async () => {
    await running.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  try {
    const setupLink = await running.printed(/http:\/\/\S+\/setup\?token=\S+/)
    const { origin: url, port } = new URL(setupLink)
    return {
      url,
      setupLink,
      pause: () => running.stop(),
      resume: async (engine) => {
        running = runServer(dataDir, `127.0.0.1:${port}`, engine)
        await running.printed(new RegExp(`:${port}`))
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function runServer(dataDir: string, listen: string, engine = 'none') {
  const child = spawn(process.execPath, [join(root, 'dist/server/main.js'), 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      ATELIER_DATA_DIR: dataDir,
      ATELIER_ENGINE: engine,
      ATELIER_LISTEN: listen,
    },
  })
  let output = ''
  let look = (): void => undefined
  const hear = (chunk: Buffer) => {
    output += chunk.toString()
    look()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => {
      resolve()
    })
    child.once('exit', () => {
      resolve()
    })
  })
  return {
    /** Waits for what the server prints. */
    printed: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        look = () => {
          const [found] = pattern.exec(output) ?? []
          if (found !== undefined) resolve(found)
        }
        look()
        void ended.then(() => {
          reject(new Error(`The server ended before it printed ${String(pattern)}:\n${output}`))
        })
      }),
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Debian's Chromium, which `npm test` installs, or another one on the path. */
function findChromium(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, 'chromium')).find((path) => existsSync(path))
  if (found === undefined) {
    throw new Error('There is no chromium: install it with apt-get install chromium.')
  }
  return found
}

const networks = new WeakMap<Browser, OwnNetwork>()

/** Starts Chromium; it asks nobody but the server under test. */
export async function startBrowser(): Promise<Browser> {
  const network = await makeNetwork()
  const browser = await chromium.launch({
    executablePath: network?.wrap(findChromium()) ?? findChromium(),
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
  if (network !== undefined) networks.set(browser, network)
  return browser
}

/** Ends a browser, and the network that it was alone in. */
export async function endBrowser(browser: Browser): Promise<void> {
  await browser.close()
  await networks.get(browser)?.stop()
}

/** How long a page may take to show what a test waits for: far more than it ever does. */
const patience = 15_000

export interface Visitor {
  readonly page: Page
  /** What the page complained of: uncaught errors, and what the content security policy stopped. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

/** A browser profile of its own with one page, which stops at the server's address. */
export async function visit(browser: Browser, url: string): Promise<Visitor> {
  await networks.get(browser)?.reach(Number(new URL(url).port))
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

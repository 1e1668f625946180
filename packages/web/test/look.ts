import type * as AxeEngine from 'axe-core'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'

const screenshots = fileURLToPath(new URL('../../../test-results/screenshots', import.meta.url))
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
)

export const wide = { width: 1280, height: 900 }
const narrow = { width: 360, height: 740 }
const schemes = ['light', 'dark'] as const
/** Every colour of a narrow screen is on a wide one too, so that one scheme tells enough there. */
const looks = [
  [narrow, 'dark'],
  [wide, 'light'],
  [wide, 'dark'],
] as const
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/**
 * Judges the page by WCAG 2.2 AA as it stands, in light and dark, on a wide and a narrow screen;
 * answers a line for each violation. With a name, pictures of it are kept for people to look at.
 */
export async function axe(page: Page, name?: string): Promise<readonly string[]> {
  const found: string[] = []
  await page.evaluate(axeSource)
  for (const [viewport, colorScheme] of looks) {
    await page.setViewportSize(viewport)
    await inScheme(page, colorScheme)
    const violations = await page.evaluate(judge, rules)
    found.push(...violations.map((line) => `${colorScheme} ${viewport.width}: ${line}`))
    if (name !== undefined) await picture(page, `${name}-${viewport.width}-${colorScheme}`)
  }
  await inScheme(page, 'light')
  return found
}

/** Runs in the page: a line for each element that breaks a rule. */
async function judge(tags: string[]): Promise<string[]> {
  const { axe: engine } = globalThis as unknown as { axe: typeof AxeEngine }
  const { violations } = await engine.run(document, { runOnly: { type: 'tag', values: tags } })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) => {
      const reasons = [...any, ...all, ...none].map((check) => check.message)
      return `${id} at ${target.join(' ')}: ${reasons.join('; ')}`
    }),
  )
}

/** Puts pictures of the page as it stands, light and dark, into `test-results/screenshots`. */
export async function shot(page: Page, name: string): Promise<void> {
  for (const colorScheme of schemes) {
    await inScheme(page, colorScheme)
    await picture(page, `${name}-${colorScheme}`)
  }
  await inScheme(page, 'light')
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: join(screenshots, `${name}.png`) })
}

/** The same for a page that is not of the web application, such as one that the server sends instead. */
export async function axePlain(page: Page, name: string): Promise<readonly string[]> {
  const found: string[] = []
  await page.evaluate(axeSource)
  for (const [viewport, colorScheme] of looks) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme })
    await drawn(page)
    const violations = await page.evaluate(judge, rules)
    found.push(...violations.map((line) => `${colorScheme} ${viewport.width}: ${line}`))
    await picture(page, `${name}-${viewport.width}-${colorScheme}`)
  }
  return found
}

async function inScheme(page: Page, colorScheme: (typeof schemes)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor()
  await drawn(page)
}

/** Waits until what was asked of a page has been drawn. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        // The first frame measures, the second shows what came of it.
        requestAnimationFrame(() => {
          requestAnimationFrame(() => {
            resolve()
          })
        })
      }),
  )
}

import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { enqueue } from '../jobs/queue.ts'
import { repeat, type Repeating } from '../jobs/repeat.ts'
import type { Platform } from '../platform/platform.ts'
import { baseImage, makeBaseTree } from '../provider/base-image.ts'
import { findBaseImage, importBaseImage } from '../provider/engine/import-image.ts'
import { ProviderFailure, type Report } from '../provider/provider.ts'
import { type OsRelease, parseOsRelease } from '../registries/os-release.ts'
import { importPackaged } from './packaged.ts'
import { offerPlatformImage } from './platform-images.ts'

const pauseMilliseconds = 5_000
const fact = 'images.first'
const kind = 'images.first'

/**
 * Waits until workspaces can be run for the first time, and then has an image found or built, so that
 * somebody can create one. It happens once for a database, whatever is deleted later.
 */
export function startFirstImages(platform: Platform): Repeating {
  let done = false
  return repeat(platform.log, 'images.first_failed', pauseMilliseconds, async () => {
    done ||= await askForFirst(platform)
  })
}

async function askForFirst(platform: Platform): Promise<boolean> {
  return platform.db.transaction().execute(async (tx) => {
    const known = await tx.selectFrom('facts').where('key', '=', fact).select('key').execute()
    if (known.length > 0) return true
    const ready = await tx
      .selectFrom('workspace_providers')
      .where('built_in', '=', true)
      .where('status', '=', 'ready')
      .where((is) => is.exists(is.selectFrom('organizations').select('id')))
      .select('id')
      .executeTakeFirst()
    if (ready === undefined) return false
    const { numInsertedOrUpdatedRows: mine } = await tx
      .insertInto('facts')
      .values({ key: fact, value: Buffer.alloc(0) })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (mine === 1n) await enqueue(tx, platform, kind, {})
    return true
  })
}

/** Finds an image for the built-in provider: its own host, a packaged one, or one that is built here. */
export async function giveFirstImages(platform: Platform): Promise<void> {
  const { db, log } = platform
  const provider = await db
    .selectFrom('workspace_providers')
    .where('built_in', '=', true)
    .select(['kind', 'endpoint'])
    .executeTakeFirst()
  if (provider === undefined) return
  if (provider.kind === 'sandbox') {
    await offerHost(platform)
    return
  }
  if (await importPackaged(platform)) return
  if (!provider.endpoint.startsWith('unix:')) {
    log.warn({ reason: 'import one, or run atelier-server base-image beside it' }, 'images.none')
    return
  }
  if (process.geteuid?.() !== 0 && (await findBaseImage(provider.endpoint)) === undefined) {
    log.warn({ reason: 'import one, or run atelier-server base-image as root' }, 'images.none')
    return
  }
  // What fails is tried again, with longer and longer pauses.
  await provideBaseImage(platform, provider.endpoint, (line) => {
    log.info({ line }, 'images.base_image')
  })
}

/** Afterwards the engine has the base image of this version, and every organization may use it. */
export async function provideBaseImage(
  platform: Platform,
  engineUrl: string,
  report: Report,
  mirror = debianMirror,
): Promise<void> {
  let found = await findBaseImage(engineUrl)
  if (found === undefined) {
    const tree = await makeBaseTree(tmpdir(), mirror, report)
    try {
      report('Importing the image into the engine')
      await importBaseImage(engineUrl, tree.archive())
    } finally {
      await tree.remove()
    }
    found = await findBaseImage(engineUrl)
  }
  if (found === undefined) throw new ProviderFailure('image', 'The engine did not keep the image')
  await offerPlatformImage(platform, {
    source: 'local',
    repository: baseImage.repository.replace('localhost/', ''),
    tag: baseImage.tag,
    digest: found.id,
    size: found.size,
    osRelease: debian,
  })
}

export const debianMirror = 'http://deb.debian.org/debian'

const debian: OsRelease = {
  id: 'debian',
  pretty_name: 'Debian GNU/Linux 12 (bookworm)',
  home_url: 'https://www.debian.org/',
}

/** Offers the machine itself as the image of its sandboxes. */
async function offerHost(platform: Platform): Promise<void> {
  await offerPlatformImage(platform, {
    source: 'host',
    repository: 'host',
    tag: 'latest',
    digest: 'host',
    size: 0,
    osRelease: hostRelease(),
  })
}

function hostRelease(): OsRelease | null {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseOsRelease(readFileSync(path, 'utf8'))
    } catch {
      // The other place may have it.
    }
  }
  return null
}

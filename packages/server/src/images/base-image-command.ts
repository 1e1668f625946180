import { ConfigFault } from '../config.ts'
import type { Platform } from '../platform/platform.ts'
import { ProviderFailure } from '../provider/provider.ts'
import { debianMirror, provideBaseImage } from './first-images.ts'

/**
 * Builds the base image beside the built-in engine and offers it to every organization; says in lines how
 * that goes. What is there already is left.
 */
export async function buildBaseImage(platform: Platform, mirror = debianMirror): Promise<string> {
  try {
    const engine = await builtInEngine(platform)
    await provideBaseImage(
      platform,
      engine,
      (line) => {
        process.stdout.write(`${line}\n`)
      },
      mirror,
    )
  } catch (error) {
    if (error instanceof ProviderFailure) throw new ConfigFault(error.message, { cause: error })
    throw error
  }
  return 'The base image is there: every organization can choose it.'
}

/** The socket of the built-in provider, which must be an engine of this machine. */
async function builtInEngine({ db, providers }: Platform): Promise<string> {
  const known = await db
    .selectFrom('workspace_providers')
    .where('built_in', '=', true)
    .select(['id', 'kind', 'endpoint'])
    .executeTakeFirst()
  if (known === undefined || (known.kind === 'engine' && known.endpoint === '')) {
    const found = await providers.discover()
    if (found.kind === 'engine') return found.endpoint
  } else if (known.kind === 'engine' && known.endpoint.startsWith('unix:')) {
    // Opened, the server's own Podman runs.
    await (await providers.of(known.id)).health()
    return known.endpoint
  }
  throw new ProviderFailure(
    'image',
    'The base image is for an engine on this machine, and the built-in workspace provider is none: import an image from a registry instead.',
  )
}

import { type ImageSource, ProviderFailure } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import type { ImageInspect } from './wire.ts'

/** What the engine calls an image: by its digest where it comes from a registry. */
export function referenceOf(image: ImageSource): string {
  switch (image.kind) {
    case 'registry':
      return `${image.reference.replace(/:[^:/]*$/, '')}@${image.digest}`
    case 'local':
      return image.reference
    case 'host':
      throw new ProviderFailure(
        'image',
        'The image "host" is only for the sandbox: choose another one, or another provider.',
      )
  }
}

/** The image, which must be here, and the user that it names. */
export async function findImage(
  client: EngineClient,
  image: ImageSource,
): Promise<{ reference: string; user: string }> {
  const reference = referenceOf(image)
  try {
    const found = await client.ask<ImageInspect>('GET', `/images/${reference}/json`)
    // One of the same content under another name is not what its registry gave to whoever asks now.
    if (image.kind === 'registry' && found.RepoDigests?.includes(reference) !== true) {
      throw new EngineFault(404, 'another name')
    }
    return { reference, user: found.Config?.User ?? '' }
  } catch (error) {
    if (!(error instanceof EngineFault && error.status === 404)) throw error
    throw new ProviderFailure('image', `The engine does not have the image ${reference}.`, {
      cause: error,
    })
  }
}

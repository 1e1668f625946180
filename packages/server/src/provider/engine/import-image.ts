import type { Readable } from 'node:stream'
import { baseImage, baseImageChanges } from '../base-image.ts'
import { ProviderFailure } from '../provider.ts'
import { EngineFault, openClient } from './client.ts'

/** The base image of this version as the engine has it; undefined where it has it not. */
export async function findBaseImage(
  url: string,
): Promise<{ readonly id: string; readonly size: number } | undefined> {
  const client = openClient({ url })
  try {
    const found = await client.ask<{ Id: string; Size: number }>(
      'GET',
      `/images/${baseImage.repository}:${baseImage.tag}/json`,
    )
    const id = found.Id.startsWith('sha256:') ? found.Id : `sha256:${found.Id}`
    return { id, size: found.Size }
  } catch (error) {
    if (error instanceof EngineFault && error.status === 404) return undefined
    throw error
  } finally {
    client.close()
  }
}

/** Afterwards the engine has the archive as the base image of this version. */
export async function importBaseImage(url: string, archive: Readable): Promise<void> {
  const client = openClient({ url })
  const { repository, tag } = baseImage
  const query = new URLSearchParams({ fromSrc: '-', repo: `${repository}:${tag}` })
  for (const change of baseImageChanges) query.append('changes', change)
  try {
    const said = await client.ask<{ error?: string } | string>(
      'POST',
      `/images/create?${query.toString()}`,
      { body: archive, milliseconds: 0 },
    )
    const text = typeof said === 'string' ? said : JSON.stringify(said)
    if (/"error"/.test(text)) {
      throw new ProviderFailure('image', `The engine took no base image: ${text.slice(-300)}`)
    }
  } finally {
    client.close()
  }
}

import type { Readable } from 'node:stream'
import { baseImage, baseImageChanges } from '../base-image.ts'
import { ProviderFailure } from '../provider.ts'
import { EngineFault, openClient } from './client.ts'

/** Whether the engine has the base image of this version. */
export async function hasBaseImage(url: string): Promise<boolean> {
  const client = openClient({ url })
  try {
    await client.ask('GET', `/images/${baseImage.repository}:${baseImage.tag}/json`)
    return true
  } catch (error) {
    if (error instanceof EngineFault && error.status === 404) return false
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

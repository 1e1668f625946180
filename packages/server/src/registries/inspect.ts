import { OutboundFailure } from '../outbound/failures.ts'
import * as failures from './failures.ts'
import type { RegistryClient } from './oci.ts'
import { type OsRelease, readOsRelease } from './os-release.ts'

/** What is to be known of a tag. */
export interface TagFacts {
  /** Of what the tag leads to: for several platforms, of their list. */
  readonly digest: string
  /** Of everything that is fetched for linux/amd64, compressed as it is. */
  readonly size: number
  /** Null where it cannot be told. */
  readonly osRelease: OsRelease | null
}

// The layers above the base hold what people install; more than this is not looked through.
const compressed = 256 * 1024 * 1024
const unfolded = 2 * 1024 * 1024 * 1024

/**
 * Reads a tag: its digest, and for linux/amd64 its size and operating system. With the digest that is
 * known already nothing more is fetched, and undefined is the answer.
 */
export async function inspectTag(
  client: RegistryClient,
  host: string,
  repository: string,
  tag: string,
  knownDigest?: string,
): Promise<TagFacts | undefined> {
  if (knownDigest !== undefined && (await client.digestOf(repository, tag)) === knownDigest) {
    return undefined
  }
  const { digest, manifest } = await client.manifest(repository, tag)
  let image = manifest
  if (image.kind === 'index') {
    const own = image.digestFor('linux', 'amd64')
    if (own === undefined) throw failures.noForm(host, repository, 'one for linux/amd64')
    image = (await client.manifest(repository, own)).manifest
    if (image.kind === 'index') throw failures.noForm(host, repository)
  }
  const { layers, size } = image
  const source = {
    open: (layer: string) => client.blob(repository, layer),
    budget: { compressed, unfolded },
  }
  return { digest, size, osRelease: await osReleaseIn(layers, source) }
}

/** A layer that cannot be read says nothing about the tag; that it cannot be fetched does. */
async function osReleaseIn(...given: Parameters<typeof readOsRelease>): Promise<OsRelease | null> {
  try {
    return await readOsRelease(...given)
  } catch (error) {
    if (error instanceof OutboundFailure) throw error
    return null
  }
}

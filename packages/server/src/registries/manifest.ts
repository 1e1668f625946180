import { z } from 'zod'

/** What a tag leads to: the parts of one image, or one image for each platform. */
export type Manifest =
  | {
      readonly kind: 'index'
      readonly digestFor: (os: string, architecture: string) => string | undefined
    }
  | { readonly kind: 'image'; readonly size: number; readonly layers: readonly Layer[] }

export interface Layer {
  readonly digest: string
  readonly mediaType: string
  readonly size: number
}

/** What this server can read, the newest form first. */
export const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
]

/** A digest as it may stand in an address. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const Descriptor = z.object({
  digest: Digest,
  mediaType: z.string(),
  size: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
})

const Index = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
    }),
  ),
})

const Image = z.object({ config: Descriptor, layers: z.array(Descriptor).max(1000) })

/** Reads a manifest; undefined for what is none, or of a form that is no longer used. */
export function parseManifest(body: Buffer): Manifest | undefined {
  let json: unknown
  try {
    json = JSON.parse(body.toString())
  } catch {
    return undefined
  }
  const index = Index.safeParse(json)
  if (index.success) {
    const { manifests } = index.data
    return {
      kind: 'index',
      digestFor: (os, architecture) =>
        manifests.find(
          ({ digest, platform }) =>
            platform?.os === os &&
            platform.architecture === architecture &&
            Digest.safeParse(digest).success,
        )?.digest,
    }
  }
  const image = Image.safeParse(json)
  if (!image.success) return undefined
  const { config, layers } = image.data
  const size = layers.reduce((sum, layer) => sum + layer.size, config.size)
  return Number.isSafeInteger(size) ? { kind: 'image', size, layers } : undefined
}

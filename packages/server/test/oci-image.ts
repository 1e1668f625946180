import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { registryUser, type Running } from './registry.ts'

/** What a layer adds: texts by their paths, and links as `-> target`. */
export type LayerFiles = Readonly<Record<string, string>>

export interface ImagePlan {
  /** From the oldest layer to the newest. */
  readonly layers: readonly LayerFiles[]
  readonly architecture?: string
}

export const debian =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nHOME_URL="https://www.debian.org/"\n'

/** An archive with a directory above each file, as Debian's `tar` makes it. */
export function archiveOf(files: LayerFiles): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-layer-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true })
      if (text.startsWith('-> ')) {
        run('ln', ['-s', text.slice(3), join(folder, path)])
      } else writeFileSync(join(folder, path), text)
    }
    return run('tar', ['--format=pax', '-C', folder, '-cf', '-', '.'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Pushes an image to a registry with skopeo; several plans are one image for several platforms.
 * Answers the digest that the tag leads to.
 */
export function pushImage(
  registry: Pick<Running, 'host'>,
  name: string,
  plans: readonly ImagePlan[],
  options: { readonly format?: 'oci' | 'v2s2'; readonly withPassword?: boolean } = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-image-'))
  try {
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true })
    const put = (mediaType: string, content: Buffer) => {
      const digest = hash('sha256', content, 'hex')
      writeFileSync(join(folder, 'blobs/sha256', digest), content)
      return { mediaType, digest: `sha256:${digest}`, size: content.length }
    }
    const putJson = (mediaType: string, content: object) =>
      put(mediaType, Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...content })))

    const manifests = plans.map(({ layers, architecture = 'amd64' }) => {
      const archives = layers.map(archiveOf)
      const config = put(
        'application/vnd.oci.image.config.v1+json',
        Buffer.from(
          JSON.stringify({
            os: 'linux',
            architecture,
            rootfs: {
              type: 'layers',
              diff_ids: archives.map((archive) => `sha256:${hash('sha256', archive, 'hex')}`),
            },
          }),
        ),
      )
      const manifest = putJson('application/vnd.oci.image.manifest.v1+json', {
        config,
        layers: archives.map((archive) =>
          put('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(archive)),
        ),
      })
      return { ...manifest, platform: { os: 'linux', architecture } }
    })
    const [first] = manifests
    if (first === undefined) throw new Error('an image needs a plan')
    const top =
      manifests.length === 1
        ? first
        : putJson('application/vnd.oci.image.index.v1+json', { manifests })
    const tag = { 'org.opencontainers.image.ref.name': 'made' }
    writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
    writeFileSync(
      join(folder, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [{ ...top, annotations: tag }] }),
    )
    const { username, password } = registryUser
    const printed = join(folder, 'digest')
    run('skopeo', [
      ...['copy', '--insecure-policy', '--all', '--quiet', '--dest-tls-verify=false'],
      ...(options.format === undefined ? [] : ['--format', options.format]),
      ...(options.withPassword === true ? ['--dest-creds', `${username}:${password}`] : []),
      ...['--digestfile', printed, `oci:${folder}:made`, `docker://${registry.host}/${name}`],
    ])
    return run('cat', [printed]).toString().trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function run(command: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error !== undefined) throw new Error(`${command} is missing: apt-get install ${command}`)
  if (status !== 0) throw new Error(`${command} failed: ${stderr.toString()}`)
  return stdout
}

import type { Image, ImageTag } from '@atelier/api'

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })
const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** A size as people say it: `123 MB`. */
export function sizeText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000
    unit++
  }
  return `${number.format(size)} ${units[unit] ?? ''}`
}

/** The beginning of a digest, which tells one from another. */
export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12)
}

/** What a workspace of the image is offered: `2 cores, 4 GB memory, 10 GB disk`. */
export function recommendedText(image: Image): string {
  const cores = image.default_cpu_cores === 1 ? 'core' : 'cores'
  return `${image.default_cpu_cores} ${cores}, ${image.default_memory_gb} GB memory, ${image.default_disk_gb} GB disk`
}

/** Where an image comes from, in short. */
export function originText({ source, registry }: Image): string {
  if (source === 'local') return 'Built on this machine'
  if (source === 'host') return 'This machine itself'
  return registry?.friendly_name ?? '–'
}

/** The operating system of a tag, or that it is not known. */
export function systemText(tag: ImageTag): string {
  return tag.os_release?.pretty_name ?? 'Not known'
}

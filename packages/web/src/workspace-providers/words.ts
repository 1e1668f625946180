import type { WorkspaceProvider } from '@atelier/api'

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

export const kinds: Readonly<Record<WorkspaceProvider['kind'], string>> = {
  engine: 'Container engine',
  sandbox: 'Sandbox on the server itself',
}

/** What a provider is and where: `unix:///run/podman/podman.sock`. */
export function placeText({ kind, endpoint }: WorkspaceProvider): string {
  return endpoint === '' ? kinds[kind] : endpoint
}

/** What a provider has: `8 cores, 31.3 GB memory`. */
export function capacityText({ capacity }: WorkspaceProvider): string {
  if (capacity === null) return '–'
  const { cpu_cores: cores, memory_bytes: bytes } = capacity
  const gigabytes = number.format(bytes / 1024 ** 3)
  return `${number.format(cores)} ${cores === 1 ? 'core' : 'cores'}, ${gigabytes} GB memory`
}

/** Who may use a provider: names, or that nobody may. */
export function organizationsText(
  { org_whitelist: ids }: WorkspaceProvider,
  names: ReadonlyMap<string, string>,
): string {
  if (ids.length === 0) return 'Nobody'
  const known = ids.flatMap((id) => names.get(id) ?? []).sort((a, b) => a.localeCompare(b, 'en'))
  const shown = known.slice(0, 3)
  const others = ids.length - shown.length
  if (others === 0) return shown.join(', ')
  return shown.length === 0 ? `${others} organizations` : `${shown.join(', ')} and ${others} more`
}

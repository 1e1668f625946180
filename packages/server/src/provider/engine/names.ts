import { createHash } from 'node:crypto'

export const installationLabel = 'atelier.installation'
export const workspaceLabel = 'atelier.workspace'
/** The user of the image, whom commands run as. */
export const userLabel = 'atelier.user'
/** GB that the home may hold. */
export const diskLabel = 'atelier.disk-gb'

/** What the engine calls the parts of one workspace. */
export interface Names {
  readonly container: string
  readonly network: string
  /** The volume of its home. */
  readonly home: string
  /** Of the bridge on the host: Linux allows 15 characters. */
  readonly bridge: string
  readonly labels: Readonly<Record<string, string>>
}

/** Names that no other workspace has, nor another installation that shares the engine. */
export function namesOf(installationId: string, workspaceId: string): Names {
  const base = `${prefixOf(installationId)}${workspaceId}`
  return {
    container: base,
    network: base,
    home: `${base}-home`,
    bridge: `at${digestOf(base).toString('hex').slice(0, 12)}`,
    labels: { [installationLabel]: installationId, [workspaceLabel]: workspaceId },
  }
}

/** What the names of everything that an installation keeps begin with. */
export function prefixOf(installationId: string): string {
  return `atelier-${installationId.replaceAll('-', '').slice(-8)}-`
}

/** Where all networks of workspaces are: RFC 2544 keeps it out of real ones. */
export const workspaceNetworks = '198.18.0.0/15'

/**
 * Addresses of each network: the bridge and the workspace need two, and an engine that is killed in a
 * start forgets to give one back until the network is gone.
 */
const addresses = 16
const networks = (1 << 17) / addresses

/**
 * A subnet for a network, out of `workspaceNetworks`; every
 * attempt is another one. Chosen by name rather than in order, since two engines of one host do not
 * know of each other's networks.
 */
export function subnetOf(network: string, attempt: number): { subnet: string; gateway: string } {
  const index = (digestOf(network).readUInt32BE(0) + attempt * 7919) % networks
  const address = index * addresses
  const third = (address >> 8) & 255
  const base = `198.${18 + (address >> 16)}.${third}`
  return { subnet: `${base}.${address & 255}/28`, gateway: `${base}.${(address & 255) + 1}` }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

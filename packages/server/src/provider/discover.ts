import { existsSync } from 'node:fs'
import { openClient } from './engine/client.ts'
import { installPackages, isDebian, missingPackages, packagesOfPodman } from './podman-host.ts'
import type { PodmanKeeper } from './podman-keeper.ts'
import { ProviderFailure } from './provider.ts'

/** Sockets that belong to the whole machine, in the order in which they are tried. */
const sockets = ['/run/podman/podman.sock', '/var/run/docker.sock']

/** What the search may use; the tests look elsewhere. */
export interface Search {
  readonly podman: PodmanKeeper
  readonly sockets?: readonly string[]
  readonly report: (event: string, fields: object) => void
}

/**
 * Finds an engine on this machine: one whose socket is there, or a Podman of the server's own, which is
 * installed first where the server is root on Debian. Otherwise a failure says what to run.
 */
export async function findEngine(search: Search): Promise<string> {
  const places = search.sockets ?? [...sockets, ...ofUser()]
  for (const path of places) {
    if (existsSync(path) && (await answers(`unix://${path}`))) return `unix://${path}`
  }
  const isRoot = process.geteuid?.() === 0
  if (!isRoot) {
    throw new ProviderFailure(
      'unreachable',
      'No engine answers on this machine: run systemctl --user enable --now podman.socket, or let this server use the socket of Docker.',
    )
  }
  const missing = missingPackages()
  if (missing.length > 0) {
    if (!isDebian()) throw new ProviderFailure('unreachable', advice)
    search.report('podman.installing', { packages: missing.join(' ') })
    await installPackages(missing)
    search.report('podman.installed', { packages: missing.join(' ') })
  }
  await search.podman.ensure()
  return search.podman.url
}

const advice = `No engine is on this machine: run apt-get install -y --no-install-recommends ${packagesOfPodman.join(' ')}, or what installs Podman here.`

/** The socket of the user whom the server runs as. */
function ofUser(): string[] {
  const uid = process.geteuid?.()
  return uid === undefined || uid === 0 ? [] : [`/run/user/${uid}/podman/podman.sock`]
}

async function answers(url: string): Promise<boolean> {
  const client = openClient({ url })
  try {
    await client.ask('GET', '/_ping', { milliseconds: 5_000 })
    return true
  } catch {
    return false
  } finally {
    client.close()
  }
}

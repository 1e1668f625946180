import type { ProviderHealth } from '../provider.ts'
import type { Engine } from './engine.ts'

/** What the engine is, how large, and what it cannot enforce where it is. */
export function healthOf({ facts, homes }: Engine): ProviderHealth {
  const { limits, rootless, localRoot } = facts
  const unenforced: string[] = []
  const where = rootless ? ' (it runs without root)' : ''
  if (!limits.cpu) unenforced.push(`CPU: the engine cannot limit it${where}`)
  if (!limits.memory) unenforced.push(`Memory: the engine cannot limit it${where}`)
  if (!limits.processes) unenforced.push(`Processes: the engine cannot limit them${where}`)
  if (homes.unlimited !== undefined) {
    unenforced.push(`Disk of /home: ${homes.unlimited}`)
  }
  unenforced.push(
    `Disk outside of /home, which a rebuild empties: the storage of the engine (${facts.backing}) limits no single container`,
  )
  if (localRoot === undefined) {
    unenforced.push(
      "Other workspaces: the engine's own rules alone keep them apart, which another engine of its host may take down",
      'Metadata addresses (169.254.0.0/16): only a server that is root on the host of the engine can close them, or the firewall of that host',
    )
  }
  return {
    version: facts.version,
    capacity: { cpuCores: facts.cpuCores, memoryBytes: facts.memoryBytes },
    unenforced,
  }
}

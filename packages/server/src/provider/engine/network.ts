import { ProviderFailure } from '../provider.ts'
import { type EngineClient, EngineFault } from './client.ts'
import type { EngineFacts } from './facts.ts'
import { type Names, subnetOf } from './names.ts'

const attempts = 20

/** Afterwards the workspace has a network of its own, from which no other one is reached. */
export async function ensureNetwork(
  client: EngineClient,
  { software }: EngineFacts,
  names: Names,
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { subnet, gateway } = subnetOf(names.network, attempt)
    try {
      if (software === 'podman') {
        await client.ask('POST', '/v4.0.0/libpod/networks/create', {
          body: {
            name: names.network,
            driver: 'bridge',
            network_interface: names.bridge,
            subnets: [{ subnet, gateway }],
            // Names of other containers are nobody's business, and a resolver less to start.
            dns_enabled: false,
            options: { isolate: 'true' },
            labels: names.labels,
          },
        })
      } else {
        await client.ask('POST', '/networks/create', {
          body: {
            Name: names.network,
            CheckDuplicate: true,
            Driver: 'bridge',
            IPAM: { Driver: 'default', Config: [{ Subnet: subnet, Gateway: gateway }] },
            Options: { 'com.docker.network.bridge.name': names.bridge },
            Labels: names.labels,
          },
        })
      }
      return
    } catch (error) {
      if (!(error instanceof EngineFault)) throw error
      if (await hasNetwork(client, names.network)) return
      const taken = /already (used|in use)|overlap|conflict|being used/i.test(error.message)
      if (!taken || attempt === attempts) {
        throw new ProviderFailure('failed', `The engine made no network: ${error.message}`, {
          cause: error,
        })
      }
    }
  }
}

/** Afterwards the network is gone. */
export async function removeNetwork(client: EngineClient, names: Names): Promise<void> {
  try {
    await client.ask('DELETE', `/networks/${names.network}`)
  } catch (error) {
    if (!(error instanceof EngineFault && error.status === 404)) throw error
  }
}

async function hasNetwork(client: EngineClient, name: string): Promise<boolean> {
  try {
    await client.ask('GET', `/networks/${name}`)
    return true
  } catch (error) {
    if (error instanceof EngineFault && error.status === 404) return false
    throw error
  }
}

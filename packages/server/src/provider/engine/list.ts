import type { FoundWorkspace } from '../provider.ts'
import type { Engine } from './engine.ts'
import { installationLabel, workspaceLabel } from './names.ts'
import type { ContainerSummary, Volume } from './wire.ts'

const stopped = ['created', 'configured', 'initialized', 'exited', 'stopped', 'dead']

/** Every workspace of which anything is left, by what the engine says of it. */
export async function listWorkspaces(engine: Engine): Promise<readonly FoundWorkspace[]> {
  const { client, homes, installationId } = engine
  const filters = JSON.stringify({ label: [`${installationLabel}=${installationId}`] })
  const [containers, volumes, networks] = await Promise.all([
    client.ask<readonly ContainerSummary[]>('GET', '/containers/json', {
      query: { all: true, filters },
    }),
    client.ask<{ readonly Volumes?: readonly Volume[] | null }>('GET', '/volumes', {
      query: { filters },
    }),
    client.ask<readonly Pick<Volume, 'Labels'>[]>('GET', '/networks', { query: { filters } }),
  ])
  const found = new Map<string, FoundWorkspace['state']>()
  for (const id of homes.leftOver(installationId)) found.set(id, 'home_only')
  for (const { Labels: labels } of [...(volumes.Volumes ?? []), ...networks]) {
    const id = labels?.[workspaceLabel]
    if (id !== undefined) found.set(id, 'home_only')
  }
  for (const { State: state, Labels: labels } of containers) {
    const id = labels?.[workspaceLabel]
    if (id !== undefined) found.set(id, stopped.includes(state) ? 'stopped' : 'running')
  }
  return [...found].map(([workspaceId, state]) => ({ workspaceId, state }))
}

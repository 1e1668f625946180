import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { timesThrottled, useEngine } from '../../../test/engine.ts'
import { outcomeOf, specOf } from '../../../test/provider-bench.ts'
import { tryProvider } from '../../../test/provider-contract.ts'
import { openEngine } from './engine.ts'
import { namesOf } from './names.ts'

tryProvider('engine', async () => {
  const engine = await useEngine()
  return {
    image: engine.image,
    open: (installationId) => openEngine({ endpoint: { url: engine.url }, installationId }),
    timesThrottled: timesThrottled(engine),
    without: [],
    hidden: [engine.url.slice('unix://'.length), '/run/podman/podman.sock'],
  }
})

test('what a killed engine had mounted for a container does not keep it', async () => {
  const engine = await useEngine()
  const installationId = randomUUID()
  const provider = openEngine({ endpoint: { url: engine.url }, installationId })
  const spec = specOf(engine.image)
  await provider.create(spec, () => undefined)
  const { container } = namesOf(installationId, spec.workspaceId)
  const folder = (await engine.podman('inspect', '--format', '{{.StaticDir}}', container)).trim()
  mkdirSync(join(folder, 'shm'), { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(folder, 'shm')])
  await provider.create(spec, () => undefined)
  await provider.start(spec.workspaceId)
  await provider.remove(spec.workspaceId, 'nothing')
  expect(await provider.list()).toEqual([])
  await provider.close()
})

test(
  'fifty workspaces at once are created, run commands and leave nothing',
  { timeout: 300_000 },
  async () => {
    const { url, image } = await useEngine()
    const provider = openEngine({ endpoint: { url }, installationId: randomUUID() })
    const specs = Array.from({ length: 50 }, (_, number) =>
      specOf(image, { hostname: `bench-${number}`, memoryGb: 0.125, diskGb: 5 }),
    )
    const names = await Promise.all(
      specs.map(async (spec) => {
        await provider.create(spec, () => undefined)
        await provider.start(spec.workspaceId)
        return (await outcomeOf(provider, spec.workspaceId, 'hostname')).stdout.trim()
      }),
    )
    expect(names).toEqual(specs.map(({ hostname }) => hostname))
    const states = (await provider.list()).map(({ state }) => state)
    expect(states).toEqual(Array.from({ length: 50 }, () => 'running'))
    await Promise.all(specs.map(({ workspaceId }) => provider.remove(workspaceId, 'nothing')))
    expect(await provider.list()).toEqual([])
    await provider.close()
  },
)

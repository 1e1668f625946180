import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../harness.ts'
import { startWorld, untilBuilt, type World } from '../workspace-world.ts'

// Fifty workspaces are asked for at once: all of them run, none waits for a slot that another one
// holds, and afterwards nothing is left of them.

let world: World
let ann: Person
beforeAll(async () => {
  world = await startWorld()
  ann = await world.server.person()
}, 300_000)
afterAll(() => world.server.stop())

test('fifty at once, then all of them gone at once', async () => {
  const before = await world.kept()
  const fields = { cpu_cores: 0.1, memory_gb: 0.1, disk_gb: 1 }
  const made = await Promise.all(Array.from({ length: 50 }, () => world.create(ann, fields)))
  for (const { id } of made) {
    const workspace = await untilBuilt(ann, id)
    expect(workspace.status, workspace.status_reason).toBe('running')
  }
  expect(await world.running()).toHaveLength(50)
  // Another one is one too many.
  await expect(world.create(ann, fields)).rejects.toThrow('50 workspaces')
  const answers = await Promise.all(made.map(({ path }) => ann.send('DELETE', path)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]))
  for (const { id } of made) await world.untilGone(id)
  expect(await world.kept()).toEqual(before)
}, 900_000)

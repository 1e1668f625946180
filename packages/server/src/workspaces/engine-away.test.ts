import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Person } from '../../test/harness.ts'
import { addProvider, startWorld, untilBuilt, type World } from '../../test/workspace-world.ts'

// The engine's service goes away in the middle and comes back: its containers need none to go on, so
// what the server sees is a socket that breaks. Here one breaks that leads to the real engine.

let world: World
let folder: string
let provider: string
let ann: Person
let gate: Server | undefined
const open = new Set<Socket>()

beforeAll(async () => {
  world = await startWorld()
  folder = mkdtempSync(join(tmpdir(), 'atelier-gate-'))
  provider = await addProvider(world.server, `unix://${folder}/engine.sock`)
  await mend()
}, 300_000)
afterAll(async () => {
  await cut()
  await world.server.stop()
  rmSync(folder, { recursive: true })
})
beforeEach(async () => {
  ann = await world.server.person()
})

async function mend(): Promise<void> {
  // Half open: a command whose input has ended still prints.
  gate = createServer({ allowHalfOpen: true }, (socket) => {
    const path = world.engine.url.replace('unix://', '')
    const engine = connect({ path, allowHalfOpen: true })
    for (const [one, other] of [
      [socket, engine],
      [engine, socket],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => open.delete(one))
      one.pipe(other)
    }
  })
  gate.listen(join(folder, 'engine.sock'))
  await once(gate, 'listening')
}

async function cut(): Promise<void> {
  const closed = gate?.listening === true ? once(gate, 'close') : undefined
  gate?.close()
  for (const socket of open) socket.destroy()
  await closed
}

const messages = async (id: string) => {
  const { body } = await ann.send('GET', `/api/v0/workspaces/${id}/log`)
  return (body as { msg: string }[]).map(({ msg }) => msg)
}

async function created() {
  const workspace = await world.create(ann, { resource_pool_id: provider })
  expect((await untilBuilt(ann, workspace.id)).status).toBe('running')
  return workspace
}

describe('a build fails, says why, and works when the engine is back', () => {
  test.each(['Getting the image', 'Running ~/personalize'])('cut at “%s”', async (stage) => {
    const before = await world.kept()
    const workspace = await created()
    const found = await world.server.platform.providers.of(provider)
    const lines = `printf '#!/bin/sh\\nsleep 1000\\n' > ~/personalize; chmod +x ~/personalize`
    const running = await found.exec(workspace.id, { argv: ['sh', '-c', lines] })
    running.stdout.resume()
    running.stderr.resume()
    running.stdin.end()
    expect(await running.exit).toBe(0)

    await ann.send('PATCH', workspace.path, {})
    while (!(await messages(workspace.id)).some((line) => line.startsWith(stage)));
    await cut()
    const failed = await untilBuilt(ann, workspace.id)
    expect(failed, JSON.stringify(await messages(workspace.id))).toMatchObject({ status: 'failed' })
    expect(failed.status_reason).not.toContain('Something went wrong')
    expect((await messages(workspace.id)).at(-1)).toBe('Failed')
    const [key] = await world.server.sql('select 1 from api_keys where user_id = $1', [ann.id])
    expect(key).toBeUndefined()

    await mend()
    await ann.send('PATCH', workspace.path, {})
    while (!(await messages(workspace.id)).includes('Running ~/personalize'));
    expect((await ann.send('DELETE', workspace.path)).status).toBe(204)
    await world.untilGone(workspace.id)
    expect(await world.kept()).toEqual(before)
  })
})

test('a stop and a deletion wait for the engine to come back', async () => {
  const before = await world.kept()
  const workspace = await created()
  await cut()
  expect((await ann.send('PUT', `${workspace.path}/stop`)).status).toBe(200)
  while (!(await messages(workspace.id)).some((line) => line.includes('tried again')));
  expect((await ann.send('GET', workspace.path)).body.status).toBe('stopping')
  await mend()
  expect(await untilBuilt(ann, workspace.id)).toMatchObject({ status: 'off' })

  await cut()
  expect((await ann.send('DELETE', workspace.path)).status).toBe(204)
  while (!(await messages(workspace.id)).some((line) => line.includes('tried again')));
  expect((await ann.send('GET', workspace.path)).body.status).toBe('deleting')
  await mend()
  await world.untilGone(workspace.id)
  expect(await world.kept()).toEqual(before)
}, 240_000)

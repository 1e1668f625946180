import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { WebSocket } from 'ws'
import { openClient } from '../src/provider/engine/client.ts'
import { userLabel, workspaceLabel } from '../src/provider/engine/names.ts'
import { loginShell } from '../src/terminals/shell.ts'
import { podmanIn } from '../test/engine-folder.ts'
import { openTerminal } from '../test/terminal-client.ts'
import { median, milliseconds, type Result } from './result.ts'
import type { Place } from './workspaces-rows.ts'

/** A server with an engine, and somebody who makes workspaces there. */
export interface World extends Place {
  /** Of the engine. */
  readonly folder: string
  readonly engineUrl: string
  readonly url: string
  readonly token: string
  readonly image: string
}

const keys = 200
const keyMilliseconds = 3
const pollMilliseconds = 50
const run = promisify(execFile)
let count = 0

/** From the wish for a workspace to the first output of its terminal, against podman called by hand. */
export async function creationCost(world: World, rounds: number): Promise<Result> {
  // One for all, and so no part of what is measured: few make a network by hand.
  await podman(world, 'network', 'create', '--disable-dns', '--subnet', '198.51.100.0/24', 'bench')
  const times = { hand: [] as number[], product: [] as number[] }
  for (let round = -2; round < rounds; round++) {
    const hand = await byHand(world)
    const product = await byProduct(world)
    if (round < 0) continue
    times.hand.push(hand)
    times.product.push(product)
  }
  const [limit, time] = [median(times.hand), median(times.product)]
  return {
    part: 'workspaces',
    name: 'From creation to a terminal, of podman run and podman exec',
    ratio: time / limit,
    bound: 1.5,
    sense: 'at most',
    detail: `${(limit / 1000).toFixed(2)} s → ${(time / 1000).toFixed(2)} s, ${rounds + 2} rounds`,
  }
}

/** `podman run` with the limits of a workspace and a volume for the home, then a login shell. */
async function byHand(world: World): Promise<number> {
  const name = `bench-${++count}`
  const began = performance.now()
  await podman(
    world,
    ...['run', '--detach', '--name', name, '--hostname', name, '--init', '--network', 'bench'],
    ...['--cpus', '1', '--memory', '1g', '--memory-swap', '1g', '--pids-limit', '4096'],
    ...['--volume', `${name}:/home`, world.image, 'sleep', 'infinity'],
  )
  const { args, env } = podmanIn(world)
  const shell = spawn('podman', [...args, 'exec', '-it', name, 'bash', '-l'], {
    env,
    // It says there that its input is no terminal.
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  await Promise.race([
    once(shell.stdout, 'data'),
    once(shell, 'exit').then(() => Promise.reject(new Error('the shell of podman has ended'))),
  ])
  const took = performance.now() - began
  const ended = once(shell, 'exit')
  await podman(world, 'rm', '--force', '--time', '0', name)
  await ended
  await podman(world, 'volume', 'rm', name)
  return took
}

async function byProduct(world: World): Promise<number> {
  const began = performance.now()
  const id = await create(world)
  const terminal = await openTerminal(world.url, world, id)
  await terminal.until(/[^]/)
  const took = performance.now() - began
  terminal.say({ end: true })
  await terminal.closed
  await remove(world, id)
  return took
}

/** A key until it is shown, through the terminal of the product and through the engine's own. */
export async function keyCost(world: World, rounds: number): Promise<Result> {
  const id = await create(world)
  const terminal = await openTerminal(world.url, world, id, { keep: 1000 })
  const engine = await openEngineTerminal(world, id)
  const ours = keyboard(
    (bytes) => {
      terminal.socket.send(bytes)
    },
    (show) => terminal.socket.on('message', show),
  )
  const theirs = keyboard(
    (bytes) => engine.connection.write(bytes),
    (show) => engine.connection.on('data', show),
  )
  const times = { ours: [] as number[], theirs: [] as number[] }
  for (let round = -2; round < rounds; round++) {
    const one = await timesOf(theirs)
    const other = await timesOf(ours)
    if (round < 0) continue
    times.theirs.push(...one)
    times.ours.push(...other)
  }
  engine.close()
  terminal.say({ end: true })
  await terminal.closed
  await remove(world, id)
  const [limit, time] = [median(times.theirs), median(times.ours)]
  return {
    part: 'workspaces',
    name: `Echo of a key beyond the engine's own, of ${keyMilliseconds} ms`,
    ratio: Math.max(0, time - limit) / keyMilliseconds,
    bound: 1,
    sense: 'at most',
    detail: `${milliseconds(limit)} → ${milliseconds(time)}, ${times.ours.length} keys each`,
  }
}

/** Answers how long it took, in milliseconds, until a key was shown as wanted. */
type Keyboard = (key: string, wanted: string) => Promise<number>

function keyboard(
  send: (bytes: Buffer) => void,
  listen: (show: (bytes: Buffer) => void) => void,
): Keyboard {
  let shown = ''
  let wake = (): void => undefined
  listen((bytes) => {
    shown += bytes.toString('latin1')
    wake()
  })
  return async (key, wanted) => {
    shown = ''
    const began = performance.now()
    send(Buffer.from(key))
    while (!shown.includes(wanted)) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    return performance.now() - began
  }
}

async function timesOf(press: Keyboard): Promise<number[]> {
  const times: number[] = []
  for (let n = 0; n < keys; n++) {
    times.push(await press('x', 'x'))
    // Backspace, so that the line does not grow.
    await press('\x7f', '\b')
  }
  return times
}

/** The same shell in the same workspace, by the API of the engine alone. */
async function openEngineTerminal({ engineUrl }: World, id: string) {
  const client = openClient({ url: engineUrl })
  const filters = JSON.stringify({ label: [`${workspaceLabel}=${id}`] })
  const [container] = await client.ask<{ Id: string; Labels: Record<string, string> }[]>(
    'GET',
    '/containers/json',
    { query: { filters } },
  )
  if (container === undefined) throw new Error('the workspace has no container')
  const { argv, env = {} } = loginShell({ columns: 80, rows: 24 })
  const { Id: exec } = await client.ask<{ Id: string }>(
    'POST',
    `/containers/${container.Id}/exec`,
    {
      body: {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: true,
        User: container.Labels[userLabel],
        Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
        Cmd: argv,
      },
    },
  )
  const connection = await client.hijack(`/exec/${exec}/start`, { Detach: false, Tty: true })
  return {
    connection,
    close() {
      connection.destroy()
      client.close()
    },
  }
}

/** Makes a workspace as a page does, and waits until it runs. */
async function create(world: World): Promise<string> {
  const answer = await ask(world, 'POST', '', {
    name: `w${++count}`,
    org_id: world.organizationId,
    image_id: world.imageId,
  })
  const { id } = (await answer.json()) as { id: string }
  await built(world, id)
  return id
}

/** Follows the log of a build to its end. */
async function built({ url, token }: World, id: string): Promise<void> {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/api/private/workspaces/${id}/watch-update`,
    { headers: { 'session-token': token } },
  )
  const failures: string[] = []
  socket.on('message', (data: Buffer) => {
    const { type, msg } = JSON.parse(data.toString()) as { type: string; msg: string }
    if (type === 'error') failures.push(msg)
  })
  await once(socket, 'close')
  if (failures.length > 0) throw new Error(failures.join('\n'))
}

async function remove(world: World, id: string): Promise<void> {
  await ask(world, 'DELETE', `/${id}`)
  for (;;) {
    const { url, token } = world
    const answer = await fetch(`${url}/api/v0/workspaces/${id}`, {
      headers: { 'session-token': token },
    })
    await answer.arrayBuffer()
    if (answer.status === 404) return
    await delay(pollMilliseconds)
  }
}

async function ask({ url, token }: World, method: string, path: string, body?: object) {
  const answer = await fetch(`${url}/api/v0/workspaces${path}`, {
    method,
    headers: { 'session-token': token, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} answered ${answer.status} ${await answer.text()}`)
  return answer
}

async function podman(world: World, ...more: string[]): Promise<void> {
  const { args, env } = podmanIn(world)
  await run('podman', [...args, ...more], { env })
}

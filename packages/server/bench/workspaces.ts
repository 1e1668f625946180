// Workspaces: how long until somebody can type, how long a key takes, and their list at size.
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { baseImage } from '../src/provider/base-image.ts'
import { makeEngineFolder, startEngineIn } from '../test/engine-folder.ts'
import { startCluster } from './cluster.ts'
import { report } from './result.ts'
import { addSession } from './sessions.ts'
import { creationCost, keyCost } from './workspaces-engine.ts'
import { type Lists, listCosts } from './workspaces-lists.ts'
import { addPlace, fillWorkspaces, known } from './workspaces-rows.ts'

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 9)
const few = 100
const many = Number(process.env['BENCH_WORKSPACES'] ?? 10_000)

const place = makeEngineFolder()
const undo: (() => Promise<void>)[] = [() => place.end()]
const children: ChildProcess[] = []
try {
  const cluster = await startCluster()
  undo.push(() => cluster.stop())
  const lists = async (count: number): Promise<Lists> => {
    const url = await cluster.database(`workspaces_${count}`, (empty) =>
      fillWorkspaces(empty, count),
    )
    return {
      url: await start(url, 'lists'),
      manager: await sessionOf(url, known.manager),
      member: await sessionOf(url, known.member),
    }
  }
  const listResults = await listCosts(await lists(few), await lists(many), rounds)

  const engine = await startEngineIn(place)
  undo.push(() => engine.stop())
  const database = await cluster.database(`builds_${randomBytes(4).toString('hex')}`)
  const rows = await addPlace(database, engine.url, baseImage)
  const world = {
    ...rows,
    folder: place.folder,
    engineUrl: engine.url,
    url: await start(database, 'builds'),
    token: await sessionOf(database, rows.ownerId),
    image: `${baseImage.repository}:${baseImage.tag}`,
  }
  report([await creationCost(world, rounds), await keyCost(world, rounds), ...listResults])
} finally {
  await Promise.all(children.map(end))
  for (const step of undo.reverse()) await step()
}

/** Starts a server process; answers its address. */
async function start(databaseUrl: string, task: 'lists' | 'builds'): Promise<string> {
  const path = fileURLToPath(new URL('./workspaces-server.js', import.meta.url))
  const child = fork(path, [databaseUrl, place.folder, task])
  children.push(child)
  const dead = once(child, 'exit').then(() => {
    throw new Error('a server process has ended')
  })
  const told = once(child, 'message')
  const [{ port }] = (await Promise.race([told, dead])) as [{ port: number }]
  return `http://127.0.0.1:${port}`
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  else child.kill()
  await ended
}

async function sessionOf(databaseUrl: string, userId: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  try {
    return await addSession(pool, userId)
  } finally {
    await pool.end()
  }
}

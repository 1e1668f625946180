import { execFile, type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

/**
 * A network of a browser's own. Chromium gives up what it loads when an interface of its machine comes
 * or goes, as those of workspaces do all the time in tests beside this one.
 */
export interface OwnNetwork {
  /** A program that runs `command` in it. */
  wrap(command: string): string
  /** Afterwards a port of this machine's loopback is one of its loopback too. */
  reach(port: number): Promise<void>
  stop(): Promise<void>
}

const run = promisify(execFile)

// Listens in the network, and leads to a socket in a folder, which all networks share.
const relay = `
const net = require('node:net')
const [port, path] = process.argv.slice(1)
net.createServer({ allowHalfOpen: true }, (near) => {
  const far = net.connect({ path, allowHalfOpen: true })
  near.pipe(far).pipe(near)
  for (const [one, other] of [[near, far], [far, near]]) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy())
  }
}).listen(Number(port), '127.0.0.1', () => console.log('ready'))`

/**
 * Makes a network; undefined where this process may not, as who is not root. Never `ip netns exec`, which copies
 * the mounts of the moment and would keep the homes of workspaces in use.
 */
export async function makeNetwork(): Promise<OwnNetwork | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'atelier-network-'))
  const name = basename(folder)
  await run('ip', ['netns', 'add', name])
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  const reached = new Map<number, Promise<void>>()
  const servers: Server[] = []
  const relays: ChildProcess[] = []

  const open = async (port: number): Promise<void> => {
    const path = join(folder, String(port))
    const server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      near.pipe(far).pipe(near)
      near.on('error', () => far.destroy()).on('close', () => far.destroy())
      far.on('error', () => near.destroy()).on('close', () => near.destroy())
    })
    servers.push(server)
    await once(server.listen(path), 'listening')
    const args = [`--net=/run/netns/${name}`, process.execPath, '-e', relay, String(port), path]
    const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    relays.push(child)
    await once(child.stdout, 'data')
  }

  return {
    wrap(command) {
      const script = join(folder, 'run')
      writeFileSync(script, `#!/bin/sh\nexec nsenter --net=/run/netns/${name} ${command} "$@"\n`)
      chmodSync(script, 0o700)
      return script
    },
    reach(port) {
      const known = reached.get(port) ?? open(port)
      reached.set(port, known)
      return known
    },
    async stop() {
      for (const child of relays) child.kill()
      for (const server of servers) server.close()
      await run('ip', ['netns', 'delete', name])
      rmSync(folder, { recursive: true })
    },
  }
}

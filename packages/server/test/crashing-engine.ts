import { spawnSync } from 'node:child_process'
import { createReadStream, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, request as ask } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { importBaseImage } from '../src/provider/engine/import-image.ts'
import { startPrivatePodman } from '../src/provider/private-podman.ts'
import { cachedBase, cleanupScript } from './engine-folder.ts'

/** When the engine is killed: while it does what it was asked, or when it has and has not said so yet. */
export type Moment = 'during' | 'after'

export interface CrashingEngine {
  /** The socket through which it is killed. */
  readonly url: string
  /** The next changing requests are counted from 0, and at this one it is killed. */
  killAt(number: number, moment: Moment): void
  /** Whether it was killed since; afterwards it runs again. */
  recovered(): Promise<boolean>
  /** What is left of workspaces: containers, volumes, networks, bridges, homes, mounts and loop devices. */
  leftOver(): string[]
  stop(): void
}

const pollMilliseconds = 20

/** A Podman of its own that can be killed at any request that changes something. */
export async function startCrashingEngine(): Promise<CrashingEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-crash-'))
  const podmanFolder = join(folder, 'podman')
  const quiet = { info: () => undefined, error: () => undefined }
  const service = await startPrivatePodman(podmanFolder, quiet)
  await importBaseImage(service.url, createReadStream(await cachedBase()))
  const inner = service.url.slice('unix://'.length)
  let plan: { number: number; moment: Moment } | undefined
  let killed = false

  const kill = () => {
    plan = undefined
    killed = true
    process.kill(Number(readFileSync(join(podmanFolder, 'service.pid'), 'utf8')), 'SIGKILL')
  }
  const front = createServer((incoming, outgoing) => {
    const isTurn = incoming.method !== 'GET' && plan !== undefined && plan.number-- === 0
    const moment = isTurn ? plan?.moment : undefined
    const onwards = ask({
      socketPath: inner,
      method: incoming.method,
      path: incoming.url,
      headers: incoming.headers,
    })
    onwards.on('error', () => incoming.socket.destroy())
    onwards.on('response', (response) => {
      if (moment === 'after') {
        response.resume()
        kill()
        incoming.socket.destroy()
        return
      }
      outgoing.writeHead(response.statusCode ?? 500, response.headers)
      response.pipe(outgoing)
    })
    void pipeline(incoming, onwards)
      .then(() => {
        if (moment === 'during') kill()
      })
      .catch(() => undefined)
  })
  // What commands say passes as it is.
  front.on('upgrade', (incoming, client: Socket, head: Buffer) => {
    const onwards = connect({ path: inner, allowHalfOpen: true })
    const headers = incoming.rawHeaders
      .map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      .join('')
    onwards.write(`${incoming.method ?? ''} ${incoming.url ?? ''} HTTP/1.1\r\n${headers}\r\n`)
    onwards.write(head)
    for (const each of [client, onwards]) {
      each.on('error', () => {
        client.destroy()
        onwards.destroy()
      })
    }
    client.pipe(onwards).pipe(client)
  })
  const socket = join(folder, 'front.sock')
  await new Promise<void>((resolve) => {
    front.listen(socket, resolve)
  })
  const podman = (...args: string[]) =>
    spawnSync(
      'podman',
      ['--root', join(podmanFolder, 'storage'), '--runroot', join(podmanFolder, 'run'), ...args],
      {
        encoding: 'utf8',
        env: { ...process.env, CONTAINERS_CONF: join(podmanFolder, 'containers.conf') },
      },
    ).stdout.split('\n')

  return {
    url: `unix://${socket}`,
    killAt(number, moment) {
      killed = false
      plan = { number, moment }
    },
    async recovered() {
      plan = undefined
      if (!killed) return false
      killed = false
      while (!(await answers(inner))) await delay(pollMilliseconds)
      return true
    },
    leftOver() {
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
      const homes = join(podmanFolder, 'storage/atelier-homes')
      return [
        ...podman('ps', '--all', '--external', '--format', 'container {{.Names}}'),
        ...podman('volume', 'ls', '--format', 'volume {{.Name}}'),
        ...podman('network', 'ls', '--format', 'network {{.Name}}').filter(
          (line) => line !== 'network podman',
        ),
        ...filesOf(homes),
        ...mounts.filter((line) => line.includes(`${folder}/`) && /volumes|merged/.test(line)),
        ...spawnSync('losetup', ['--all'], { encoding: 'utf8' })
          .stdout.split('\n')
          .filter((line) => line.includes(folder)),
        // Who looks after a command that has ended stays for some seconds.
        ...spawnSync('pgrep', ['-af', `${folder}/podman/storage.* -n atelier-`], {
          encoding: 'utf8',
        })
          .stdout.split('\n')
          .filter((line) => !line.includes('--exec-attach')),
      ].filter((line) => line !== '')
    },
    stop() {
      front.close()
      front.closeAllConnections()
      const script = join(folder, 'cleanup.sh')
      writeFileSync(script, cleanupScript)
      void service.stop()
      spawnSync('sh', [script, folder])
    },
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = ask({ socketPath, path: '/_ping' }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => {
      resolve(false)
    })
    request.end()
  })
}

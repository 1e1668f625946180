import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { PortClosed, ProviderFailure } from '../provider.ts'
import type { Alive } from './alive.ts'
import { hostEnvironment } from './host.ts'

/** Connections to ports of sandboxes. */
export interface Ports {
  dial(workspaceId: string, alive: Alive, port: number): Promise<Socket>
  /** Afterwards nothing of ours is in the network of the workspace; connections go on. */
  leave(workspaceId: string): void
  leaveAll(): void
}

const idleMilliseconds = 60_000

// Connects from inside the network and hands the connection over: what flows then passes nobody.
const connector = `
const net = require('node:net')
process.on('disconnect', () => process.exit())
process.on('message', ({ id, port }) => {
  const attempt = ([host, ...others]) => {
    const socket = net.connect({ host, port, allowHalfOpen: true })
    socket.pause()
    const failed = (error) => {
      if (others.length > 0) attempt(others)
      else process.send({ id, code: error.code })
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      process.send({ id }, socket)
    })
  }
  attempt(['127.0.0.1', '::1'])
})
`

interface Answer {
  readonly id: number
  readonly code?: string
}

interface Waiting {
  readonly resolve: (socket: Socket) => void
  readonly reject: (error: Error) => void
  readonly port: number
}

/** One helper for each network that is connected to, which ends when it has had nothing to do. */
export function createPorts(): Ports {
  const helpers = new Map<string, Helper>()

  return {
    dial(workspaceId, alive, port) {
      const known = helpers.get(workspaceId)
      if (known?.pid === alive.pid && !known.isOver()) return known.connect(port)
      known?.end()
      const helper = startHelper(alive)
      helpers.set(workspaceId, helper)
      return helper.connect(port)
    },
    leave(workspaceId) {
      helpers.get(workspaceId)?.end()
      helpers.delete(workspaceId)
    },
    leaveAll() {
      for (const helper of helpers.values()) helper.end()
      helpers.clear()
    },
  }
}

interface Helper {
  readonly pid: number
  connect(port: number): Promise<Socket>
  isOver(): boolean
  end(): void
}

function startHelper({ pid }: Alive): Helper {
  const child: ChildProcess = spawn(
    'nsenter',
    [`--net=/proc/${pid}/ns/net`, '--', process.execPath, '-e', connector],
    { cwd: '/', env: hostEnvironment, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
  )
  const waiting = new Map<number, Waiting>()
  let next = 0
  let over = false
  const end = (): void => {
    over = true
    clearTimeout(idle)
    child.kill('SIGKILL')
    for (const { reject } of waiting.values()) reject(stopped())
    waiting.clear()
  }
  const idle = setTimeout(end, idleMilliseconds)
  idle.unref()
  child.once('error', end)
  child.once('exit', end)
  child.on('message', (message, socket) => {
    const { id, code } = message as Answer
    const asked = waiting.get(id)
    waiting.delete(id)
    if (socket !== undefined) {
      const connection = socket as Socket
      connection.allowHalfOpen = true
      if (asked === undefined) connection.destroy()
      else asked.resolve(connection)
    } else asked?.reject(failureOf(code, asked.port))
  })
  return {
    pid,
    isOver: () => over,
    end,
    connect(port) {
      idle.refresh()
      return new Promise((resolve, reject) => {
        const id = ++next
        waiting.set(id, { resolve, reject, port })
        child.send({ id, port }, (error) => {
          if (error !== null && waiting.delete(id)) reject(stopped())
        })
      })
    },
  }
}

function failureOf(code: string | undefined, port: number): Error {
  return code === 'ECONNREFUSED'
    ? new PortClosed(`Nothing listens on port ${port}`)
    : new ProviderFailure('failed', `Port ${port} could not be reached (${code ?? 'no reason'})`)
}

function stopped(): ProviderFailure {
  return new ProviderFailure('not_running', 'The workspace does not run')
}

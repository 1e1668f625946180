import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** Makes connections inside the network of a container, and hands them over as they are. */
export interface NamespaceDialer {
  connect(host: string, port: number): Promise<Socket>
  close(): void
}

const idleMilliseconds = 30_000

/**
 * A process of this server's own in the network namespace of `pid`: what it connects is passed to this
 * process, so that not a byte goes through it. It begins when asked and ends when idle.
 */
export function openNamespace(pid: number): NamespaceDialer {
  let helper: ChildProcess | undefined
  let next = 0
  const waiting = new Map<
    number,
    { resolve: (socket: Socket) => void; reject: (error: Error) => void }
  >()
  const idle = setTimeout(() => {
    close()
  }, idleMilliseconds)
  idle.unref()

  const begin = (): ChildProcess => {
    const child = spawn(
      'nsenter',
      [
        '--target',
        String(pid),
        '--net',
        '--',
        process.execPath,
        '--input-type=module',
        '-e',
        program,
      ],
      {
        cwd: '/',
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      },
    )
    child.unref()
    child.channel?.unref()
    child.on('message', (answer, socket) => {
      const { id, code } = answer as { id: number; code?: string }
      const asked = waiting.get(id)
      waiting.delete(id)
      if (socket instanceof Socket) {
        // What comes after the end of one direction is the other one's.
        socket.allowHalfOpen = true
        if (asked === undefined) socket.destroy()
        else asked.resolve(socket)
      } else asked?.reject(Object.assign(new Error(code), { code }))
    })
    const failed = () => {
      if (helper === child) helper = undefined
      for (const { reject } of waiting.values()) {
        reject(new Error('The network of the workspace is gone'))
      }
      waiting.clear()
    }
    child.once('error', failed)
    child.once('exit', failed)
    return child
  }

  const close = () => {
    clearTimeout(idle)
    helper?.disconnect()
    helper = undefined
  }

  return {
    connect: (host, port) =>
      new Promise((resolve, reject) => {
        helper ??= begin()
        idle.refresh()
        const id = next++
        waiting.set(id, { resolve, reject })
        helper.send({ id, host, port }, (error) => {
          if (error !== null && waiting.delete(id)) reject(error)
        })
      }),
    close,
  }
}

const program = `
import { connect } from 'node:net'
process.on('message', ({ id, host, port }) => {
  const socket = connect({ host, port, allowHalfOpen: true })
  // Nothing of what the other side says first is read here.
  socket.pause()
  socket.once('connect', () => process.send({ id }, socket))
  socket.once('error', ({ code }) => process.send({ id, code }))
})
process.on('disconnect', () => process.exit())
`

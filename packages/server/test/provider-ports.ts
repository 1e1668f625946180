import { buffer, text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { PortClosed } from '../src/provider/provider.ts'
import { type Bench, reading } from './provider-bench.ts'

/** Answers what it is sent, in capitals, once the sender has ended; `host` and `port` are its arguments. */
const echo = `
import socket, sys, threading
host, port = sys.argv[1], int(sys.argv[2])
server = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
print("listening", flush=True)
def serve(c):
    data = b""
    while True:
        try: b = c.recv(65536)
        except ConnectionResetError:
            print("reset", flush=True); return
        if not b: break
        data += b
    print("ended", len(data), flush=True)
    c.sendall(data.upper()); c.close()
while True:
    c, _ = server.accept()
    print("accepted", flush=True)
    threading.Thread(target=serve, args=(c,)).start()
`

/** Connections to ports in a workspace. */
export function tryPorts(bench: () => Bench): void {
  describe('ports', () => {
    const serve = async (workspaceId: string, host: string, port: number) => {
      const app = await bench().provider.exec(workspaceId, {
        argv: ['python3', '-c', echo, host, String(port)],
      })
      app.stderr.resume()
      const said = reading(app.stdout)
      await said.shows('listening')
      return { app, said }
    }

    test.for(['0.0.0.0', '127.0.0.1', '::1'])('an app on %s is reached', async (host) => {
      const { provider, started } = bench()
      const { workspaceId } = await started()
      const { app, said } = await serve(workspaceId, host, 3000)
      for (const round of [1, 2]) {
        const connection = await provider.dial(workspaceId, 3000)
        const answer = text(connection)
        // The end of one direction leaves the other open.
        connection.end(`hello ${round}`)
        expect(await answer).toBe(`HELLO ${round}`)
      }
      const large = await provider.dial(workspaceId, 3000)
      const back = buffer(large)
      large.end(Buffer.alloc(3_000_000, 'a'))
      expect((await back).equals(Buffer.alloc(3_000_000, 'A'))).toBe(true)

      const broken = await provider.dial(workspaceId, 3000)
      broken.on('error', () => undefined)
      broken.write('never answered')
      broken.destroy()
      // Whether what was written before it arrives is nobody's promise.
      await said.shows(/ended 3000000\n(accepted\n)?(ended|reset)/)

      const cut = await provider.dial(workspaceId, 3000)
      cut.on('error', () => undefined)
      cut.resume()
      // The kernel resets one that the app has not accepted yet.
      const end = new Promise((resolve) => cut.once('end', resolve).once('close', resolve))
      await app.kill()
      await end
      cut.destroy()
      await expect(provider.dial(workspaceId, 3000)).rejects.toBeInstanceOf(PortClosed)
    })

    test('a port where nothing listens is closed, before and after others were open', async () => {
      const { provider, started } = bench()
      const { workspaceId } = await started()
      await expect(provider.dial(workspaceId, 3000)).rejects.toBeInstanceOf(PortClosed)
      await provider.stop(workspaceId)
      await expect(provider.dial(workspaceId, 3000)).rejects.toMatchObject({ code: 'not_running' })
      await provider.start(workspaceId)
      await serve(workspaceId, '127.0.0.1', 3000)
      const connection = await provider.dial(workspaceId, 3000)
      connection.destroy()
      await provider.stop(workspaceId, 0)
      await provider.start(workspaceId)
      await expect(provider.dial(workspaceId, 3000)).rejects.toBeInstanceOf(PortClosed)
    })
  })
}

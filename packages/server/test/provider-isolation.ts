import { spawnSync } from 'node:child_process'
import { randomInt, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type Bench, reading, specOf } from './provider-bench.ts'

/** Isolation, by trying to get out. */
export function tryIsolation(bench: () => Bench): void {
  describe('isolation', () => {
    test('neither another workspace nor one of another installation is reached', async () => {
      const { started, run, provider, subject } = bench()
      const [mine, neighbour] = [await started(), await started()]
      const stranger = specOf(subject.image)
      const other = subject.open(randomUUID())
      await other.create(stranger, () => undefined)
      await other.start(stranger.workspaceId)
      try {
        for (const [owner, { workspaceId }] of [
          [provider, neighbour],
          [other, stranger],
        ] as const) {
          const server = await owner.exec(workspaceId, {
            argv: ['python3', '-u', '-m', 'http.server', '8000'],
          })
          await reading(server.stdout).shows('Serving')
          const { stdout } = await owner.exec(workspaceId, { argv: ['hostname', '-I'] })
          let address = ''
          for await (const chunk of stdout) address += String(chunk)
          ;(await owner.dial(workspaceId, 8000)).destroy()
          for (const each of address.trim().split(/\s+/).filter(Boolean)) {
            const tried = await run(
              mine.workspaceId,
              `curl -s --max-time 5 http://${each}:8000/; echo $?`,
            )
            expect(tried.stdout).toMatch(/^(7|28)\n$/)
          }
        }
        const seen = (await provider.list()).map(({ workspaceId }) => workspaceId)
        expect(seen).toContain(mine.workspaceId)
        expect(seen).not.toContain(stranger.workspaceId)
        const processes = await run(mine.workspaceId, 'ps -e -o args')
        expect(processes.stdout).not.toContain('http.server')
      } finally {
        await other.remove(stranger.workspaceId, 'nothing')
        await other.close()
      }
    })

    test("the host's loopback, database, files and sockets are not there", async () => {
      const { started, run, subject, sudo } = bench()
      const { workspaceId } = await started()
      const server = createServer((_request, response) => response.end('secret'))
      await once(server.listen(0, '127.0.0.1'), 'listening')
      const folder = mkdtempSync(join(tmpdir(), 'atelier-secret-'))
      writeFileSync(join(folder, 'file'), 'secret', { mode: 0o666 })
      try {
        const { port } = server.address() as AddressInfo
        const gateway = await run(
          workspaceId,
          `awk '$2 == "00000000" { print $3 }' /proc/net/route | sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)/0x\\4 0x\\3 0x\\2 0x\\1/' | xargs -r printf '%d.%d.%d.%d'`,
        )
        const hosts = ['127.0.0.1', 'localhost', gateway.stdout].filter((host) => host !== '')
        const ports = [port, Number(new URL(inject('clusterUrl')).port || 5432)]
        for (const host of hosts) {
          for (const each of ports) {
            const tried = await run(
              workspaceId,
              `curl -s --max-time 5 http://${host}:${each}/; echo $?`,
            )
            expect(tried.stdout, `${host}:${each}`).toMatch(/^(7|28)\n$/)
          }
        }
        for (const path of [join(folder, 'file'), ...subject.hidden]) {
          const look = await run(workspaceId, `${sudo} cat '${path}' '/proc/1/root${path}'`)
          expect(look, path).toMatchObject({ stdout: '', code: 1 })
        }
      } finally {
        server.close()
        rmSync(folder, { recursive: true })
      }
    })

    test('metadata addresses are closed, after a restart too, and root inside opens nothing', async () => {
      const { started, run, provider, subject } = bench()
      if (subject.without.includes('metadata')) {
        expect((await provider.health()).unenforced.join()).toContain('169.254.0.0/16')
        return
      }
      // The host answers there itself, so that only the workspace's own routes are in the way.
      const address = `169.254.${randomInt(1, 250)}.${randomInt(1, 250)}`
      const server = createServer((_request, response) => response.end('credentials'))
      await once(server.listen(0, '0.0.0.0'), 'listening')
      spawnSync('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'])
      try {
        const { port } = server.address() as AddressInfo
        const url = `http://${address}:${port}/`
        expect(await (await fetch(url)).text()).toBe('credentials')
        const { workspaceId } = await started()
        const attempt = `curl -s --max-time 5 ${url}; sudo ip route del blackhole 169.254.0.0/16 2>/dev/null; curl -s --max-time 5 ${url}`
        expect((await run(workspaceId, attempt)).stdout).toBe('')
        await provider.stop(workspaceId)
        await provider.start(workspaceId)
        expect((await run(workspaceId, attempt)).stdout).toBe('')
      } finally {
        spawnSync('ip', ['address', 'del', `${address}/32`, 'dev', 'lo'])
        server.close()
      }
    })

    test('root inside installs and changes, and has no device, mount or network of the host', async () => {
      const { started, run, sudo } = bench()
      const { workspaceId } = await started()
      const who = await run(workspaceId, 'sudo id -u || id -u')
      expect(who.stdout).toBe(sudo === '' ? '1000\n' : '0\n')
      for (const forbidden of [
        'mount -t tmpfs none /mnt',
        'mknod /tmp/disk b 254 0',
        'ip link add dummy0 type dummy',
        'sysctl -w kernel.hostname=other',
        'sh -c "echo 1 > /proc/sys/kernel/panic"',
        'chroot /proc/1/root mount --bind / /mnt',
        'dmesg --clear',
        'date -s 2001-01-01',
      ]) {
        expect((await run(workspaceId, `${sudo} ${forbidden}`)).code, forbidden).not.toBe(0)
      }
    })
  })
}

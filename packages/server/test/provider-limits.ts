import { describe, expect, test } from 'vitest'
import { type Bench, reading } from './provider-bench.ts'

const forks = `
import os, time
made = 0
try:
    while made < 400:
        if os.fork() == 0:
            time.sleep(600); os._exit(0)
        made += 1
except OSError as error:
    print(made, error.strerror)
`

/** Limits, by running into them. */
export function tryLimits(bench: () => Bench): void {
  describe('limits', () => {
    test('memory: what takes more is killed, and the workspace goes on', async () => {
      const { started, run, provider } = bench()
      const { workspaceId } = await started({ memoryGb: 0.125 })
      const greedy = await run(workspaceId, 'python3 -c "bytearray(400 * 1024 ** 2)"; echo $?')
      expect(greedy.stdout).toBe('137\n')
      expect((await run(workspaceId, 'echo still here')).stdout).toBe('still here\n')
      const stats = await provider.stats(workspaceId)
      expect(stats.memoryLimitBytes).toBe(128 * 1024 ** 2)
      expect(stats.memoryBytes).toBeGreaterThan(0)
      expect(stats.memoryBytes).toBeLessThanOrEqual(stats.memoryLimitBytes)
    })

    test('CPU: what would use more is held back', async () => {
      const { started, provider, subject, installationId } = bench()
      const { workspaceId } = await started({ cpuCores: 0.25 })
      const busy = await provider.exec(workspaceId, {
        // Uses a second of each of two processors, then says so.
        argv: [
          'python3',
          '-c',
          'import os, time\nos.fork()\nwhile time.process_time() < 1: pass\nprint("done", flush=True)\nwhile True: pass',
        ],
      })
      busy.stderr.resume()
      const before = await subject.timesThrottled(installationId, workspaceId)
      await reading(busy.stdout).shows('done')
      expect((await provider.stats(workspaceId)).cpuCores).toBeGreaterThan(0)
      expect(await subject.timesThrottled(installationId, workspaceId)).toBeGreaterThan(before)
      await busy.kill()
    })

    test('processes: no more can be begun, and others can', async () => {
      const { started, run, provider } = bench()
      const [{ workspaceId }, other] = [await started({ maxProcesses: 60 }), await started()]
      const bomb = await run(workspaceId, `python3 -c '${forks}' & wait $!`)
      const [, made = '0'] = /^(\d+) Resource temporarily unavailable/m.exec(bomb.stdout) ?? []
      expect(Number(made)).toBeGreaterThan(20)
      expect(Number(made)).toBeLessThan(60)
      expect((await provider.stats(workspaceId)).processes).toBeGreaterThanOrEqual(Number(made))
      expect((await run(other.workspaceId, 'echo fine')).stdout).toBe('fine\n')
      await provider.stop(workspaceId, 0)
      await provider.start(workspaceId)
      expect((await run(workspaceId, 'echo again')).stdout).toBe('again\n')
    })

    test('disk: the home holds what it was given, and a rebuild makes it larger', async () => {
      const { started, run, provider, subject } = bench()
      if (subject.without.includes('disk')) {
        expect((await provider.health()).unenforced.join()).toContain('/home')
        return
      }
      const spec = await started({ diskGb: 1 })
      const { workspaceId } = spec
      const fill = 'head -c 1500M /dev/zero > ~/big; echo $?; stat -c %s ~/big'
      const full = await run(workspaceId, fill)
      expect(full.stderr).toContain('No space left on device')
      const stats = await provider.stats(workspaceId)
      expect(stats.diskLimitBytes).toBeLessThanOrEqual(1024 ** 3)
      expect(stats.diskBytes).toBeGreaterThan(0.8 * 1024 ** 3)

      await provider.create({ ...spec, diskGb: 2 }, () => undefined)
      await provider.start(workspaceId)
      expect((await run(workspaceId, fill)).stdout).toBe('0\n1572864000\n')
      // It never shrinks.
      await provider.create(spec, () => undefined)
      await provider.start(workspaceId)
      expect((await run(workspaceId, 'stat -c %s ~/big')).stdout).toBe('1572864000\n')
      await provider.remove(workspaceId, 'nothing')
    })
  })
}

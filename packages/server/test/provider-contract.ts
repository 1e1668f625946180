import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bench, outcomeOf, reading, specOf, type Subject } from './provider-bench.ts'
import { tryIsolation } from './provider-isolation.ts'
import { tryLimits } from './provider-limits.ts'
import { tryPorts } from './provider-ports.ts'
import type { WorkspaceProvider, WorkspaceSpec } from '../src/provider/provider.ts'

const quiet = () => undefined

/** What every provider promises, tried on one. */
export function tryProvider(kind: string, prepare: () => Promise<Subject>): void {
  describe(`the provider ${kind}`, () => {
    let subject: Subject
    let provider: WorkspaceProvider
    const installationId = randomUUID()

    beforeAll(async () => {
      subject = await prepare()
      provider = subject.open(installationId)
    }, 300_000)
    afterAll(async () => {
      for (const { workspaceId } of await provider.list()) {
        await provider.remove(workspaceId, 'nothing')
      }
      expect(await provider.list()).toEqual([])
      await provider.close()
    })

    const started = async (changes: Partial<WorkspaceSpec> = {}): Promise<WorkspaceSpec> => {
      const spec = specOf(subject.image, changes)
      await provider.create(spec, quiet)
      await provider.start(spec.workspaceId)
      return spec
    }
    const bench = (): Bench => ({
      installationId,
      subject,
      provider,
      sudo: subject.without.includes('root') ? '' : 'sudo',
      started,
      run: (workspaceId, command, input) => outcomeOf(provider, workspaceId, command, input),
    })

    tryPorts(bench)
    tryLimits(bench)
    tryIsolation(bench)

    test('a workspace runs commands as its user, in its home', async () => {
      const { workspaceId } = await started({ env: { GREETING: 'good day' } })
      const answer = await outcomeOf(
        provider,
        workspaceId,
        'echo "$(id -un) $(pwd) $(hostname) $GREETING"; echo oops >&2; exit 7',
      )
      expect(answer).toEqual({
        code: 7,
        stdout: 'coder /home/coder bench good day\n',
        stderr: 'oops\n',
      })
      expect(await outcomeOf(provider, workspaceId, 'cat', 'through')).toMatchObject({
        stdout: 'through',
      })
    })

    test('a terminal has the size it is given, and its output is one', async () => {
      const { workspaceId } = await started()
      const running = await provider.exec(workspaceId, {
        argv: ['bash', '--norc'],
        env: { PS1: '', TERM: 'xterm' },
        tty: { columns: 91, rows: 31 },
      })
      const screen = reading(running.stdout)
      running.stdin.write('stty size\n')
      await screen.shows('31 91')
      await running.resize(120, 40)
      running.stdin.write('stty size; echo è >&2\n')
      await screen.shows('40 120')
      await screen.shows('è\r\n')
      running.stdin.write('exit 3\n')
      expect(await running.exit).toBe(3)
    })

    test.for([undefined, { columns: 80, rows: 24 }])(
      'kill ends a command and what it started (terminal: %o)',
      async (tty) => {
        const { workspaceId } = await started()
        const running = await provider.exec(workspaceId, {
          argv: [
            'sh',
            '-c',
            'trap "" TERM HUP; sleep 7001 & setsid sleep 7002 & echo begun; sleep 7003',
          ],
          ...(tty === undefined ? {} : { tty }),
        })
        await reading(running.stdout).shows('begun')
        await running.kill()
        expect(await running.exit).toBe(137)
        const left = await outcomeOf(provider, workspaceId, 'pgrep -f "sleep 70[0]" | wc -l')
        expect(left.stdout).toBe('0\n')
        await running.kill()
      },
    )

    test('a rebuild keeps the home and resets everything else', async () => {
      const spec = await started()
      const { workspaceId } = spec
      const leave = `echo mine > ~/kept; ${bench().sudo} touch /etc/changed; ls -a ~`
      expect((await outcomeOf(provider, workspaceId, leave)).stdout).toContain('.bashrc')
      await provider.stop(workspaceId)
      await expect(provider.exec(workspaceId, { argv: ['true'] })).rejects.toMatchObject({
        code: 'not_running',
      })
      await provider.start(workspaceId)
      const look = 'cat ~/kept; ls /etc/changed'
      expect(await outcomeOf(provider, workspaceId, look)).toMatchObject({ code: 0 })

      await provider.create({ ...spec, diskGb: 2 }, quiet)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.start(workspaceId)
      expect(await outcomeOf(provider, workspaceId, look)).toMatchObject({
        stdout: 'mine\n',
        code: 2,
      })

      await provider.remove(workspaceId, 'home')
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'home_only' })
      await provider.create(spec, quiet)
      await provider.start(workspaceId)
      expect((await outcomeOf(provider, workspaceId, look)).stdout).toBe('mine\n')
      await provider.remove(workspaceId, 'nothing')
      expect(await idsOf(provider)).not.toContain(workspaceId)
    })

    test('every step can be taken twice', async () => {
      const spec = specOf(subject.image)
      const { workspaceId } = spec
      await provider.create(spec, quiet)
      await provider.create(spec, quiet)
      await provider.start(workspaceId)
      await provider.start(workspaceId)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'running' })
      await provider.stop(workspaceId)
      await provider.stop(workspaceId)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.start(workspaceId)
      await provider.create(spec, quiet)
      expect(await provider.list()).toContainEqual({ workspaceId, state: 'stopped' })
      await provider.remove(workspaceId, 'nothing')
      await provider.remove(workspaceId, 'nothing')
      await provider.remove(workspaceId, 'home')
      expect(await idsOf(provider)).not.toContain(workspaceId)
      for (const use of [
        () => provider.start(workspaceId),
        () => provider.exec(workspaceId, { argv: ['true'] }),
      ]) {
        await expect(use()).rejects.toMatchObject({ code: 'not_found' })
      }
    })
  })
}

async function idsOf(provider: WorkspaceProvider): Promise<string[]> {
  return (await provider.list()).map(({ workspaceId }) => workspaceId)
}

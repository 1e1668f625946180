import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { tryProvider } from '../../../test/provider-contract.ts'
import { openSandbox } from './sandbox.ts'

const dataDir = mkdtempSync(join(inject('engineFolder'), 'sandbox-'))
afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true })
})

tryProvider('sandbox', () =>
  Promise.resolve({
    image: { kind: 'host' as const },
    open: (installationId: string) => openSandbox({ dataDir, installationId }),
    timesThrottled: (installationId: string, workspaceId: string) => {
      const info = join(dataDir, 'sandbox', installationId, workspaceId, 'info.json')
      const [, pid = ''] = /"child-pid":\s*(\d+)/.exec(readFileSync(info, 'utf8')) ?? []
      return Promise.resolve(timesThrottled(pid))
    },
    without: ['root' as const],
    hidden: [join(dataDir, 'sandbox'), '/etc/shadow', '/root/.bashrc', '/run/podman/podman.sock'],
  }),
)

function timesThrottled(pid: string): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  const [, path = ''] = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups) ?? []
  const [, unified = ''] = /^0::(.*)$/m.exec(groups) ?? []
  const folder = path === '' ? `/sys/fs/cgroup${unified}` : `/sys/fs/cgroup/cpu${path}`
  return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(`${folder}/cpu.stat`, 'utf8'))?.[1])
}

import { readFileSync } from 'node:fs'
import { useEngine } from '../../../test/engine.ts'
import { tryProvider } from '../../../test/provider-contract.ts'
import { openEngine } from './engine.ts'
import { namesOf } from './names.ts'

tryProvider('engine', async () => {
  const engine = await useEngine()
  return {
    image: engine.image,
    open: (installationId) => openEngine({ endpoint: { url: engine.url }, installationId }),
    timesThrottled: async (installationId, workspaceId) => {
      const { container } = namesOf(installationId, workspaceId)
      const pid = await engine.podman('inspect', '--format', '{{.State.Pid}}', container)
      return timesThrottled(Number(pid))
    },
    without: [],
    hidden: [engine.url.slice('unix://'.length), '/run/podman/podman.sock'],
  }
})

function timesThrottled(pid: number): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
  const [, path = ''] = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(groups) ?? []
  const [, unified = ''] = /^0::(.*)$/m.exec(groups) ?? []
  const folder = path === '' ? `/sys/fs/cgroup${unified}` : `/sys/fs/cgroup/cpu${path}`
  return Number(/^nr_throttled (\d+)$/m.exec(readFileSync(`${folder}/cpu.stat`, 'utf8'))?.[1])
}

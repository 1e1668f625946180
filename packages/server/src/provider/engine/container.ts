import type { WorkspaceSpec } from '../provider.ts'
import type { EngineFacts } from './facts.ts'
import { diskLabel, type Names, userLabel } from './names.ts'

/**
 * What sudo, apt and servers on low ports need, and nothing that reaches the host: no devices, no
 * networks, no raw packets, no tracing of others.
 */
const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
]

/** What the engine is told to make of a specification. */
export function containerOf(
  spec: WorkspaceSpec,
  names: Names,
  image: { readonly reference: string; readonly user: string },
  { software }: EngineFacts,
): object {
  const memory = Math.round(spec.memoryGb * 1024 ** 3)
  // Podman's init can also wait, so that nothing of the image runs until it is asked to.
  const main =
    software === 'podman'
      ? { Entrypoint: ['/run/podman-init', '-P'], Cmd: [] }
      : { Entrypoint: ['sleep', 'infinity'], Cmd: [] }
  return {
    ...main,
    Image: image.reference,
    Hostname: spec.hostname,
    // Nobody in the workspace but root can end it.
    User: '0:0',
    WorkingDir: '/',
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: { ...names.labels, [userLabel]: image.user, [diskLabel]: String(spec.diskGb) },
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      Init: true,
      NetworkMode: names.network,
      Binds: [`${names.home}:/home`],
      CapDrop: ['ALL'],
      CapAdd: capabilities,
      NanoCpus: Math.round(spec.cpuCores * 1e9),
      Memory: memory,
      // Together with swap: there is none.
      MemorySwap: memory,
      PidsLimit: spec.maxProcesses,
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none' },
    },
  }
}

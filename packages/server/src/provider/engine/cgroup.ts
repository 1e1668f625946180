import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the kernel counts for a container of this host. */
export interface Usage {
  readonly cpuNanoseconds: number
  /** Without what is only kept of files that were read. */
  readonly memoryBytes: number
  readonly memoryLimitBytes: number
  readonly processes: number
}

const root = '/sys/fs/cgroup'

/** Reads the counters of a process's control groups, of version 1 or 2; undefined where they are not in sight. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const groups = groupsOf(pid)
    const unified = groups.get('')
    const memory = groups.get('memory')
    if (memory !== undefined) return readVersion1(groups, memory)
    return unified === undefined ? undefined : readVersion2(join(root, unified))
  } catch {
    return undefined
  }
}

function readVersion1(groups: ReadonlyMap<string, string>, memory: string): Usage {
  const folder = join(root, 'memory', memory)
  return {
    cpuNanoseconds: number(join(root, 'cpuacct', groups.get('cpuacct') ?? '', 'cpuacct.usage')),
    memoryBytes: withoutCache(
      number(join(folder, 'memory.usage_in_bytes')),
      field(join(folder, 'memory.stat'), 'total_inactive_file'),
    ),
    memoryLimitBytes: number(join(folder, 'memory.limit_in_bytes')),
    processes: number(join(root, 'pids', groups.get('pids') ?? '', 'pids.current')),
  }
}

function readVersion2(folder: string): Usage {
  // The engine's own process of a container may be in a group below the container's.
  const group = existsSync(join(folder, 'memory.max')) ? folder : join(folder, '..')
  const limit = readFileSync(join(group, 'memory.max'), 'utf8').trim()
  return {
    cpuNanoseconds: field(join(group, 'cpu.stat'), 'usage_usec') * 1000,
    memoryBytes: withoutCache(
      number(join(group, 'memory.current')),
      field(join(group, 'memory.stat'), 'inactive_file'),
    ),
    memoryLimitBytes: limit === 'max' ? 0 : Number(limit),
    processes: number(join(group, 'pids.current')),
  }
}

function withoutCache(used: number, cache: number): number {
  return Math.max(0, used - cache)
}

/** The path of each controller's group; that of version 2 has no name. */
function groupsOf(pid: number): Map<string, string> {
  const groups = new Map<string, string>()
  for (const line of readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n')) {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    for (const controller of controllers.split(',')) groups.set(controller, path)
  }
  return groups
}

function number(path: string): number {
  return Number(readFileSync(path, 'utf8'))
}

function field(path: string, name: string): number {
  const [, value = '0'] = new RegExp(`^${name} (\\d+)$`, 'm').exec(readFileSync(path, 'utf8')) ?? []
  return Number(value)
}

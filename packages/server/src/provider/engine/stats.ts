import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import type { WorkspaceStats } from '../provider.ts'
import { type Usage, usageOf } from './cgroup.ts'
import type { EngineClient } from './client.ts'
import { commandIn, runningContainer } from './command.ts'
import type { Engine } from './engine.ts'
import { diskLabel } from './names.ts'
import type { ContainerInspect, ContainerStats } from './wire.ts'

interface Sample {
  readonly container: string
  /** Of the process's own clock. */
  readonly atMilliseconds: number
  readonly cpuNanoseconds: number
}

interface Measured {
  readonly atMilliseconds: number
  readonly bytes: number
}

interface Memory {
  readonly samples: Map<string, Sample>
  readonly homes: Map<string, Measured>
}

/** Reads what workspaces use, and remembers what the next reading is compared with. */
export interface Stats {
  read(engine: Engine, workspaceId: string): Promise<WorkspaceStats>
  forget(workspaceId: string): void
}

const shortestSample = 200
const longestSample = 30_000
const homeMilliseconds = 60_000
const gigabyte = 1024 ** 3

/** Reads the figures of workspaces: the CPU since the last reading, or else during a moment. */
export function openStats(): Stats {
  const memory: Memory = { samples: new Map(), homes: new Map() }
  return {
    read: (engine, workspaceId) => readStats(engine, memory, workspaceId),
    forget: (workspaceId) => {
      memory.samples.delete(workspaceId)
      memory.homes.delete(workspaceId)
    },
  }
}

async function readStats(
  engine: Engine,
  memory: Memory,
  workspaceId: string,
): Promise<WorkspaceStats> {
  const container = await runningContainer(engine, workspaceId)
  const read = () => readUsage(engine, container)
  const before = memory.samples.get(workspaceId)
  const age = before === undefined ? Infinity : performance.now() - before.atMilliseconds
  const usable = before?.container === container.Id && age >= shortestSample && age <= longestSample
  const first = usable ? before : sampleOf(container.Id, await read())
  if (!usable) await delay(shortestSample)
  const usage = await read()
  const second = sampleOf(container.Id, usage)
  memory.samples.set(workspaceId, second)

  const nanoseconds = second.cpuNanoseconds - first.cpuNanoseconds
  const milliseconds = second.atMilliseconds - first.atMilliseconds
  const home =
    (await engine.homes.usage(engine.names(workspaceId))) ??
    (await measureHome(engine, memory, workspaceId, container))
  return {
    cpuCores: Math.max(0, nanoseconds / (milliseconds * 1e6)),
    memoryBytes: usage.memoryBytes,
    memoryLimitBytes: usage.memoryLimitBytes,
    processes: usage.processes,
    diskBytes: home.used,
    diskLimitBytes: home.limit,
  }
}

function sampleOf(container: string, { cpuNanoseconds }: Usage): Sample {
  return { container, atMilliseconds: performance.now(), cpuNanoseconds }
}

async function readUsage({ client, facts }: Engine, container: ContainerInspect): Promise<Usage> {
  const here = facts.localRoot === undefined ? undefined : usageOf(container.State.Pid)
  return here ?? usageBy(client, container.Id)
}

async function usageBy(client: EngineClient, id: string): Promise<Usage> {
  const stats = await client.ask<ContainerStats>('GET', `/containers/${id}/stats`, {
    query: { stream: false, 'one-shot': true },
  })
  const { usage = 0, limit = 0, stats: details = {} } = stats.memory_stats
  const cache = details['total_inactive_file'] ?? details['inactive_file'] ?? 0
  return {
    cpuNanoseconds: stats.cpu_stats.cpu_usage.total_usage,
    memoryBytes: Math.max(0, usage - cache),
    memoryLimitBytes: limit,
    processes: stats.pids_stats.current ?? 0,
  }
}

/** Counts what is in the home, at most once a minute: no file system of its own tells. */
async function measureHome(
  engine: Engine,
  memory: Memory,
  workspaceId: string,
  container: ContainerInspect,
): Promise<{ used: number; limit: number }> {
  const limit = Number(container.Config.Labels?.[diskLabel] ?? 0) * gigabyte
  const last = memory.homes.get(workspaceId)
  const now = performance.now()
  if (last !== undefined && now - last.atMilliseconds < homeMilliseconds) {
    return { used: last.bytes, limit }
  }
  const running = await commandIn(engine, container, {
    argv: ['du', '-skx', '/home'],
    user: '0:0',
    cwd: '/',
  })
  running.stdin.end()
  running.stderr.resume()
  const bytes = Number.parseInt(await text(running.stdout)) * 1024 || 0
  memory.homes.set(workspaceId, { atMilliseconds: now, bytes })
  return { used: bytes, limit }
}

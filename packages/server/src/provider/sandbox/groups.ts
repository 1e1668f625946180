import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Made } from './place.ts'

/** The kernel's control groups of one workspace: what limits it and tells what it uses. */
export interface Groups {
  /** Where a process writes its number to belong to it. */
  readonly joining: readonly string[]
  limit(made: Pick<Made, 'cpuCores' | 'memoryGb' | 'maxProcesses'>): void
  /** Figures; undefined where the controller is missing. */
  usage(): Usage
  /** Afterwards they are gone; nothing runs in them any more. */
  remove(): Promise<void>
}

export interface Usage {
  readonly cpuSeconds: number | undefined
  readonly memoryBytes: number | undefined
  readonly processes: number | undefined
}

type Controller = 'cpu' | 'cpuacct' | 'memory' | 'pids'

const mounted = '/sys/fs/cgroup'
const parent = 'atelier-sandbox'
const period = 100_000
const removals = 50

/** Which limits the kernel enforces for this server, and why not the others. */
export function missingLimits(): string[] {
  const words = [
    ['cpu', 'CPU'],
    ['memory', 'memory'],
    ['pids', 'processes'],
  ] as const
  return words.flatMap(([controller, what]) => {
    const why = reasonAgainst(controller)
    return why === undefined ? [] : [`${what}: ${why}`]
  })
}

/** The groups of a workspace, made where the kernel lets this server. */
export function groupsOf(name: string): Groups {
  const unified = isUnified()
  const wanted: readonly Controller[] = unified
    ? ['cpu', 'memory', 'pids']
    : ['cpu', 'cpuacct', 'memory', 'pids']
  const usable = wanted.filter((controller) => reasonAgainst(controller) === undefined)
  const folderOf = (controller: Controller) => join(rootOf(controller), name)
  const folders = [...new Set(usable.map(folderOf))]
  const has = (controller: Controller) => usable.includes(controller)
  const set = (controller: Controller, file: string, value: string) => {
    const path = join(folderOf(controller), file)
    if (has(controller) && existsSync(path)) writeFileSync(path, value)
  }
  const get = (controller: Controller, file: string) =>
    has(controller) ? textOf(join(folderOf(controller), file)) : ''

  return {
    joining: folders.map((folder) => join(folder, 'cgroup.procs')),
    limit({ cpuCores, memoryGb, maxProcesses }) {
      for (const folder of folders) mkdirSync(folder, { recursive: true })
      const quota = String(Math.max(1000, Math.round(cpuCores * period)))
      const bytes = String(Math.round(memoryGb * 1024 ** 3))
      set('pids', 'pids.max', String(maxProcesses))
      if (unified) {
        set('cpu', 'cpu.max', `${quota} ${period}`)
        set('memory', 'memory.max', bytes)
        set('memory', 'memory.swap.max', '0')
        return
      }
      set('cpu', 'cpu.cfs_period_us', String(period))
      set('cpu', 'cpu.cfs_quota_us', quota)
      // Never below the limit without swap, in whichever direction it goes.
      set('memory', 'memory.memsw.limit_in_bytes', '-1')
      set('memory', 'memory.limit_in_bytes', bytes)
      set('memory', 'memory.memsw.limit_in_bytes', bytes)
    },
    usage() {
      const cpu = unified
        ? figure(get('cpu', 'cpu.stat'), /^usage_usec (\d+)/m, 1e6)
        : figure(get('cpuacct', 'cpuacct.usage'), /^(\d+)/, 1e9)
      const memory = figure(
        get('memory', unified ? 'memory.current' : 'memory.usage_in_bytes'),
        /^(\d+)/,
      )
      // What the kernel gives back when somebody else needs it is nobody's.
      const idle = figure(get('memory', 'memory.stat'), /^(?:total_)?inactive_file (\d+)/m) ?? 0
      return {
        cpuSeconds: cpu,
        memoryBytes: memory === undefined ? undefined : Math.max(0, memory - idle),
        processes: figure(get('pids', 'pids.current'), /^(\d+)/),
      }
    },
    async remove() {
      for (const folder of folders) {
        for (let tries = 0; existsSync(folder) && tries < removals; tries++) {
          try {
            rmdirSync(folder)
          } catch {
            // A process that has ended is counted for a moment.
            await delay(20)
          }
        }
      }
    },
  }
}

/** Why a controller cannot be used; undefined where it can. */
function reasonAgainst(controller: Controller): string | undefined {
  try {
    if (isUnified()) enable(controller)
    else if (!existsSync(join(mounted, controller))) throw new Error('it is not mounted')
    else mkdirSync(rootOf(controller), { recursive: true })
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `this server may not use the control group ${controller} of ${mounted} (${reason})`
  }
}

function enable(controller: Controller): void {
  mkdirSync(rootOf(controller), { recursive: true })
  for (const folder of [mounted, rootOf(controller)]) {
    const file = join(folder, 'cgroup.subtree_control')
    if (!textOf(file).split(/\s+/).includes(controller)) writeFileSync(file, `+${controller}`)
  }
}

function rootOf(controller: Controller): string {
  return isUnified() ? join(mounted, parent) : join(mounted, controller, parent)
}

function isUnified(): boolean {
  return existsSync(join(mounted, 'cgroup.controllers'))
}

function figure(text: string, pattern: RegExp, unit = 1): number | undefined {
  const [, found] = pattern.exec(text) ?? []
  return found === undefined ? undefined : Number(found) / unit
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

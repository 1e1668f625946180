import type { Workspace } from '@atelier/api'

export type Status = Workspace['status']

/** What a state is called, and by which colour and sign it is told from others. */
export const statusWords: Readonly<
  Record<Status, { readonly label: string; readonly color: string; readonly moves?: true }>
> = {
  queued: { label: 'Waiting', color: 'blue', moves: true },
  building: { label: 'Building', color: 'blue', moves: true },
  running: { label: 'Running', color: 'green' },
  stopping: { label: 'Turning off', color: 'gray', moves: true },
  off: { label: 'Off', color: 'gray' },
  failed: { label: 'Failed', color: 'red' },
  deleting: { label: 'Deleting', color: 'orange', moves: true },
}

interface Sizes {
  readonly cpu_cores: number
  readonly memory_gb: number
  readonly disk_gb: number
}

/** `2 cores · 4 GB · 20 GB disk` */
export function sizesText({ cpu_cores: cores, memory_gb: memory, disk_gb: disk }: Sizes): string {
  return `${String(cores)} ${cores === 1 ? 'core' : 'cores'} · ${String(memory)} GB · ${String(disk)} GB disk`
}

/** When somebody worked in it last; nothing where nobody has. */
export function lastUsed(workspace: Workspace): string | null {
  const times = [workspace.last_opened_at, workspace.last_connection_at]
  return times.reduce((last, time) => (last === null || (time ?? '') > last ? time : last), null)
}

/**
 * A name for a new workspace of an image: the last part of its repository, with a number where one's
 * own workspaces have it already.
 */
export function proposedName(repository: string, taken: readonly string[]): string {
  const plain = (repository.split('/').at(-1) ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 36)
    .replace(/-+$/, '')
  const base = plain === '' ? 'workspace' : plain
  const names = new Set(taken.map((name) => name.toLowerCase()))
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${String(number)}`
    if (!names.has(name)) return name
  }
}

/** `1 min 5 s`, `12 s`, `0.4 s`. */
export function durationText(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${String(whole)} s`
  const rest = whole % 60
  return `${String(Math.floor(whole / 60))} min${rest === 0 ? '' : ` ${String(rest)} s`}`
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** A size in the units that workspaces are given theirs in: a GB has 1024 MB. */
export function usedText(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1023.5 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${number.format(size)} ${units[unit] ?? ''}`
}

/** A share as people say it; what is little and not nothing is not `0%`. */
export function shareText(share: number): string {
  const percent = Math.max(0, share) * 100
  return percent > 0 && percent < 1 ? '<1%' : `${String(Math.round(percent))}%`
}

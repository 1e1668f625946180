import {
  copyFileSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
  closeSync,
} from 'node:fs'

const sizeLimit = 10 * 1024 * 1024

/** Opens the log file of Postgres for appending and answers its descriptor and present size. */
export function openLog(path: string): { descriptor: number; size: number } {
  const descriptor = openSync(path, 'a', 0o600)
  return { descriptor, size: fstatSync(descriptor).size }
}

/**
 * Keeps the log file below its limit by moving what is in it to `<path>.1`; truncating is enough
 * for a running Postgres to go on at the start, because it appends.
 */
export function limitLog(path: string, limit = sizeLimit): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size <= limit) return
  copyFileSync(path, `${path}.1`)
  truncateSync(path)
}

/** Answers what was written to the log file after `from`, at most the last 16 KiB of it. */
export function readLog(path: string, from: number): string {
  const descriptor = openSync(path, 'r')
  try {
    const { size } = fstatSync(descriptor)
    const start = Math.max(Math.min(from, size), size - 16_384)
    const buffer = Buffer.alloc(size - start)
    readSync(descriptor, buffer, 0, buffer.length, start)
    return buffer.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}

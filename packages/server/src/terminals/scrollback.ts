/** The last output of a terminal, for whoever comes back to it. */
export interface Scrollback {
  add(chunk: Buffer): void
  /** What is remembered; where the beginning is forgotten, from the start of a line. */
  replay(): Buffer
}

const newline = 0x0a

/** Remembers at least the last `bytes` of what it is given, and at most twice as much. */
export function createScrollback(bytes = 256 * 1024): Scrollback {
  let chunks: Buffer[] = []
  let size = 0
  let forgotten = false

  const replay = (): Buffer => {
    const whole = Buffer.concat(chunks, size)
    if (!forgotten) return whole
    const last = whole.subarray(Math.max(0, whole.length - bytes))
    // A cut character or escape sequence would garble what follows it.
    const start = last.indexOf(newline)
    return start === -1 ? last : last.subarray(start + 1)
  }
  return {
    add(chunk) {
      chunks.push(chunk)
      size += chunk.length
      if (size <= 2 * bytes) return
      const last = Buffer.concat(chunks, size).subarray(size - bytes)
      chunks = [Buffer.from(last)]
      size = bytes
      forgotten = true
    },
    replay,
  }
}

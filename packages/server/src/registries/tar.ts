/** One thing in an archive. */
export interface TarEntry {
  /** Without `./` at its beginning. */
  readonly path: string
  readonly isFile: boolean
  /** Where a link leads; undefined for what is none. */
  readonly link: string | undefined
  /** What is in it, as far as `wanted` asked for it. */
  readonly content: Buffer
}

const block = 512
const maxContent = 64 * 1024

/**
 * Goes through an archive (POSIX ustar, as layers of images are) as it comes, and keeps nothing but the
 * beginning of what is wanted. Stops at the end of the archive; throws on what is none.
 */
export async function* readTar(
  source: AsyncIterable<Buffer>,
  wanted: (path: string) => boolean,
): AsyncGenerator<TarEntry> {
  const bytes = cursorOf(source)
  for (;;) {
    const header = await bytes.take(block)
    // Two empty blocks end an archive; that of a layer may also just stop.
    if (header === undefined || header.every((byte) => byte === 0)) return
    if (header.toString('latin1', 257, 262) !== 'ustar') throw new Error('not an archive')
    const size = numberIn(header.subarray(124, 136))
    const type = header.toString('latin1', 156, 157)
    const prefix = textIn(header.subarray(345, 500))
    const name = textIn(header.subarray(0, 100))
    const path = (prefix === '' ? name : `${prefix}/${name}`).replace(/^(\.?\/)+/, '')
    const kept = wanted(path) ? Math.min(size, maxContent) : 0
    const content = (await bytes.take(kept)) ?? Buffer.alloc(0)
    await bytes.skip(Math.ceil(size / block) * block - kept)
    const isLink = type === '1' || type === '2'
    yield {
      path,
      isFile: type === '0' || type === '\0',
      link: isLink ? textIn(header.subarray(157, 257)) : undefined,
      content,
    }
  }
}

function cursorOf(source: AsyncIterable<Buffer>) {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await chunks.next()
    if (next.done === true) return false
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
    return true
  }
  return {
    /** So many bytes; undefined where the source ends before. */
    async take(length: number): Promise<Buffer | undefined> {
      while (rest.length < length) if (!(await more())) return undefined
      const taken = rest.subarray(0, length)
      rest = rest.subarray(length)
      return taken
    },
    /** Leaves bytes out without gathering them. */
    async skip(length: number): Promise<void> {
      let left = length
      while (left > rest.length) {
        left -= rest.length
        rest = Buffer.alloc(0)
        if (!(await more())) return
      }
      rest = rest.subarray(left)
    },
  }
}

/** Octal digits, or, for what is too great for them, a number in base 256. */
function numberIn(field: Buffer): number {
  const first = field[0] ?? 0
  if ((first & 0x80) === 0) {
    const text = textIn(field).trim()
    if (!/^[0-7]*$/.test(text)) throw new Error('not an archive')
    return text === '' ? 0 : Number.parseInt(text, 8)
  }
  const size = field.readUIntBE(field.length - 6, 6)
  if (size > Number.MAX_SAFE_INTEGER) throw new Error('not an archive')
  return size
}

function textIn(field: Buffer): string {
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? field.length : end)
}

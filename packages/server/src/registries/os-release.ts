import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Layer } from './manifest.ts'
import { readTar } from './tar.ts'

/** Which operating system is in an image, by os-release(5). */
export interface OsRelease {
  readonly id: string
  readonly pretty_name: string
  readonly home_url: string
}

/** How to read a layer, and how much of all of them. */
export interface LayerSource {
  open(digest: string): Promise<AsyncIterable<Buffer>>
  /** Of compressed bytes, and of what they unfold to. */
  readonly budget: { compressed: number; unfolded: number }
}

class BudgetSpent extends Error {}

const main = 'etc/os-release'
const spare = 'usr/lib/os-release'
const removal = 'etc/.wh.os-release'
const emptied = 'etc/.wh..wh..opq'

/**
 * Looks for the file in the newest layer that has it. Only as much is read as the budget says: then
 * the oldest layer, where it nearly always is, is what is asked last. Null where it is not found.
 */
export async function readOsRelease(
  layers: readonly Layer[],
  source: LayerSource,
): Promise<OsRelease | null> {
  const seen: Seen = { main: undefined, spare: undefined }
  const rest = [...layers]
  try {
    while (rest.length > 0 && !isSettled(seen)) {
      const layer = rest.pop()
      if (layer !== undefined) look(seen, await readLayer(layer, source, source.budget))
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error
    const [oldest] = layers
    if (oldest === undefined || rest.length === 0) return null
    try {
      look(seen, await readLayer(oldest, source, { ...lastBudget }))
    } catch (again) {
      if (!(again instanceof BudgetSpent)) throw again
      return null
    }
  }
  const text =
    seen.main === 'gone' || seen.main === 'elsewhere' ? seen.spare : (seen.main ?? seen.spare)
  return text === undefined || text === 'gone' ? null : parseOsRelease(text)
}

const lastBudget = { compressed: 128 * 1024 * 1024, unfolded: 512 * 1024 * 1024 }

interface Seen {
  /** The text of the file, that it leads elsewhere (to the spare one), or that a layer took it away. */
  main: string | undefined
  spare: string | undefined
}

function isSettled({ main: first, spare: second }: Seen): boolean {
  return first !== undefined && (second !== undefined || first !== 'elsewhere')
}

/** What a newer layer says stands. */
function look(seen: Seen, found: Seen): void {
  seen.main ??= found.main
  seen.spare ??= found.spare
}

async function readLayer(
  layer: Layer,
  source: LayerSource,
  budget: { compressed: number; unfolded: number },
): Promise<Seen> {
  const found: Seen = { main: undefined, spare: undefined }
  const isPlain = /\btar$/.test(layer.mediaType)
  // Other compressions than gzip are rare, and Node 20 has none of them.
  if (!isPlain && !/\b(tar\.gzip|tar\+gzip)$/.test(layer.mediaType)) return found
  const raw = Readable.from(spending(await source.open(layer.digest), budget, 'compressed'))
  const plain = isPlain ? raw : raw.pipe(createGunzip())
  // A pipe hands on what was read, but not why it ended.
  if (plain !== raw) raw.once('error', (error) => plain.destroy(error))
  try {
    const wanted = (path: string) => path === main || path === spare
    for await (const entry of readTar(spending(plain, budget, 'unfolded'), wanted)) {
      if (entry.path === removal || entry.path === emptied) found.main ??= 'gone'
      if (entry.path === spare && entry.isFile) found.spare = entry.content.toString()
      if (entry.path === main) {
        found.main = entry.isFile ? entry.content.toString() : 'elsewhere'
      }
    }
  } finally {
    raw.destroy()
    plain.destroy()
  }
  return found
}

async function* spending(
  chunks: AsyncIterable<Buffer>,
  budget: { compressed: number; unfolded: number },
  kind: 'compressed' | 'unfolded',
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    budget[kind] -= chunk.length
    if (budget[kind] < 0) throw new BudgetSpent('the image is too large to look through')
    yield chunk
  }
}

/** Reads `NAME=value` lines with the quotes that a shell would take away. */
export function parseOsRelease(text: string): OsRelease | null {
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const [, name = '', value = ''] = /^\s*([A-Z_]+)=(.*?)\s*$/.exec(line) ?? []
      return name === '' ? [] : [[name, unquoted(value)] as const]
    }),
  )
  const id = values.get('ID') ?? ''
  const pretty_name = values.get('PRETTY_NAME') ?? values.get('NAME') ?? ''
  if (id === '' && pretty_name === '') return null
  return { id, pretty_name, home_url: values.get('HOME_URL') ?? '' }
}

function unquoted(value: string): string {
  const inner = /^"(.*)"$|^'(.*)'$/s.exec(value)
  const text = inner === null ? value : (inner[1]?.replace(/\\(["$`\\])/g, '$1') ?? inner[2] ?? '')
  // It goes to pages and logs: one short line without control characters.
  return text.replace(/\p{Cc}/gu, '').slice(0, 128)
}

import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { archiveOf, debian, type LayerFiles } from '../../test/oci-image.ts'
import { parseOsRelease, readOsRelease } from './os-release.ts'

const gzip = 'application/vnd.oci.image.layer.v1.tar+gzip'
const ubuntu = 'ID=ubuntu\nPRETTY_NAME="Ubuntu 24.04"\nHOME_URL=https://www.ubuntu.com/\n'
const MiB = 1024 * 1024

/** Reads layers, the oldest one first; answers what was found and which of them were opened. */
async function read(
  layers: readonly (Buffer | LayerFiles)[],
  { compressed = 64 * MiB, unfolded = 64 * MiB, mediaType = gzip } = {},
) {
  const blobs = layers.map((layer) =>
    layer instanceof Buffer ? layer : gzipSync(archiveOf(layer as LayerFiles)),
  )
  const opened: number[] = []
  const found = await readOsRelease(
    blobs.map((blob, index) => ({ digest: String(index), mediaType, size: blob.length })),
    {
      open: async (digest) => {
        opened.push(Number(digest))
        const blob = blobs[Number(digest)]!
        // In pieces that end anywhere, as they come from a network.
        return (async function* () {
          for (let at = 0; at < blob.length; at += 1000) yield blob.subarray(at, at + 1000)
        })()
      },
      budget: { compressed, unfolded },
    },
  )
  return { id: found?.id, opened }
}

test('the newest layer that has the file counts, and no older one is read', async () => {
  const other = { 'usr/bin/tool': 'x'.repeat(5000) }
  expect(await read([{ 'etc/os-release': debian }, { 'etc/os-release': ubuntu }, other])).toEqual({
    id: 'ubuntu',
    opened: [2, 1],
  })
})

test('a link leads to the file that it is for, in whichever layer that is', async () => {
  const base = { 'etc/os-release': '-> ../usr/lib/os-release', 'usr/lib/os-release': debian }
  expect((await read([base])).id).toBe('debian')
  expect((await read([base, { 'usr/lib/os-release': ubuntu }])).id).toBe('ubuntu')
  expect((await read([{ 'usr/lib/os-release': debian }])).id).toBe('debian')
})

test('a file that a newer layer took away is not there', async () => {
  expect(
    (await read([{ 'etc/os-release': debian }, { 'etc/.wh.os-release': '' }])).id,
  ).toBeUndefined()
})

test('nothing is found in an image that has none, nor in a layer of another form', async () => {
  expect((await read([{ 'etc/hostname': 'x' }, {}])).id).toBeUndefined()
  const zstd = { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' }
  expect((await read([{ 'etc/os-release': debian }], zstd)).id).toBeUndefined()
})

test('beyond the budget only the oldest layer is read', async () => {
  const large = { 'opt/noise': Array.from({ length: 20_000 }, (_, i) => String(i ** 3)).join() }
  const layers = [{ 'etc/os-release': debian }, { 'etc/os-release': ubuntu }, large]
  expect(await read(layers, { compressed: 2000 })).toEqual({ id: 'debian', opened: [2, 0] })
})

test('what unfolds without an end is left', async () => {
  const bomb = { 'opt/zeros': '0'.repeat(8 * MiB) }
  expect(await read([{ 'etc/os-release': debian }, bomb], { unfolded: MiB })).toEqual({
    id: 'debian',
    opened: [1, 0],
  })
  expect(await read([bomb], { unfolded: MiB })).toMatchObject({ id: undefined })
})

test('what is no archive is an error, and a file of its size is read to its end', async () => {
  await expect(read([gzipSync(Buffer.alloc(4096, 'x'))])).rejects.toThrow('not an archive')
  await expect(read([Buffer.from('not gzip at all')])).rejects.toThrow()
  const before = { 'etc/a': 'x'.repeat(511), 'etc/b': 'x'.repeat(512), 'etc/c': 'x'.repeat(513) }
  expect((await read([{ ...before, 'etc/os-release': debian }])).id).toBe('debian')
})

test('values are read as a shell would, and kept short and plain', () => {
  expect(parseOsRelease('ID=alpine\nPRETTY_NAME=\'Alpine "3"\'\nHOME_URL="a\\"b"\n')).toEqual({
    id: 'alpine',
    pretty_name: 'Alpine "3"',
    home_url: 'a"b',
  })
  expect(parseOsRelease(`NAME=${'x'.repeat(1000)}`)?.pretty_name).toHaveLength(128)
  expect(parseOsRelease('ID="a\u001b[31m"')?.id).toBe('a[31m')
  expect(parseOsRelease('# nothing\n')).toBeNull()
})
